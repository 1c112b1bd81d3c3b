import { expect, test } from '@jest/globals';
import { describeWorld } from './helpers/each.ts';
import { ADA, breakIt, commanded, dataOf, GRACE, messageWith, nothingChanged, planOf, request, type Situation } from './helpers/remedies.ts';
import { about, cardText, diagnose, forbid, object, pods, readyPods, remedy, stored, until } from './helpers/runbooks.ts';
import { readable } from './helpers/world.ts';

const RUNBOOK = 'aureus/frontend-down';
const BAD = 'aureus/frontend:0.2.0';

interface Frontend {
  readonly spec: { readonly replicas: number; readonly template: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } } };
}
interface Bounds {
  readonly spec: { readonly minReplicas: number; readonly maxReplicas: number };
}

describeWorld('AUREUS: first look and frontend', { delivery: 'http', platforms: true }, (world) => {
  let situation: Situation;
  const frontend = (): Frontend => object(world(), 'deployments.apps', 'aureus-frontend');
  const bounds = (): Bounds => object(world(), 'horizontalpodautoscalers.autoscaling', 'aureus-frontend-hpa');

  async function crashing(): Promise<void> {
    situation = await commanded(world(), 'P0 aureus All requests fail with 502');
    await breakIt(world(), 'frontend-down');
    const down = () => pods(world(), 'frontend').every(({ status }) => (status.containerStatuses?.[0]?.restartCount ?? 0) > 0);
    await until(() => readyPods(world(), 'frontend').length === 0 && pods(world(), 'frontend').length === 3 && down(), 'the frontend is down');
  }

  async function hanging(): Promise<void> {
    situation = await commanded(world(), 'P1 aureus Some requests hang');
    await breakIt(world(), 'frontend-down', false);
    await until(() => readyPods(world(), 'frontend').length === 3 && pods(world(), 'frontend').length === 3, 'the frontend is ready');
  }

  test('[AU-02] the first look has pods, events by time, logs by label, the health page and the dashboards in one message', async () => {
    await crashing();
    const { board, steps, findings, files } = await diagnose(world(), situation, 'aureus/assess');
    expect(Object.keys(steps).sort()).toEqual(['database', 'engine', 'events', 'frontend', 'health', 'logs', 'volumes']);
    for (const pod of pods(world(), 'frontend')) expect(board).toContain(pod.metadata.name);
    expect(steps.frontend?.data.summary).toMatch(/^0 of 3 pods ready/);
    expect(steps.health?.data.summary).toContain('GET health');
    expect(steps.events?.text).toContain('BackOff');
    const times = (steps.events?.text ?? '').match(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g) ?? [];
    expect(times.length).toBeGreaterThan(2);
    expect(times).toEqual([...times].sort());
    expect(Object.entries(files).find(([name]) => name.startsWith('logs-'))?.[1]).toContain('aureus frontend starting');
    expect(board).toContain('<https://grafana.example.com/d/aureus|Dashboard>');
    expect(findings.join(' ')).toContain('Frontend, 0 of 3 pods ready. Diagnose aureus/frontend-down.');
  });

  test('[AU-10] the frontend: pods by label, the deployment described, logs, and what follows from them', async () => {
    await crashing();
    const { board, steps, findings, suggests, files } = await diagnose(world(), situation, RUNBOOK);
    for (const pod of pods(world(), 'frontend')) expect(board).toContain(pod.metadata.name);
    expect(steps.pods?.data).toMatchObject({ uses: 'k8s.pods', summary: expect.stringMatching(/^0 of 3 pods ready/) });
    expect(steps.deployment?.text).toContain(BAD);
    expect(files).toMatchObject({ 'deployment-frontend.txt': expect.stringContaining('Pods:        3 desired') });
    expect(steps.before_crash?.text).toContain('evidence_index_v3');
    expect(findings).toContain('No frontend pod is ready.');
    expect(suggests).toContain('rollback');
  });

  test('[AU-13] [AU-08] the rollback takes the frontend to the previous revision; it is verified, watched for a while, and said', async () => {
    await crashing();
    const plan = await remedy(world(), situation, `${RUNBOOK} rollback The new release crashes`);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(readyPods(world(), 'frontend').map(({ spec }) => spec.containers[0]?.image)).toEqual(Array(3).fill('aureus/frontend:0.1.0'));
    expect(cardText(world(), situation, plan)).toContain(`image: ${BAD}`);
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data).toMatchObject({ uses: 'k8s.rollout-undo' });
    expect((await about(world(), plan, situation.id, 'change.verified'))[0]?.data).toMatchObject({ passed: true });

    expect(await about(world(), plan, situation.id, 'recurrence.watched')).toHaveLength(1);
    expect(readable(messageWith(world(), situation.room, 'Tocsin watches until', 'Roll the frontend back'))).toMatch(/until \d\d:\d\d UTC/);
    for (let minute = 0; minute < 16; minute += 1) await world().later(1);
    expect(await about(world(), plan, situation.id, 'recurrence.clear')).toHaveLength(1);
    expect(await about(world(), plan, situation.id, 'recurrence.seen')).toEqual([]);
  });

  test('[AU-08] what comes back after the mitigation is seen and said, with the way on', async () => {
    await hanging();
    const plan = await remedy(world(), situation, `${RUNBOOK} restart It hangs`);
    await breakIt(world(), 'frontend-down');
    await until(() => readyPods(world(), 'frontend').length === 0, 'no frontend pod is ready');
    await world().later(1);
    const [seen] = await about(world(), plan, situation.id, 'recurrence.seen');
    expect(seen?.data.summary).toContain('No frontend pod is ready.');
    expect(readable(messageWith(world(), situation.room, 'It came back'))).toContain('runbook.diagnose');
  });

  test('[AU-11] [AU-14] [AU-15] a restart: logs of all containers and descriptions before it, and its progress to the end', async () => {
    await hanging();
    const before = pods(world(), 'frontend').map(({ metadata }) => metadata.name);
    const calls = world().slack.calls().length;
    const plan = await remedy(world(), situation, `${RUNBOOK} restart It hangs`);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    const after = readyPods(world(), 'frontend').map(({ metadata }) => metadata.name);
    expect(after).toHaveLength(3);
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    expect(frontend().spec.template.metadata.annotations).toHaveProperty(['kubectl.kubernetes.io/restartedAt']);

    const records = await stored(world(), situation.id);
    const seqOf = (type: string) => records.find((record) => record.type === type && record.data.plan === plan.id)?.seq ?? 0;
    const captured = records.filter(({ type, data }) => type === 'evidence.captured' && data.plan === plan.id && data.phase === 'before');
    expect(captured.map(({ data }) => data.step)).toEqual(['logs', 'descriptions']);
    for (const { seq } of captured) expect(seq).toBeLessThan(seqOf('change.intended'));
    for (const name of before) expect(captured[0]?.text).toContain(`${name}/frontend`);
    for (const name of before) expect(captured[1]?.text).toContain(name);
    expect(captured[0]?.text).toContain('aureus frontend starting');
    expect(captured[1]?.text).toContain('evidence-storage  persistentVolumeClaim');

    const said = JSON.stringify(world().slack.calls().slice(calls));
    expect(said).toMatch(/Verifying: deployment\/aureus-frontend: [^"]*(pods?|replicas?)/);
    expect((await about(world(), plan, situation.id, 'change.verified'))[0]?.data.summary).toBe(
      'deployment/aureus-frontend: all 3 pods are new and available',
    );
  });

  test('[AU-12] scaling up sees the autoscaler, moves its bounds, and puts them back', async () => {
    await hanging();
    const plan = await remedy(world(), situation, `${RUNBOOK} scale-up More pods are needed`);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(frontend().spec.replicas).toBe(5);
    expect(readyPods(world(), 'frontend')).toHaveLength(5);
    expect(bounds().spec).toMatchObject({ minReplicas: 5, maxReplicas: 10 });
    const made = await about(world(), plan, situation.id, 'plan.made');
    expect(JSON.stringify(made[0]?.data)).toContain('keeps between 3 and 10 replicas');
    await world().say(ADA, situation.room, `/bypass revert ${plan.id} The load is gone`);
    expect((await planOf(world(), situation.id)).status).toBe('reverted');
    expect(bounds().spec).toMatchObject({ minReplicas: 3, maxReplicas: 10 });
    expect(frontend().spec.replicas).toBe(3);
    await until(() => pods(world(), 'frontend').length === 3, 'three pods are left');
  });

  test('[AU-06] without its evidence a change does not run, and says why', async () => {
    await hanging();
    const before = pods(world(), 'frontend')
      .map(({ metadata }) => metadata.uid)
      .sort();
    const allow = await forbid(world(), 'pods/log');
    const plan = await remedy(world(), situation, `${RUNBOOK} restart It hangs`);
    await allow();
    expect(plan).toMatchObject({ status: 'failed', applied: [] });
    expect(plan.reason).toContain('Evidence could not be captured (logs), so nothing was changed');
    expect(cardText(world(), situation, plan)).toContain('Nothing was changed');
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    expect(
      pods(world(), 'frontend')
        .map(({ metadata }) => metadata.uid)
        .sort(),
    ).toEqual(before);
    const again = await remedy(world(), situation, `${RUNBOOK} restart It still hangs`);
    expect(again).toMatchObject({ status: 'applied' });
    const records = (await stored(world(), situation.id))
      .filter(({ data }) => data.plan === again.id)
      .map(({ type, data }) => `${type} ${data.phase === 'before' ? 'before' : ''}`);
    expect(records.indexOf('evidence.captured before')).toBeLessThan(records.indexOf('change.intended '));
    expect(records.indexOf('evidence.captured before')).toBeGreaterThan(-1);
  });

  test('remedies on the same target run one after another', async () => {
    const one = await commanded(world(), 'P1 aureus It hangs');
    const other = await commanded(world(), 'P1 aureus It hangs for others too');
    const first = await request(world(), one, `${RUNBOOK} restart It hangs`);
    const second = await request(world(), other, `${RUNBOOK} scale-up It hangs`);
    const person = (user: string) => ({ id: user, roles: ['responder'], trusted: true });
    await world().tocsin.store.transaction(async (tx) => {
      await world().tocsin.incidents.ask(tx, one.id, person(ADA), { type: 'approve', plan: first.id });
      await world().tocsin.incidents.ask(tx, other.id, person(GRACE), { type: 'approve', plan: second.id });
    });
    await world().settled();
    const spans = await Promise.all(
      [one, other].map(async ({ id }) => {
        expect((await planOf(world(), id)).status).toBe('applied');
        const own = (await stored(world(), id)) as unknown as readonly { type: string; time: string }[];
        return [
          own.find(({ type }) => type === 'change.intended')?.time ?? '',
          own.find(({ type }) => type === 'remedy.applied')?.time ?? '',
        ] as const;
      }),
    );
    const [early, late] = [...spans].sort(([one], [other]) => one.localeCompare(other));
    expect((early?.[1] ?? '') <= (late?.[0] ?? '')).toBe(true);
    expect(await dataOf(world(), other.id, 'plan.voided')).toEqual([]);
  });
});
