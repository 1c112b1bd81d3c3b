import { expect, test } from '@jest/globals';
import type { Json } from '../../src/domain/record.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import {
  ADA,
  approve,
  breakIt,
  commanded,
  dataOf,
  GRACE,
  incidentOf,
  messageWith,
  nothingChanged,
  planOf,
  request,
  type Situation,
} from '../e2e/helpers/remedies.ts';
import { about, admin, cardText, diagnose, forbid, kubernetes, object, pods, readyPods, remedy, stored, until } from '../e2e/helpers/runbooks.ts';
import { lastTold, readable } from '../e2e/helpers/world.ts';

const RUNBOOK = 'aureus/frontend-down';
const BAD = 'aureus/frontend:0.2.0';

interface Frontend {
  readonly spec: { readonly replicas: number; readonly template: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } } };
}
interface Bounds {
  readonly spec: { readonly minReplicas: number; readonly maxReplicas: number; readonly metrics: readonly Json[] };
}

const FRONTEND = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'aureus-frontend' } as const;

describeWorld('AUREUS: first look and frontend', { delivery: 'http', platforms: true }, (world) => {
  let situation: Situation;
  let metrics: readonly Json[] = [];
  const frontend = (): Frontend => object(world(), 'deployments.apps', 'aureus-frontend');
  const bounds = (): Bounds => object(world(), 'horizontalpodautoscalers.autoscaling', 'aureus-frontend-hpa');

  async function autoscaler(spec: Readonly<Record<string, Json>>): Promise<void> {
    await admin(world()).patch(
      { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'aureus-frontend-hpa' },
      { type: 'merge', body: { spec } },
    );
  }

  /** The autoscaler has gone to so many by itself, and stays there; returns what brings three and its metrics back. */
  async function goneTo(replicas: number): Promise<() => Promise<void>> {
    const there = bounds().spec.metrics;
    if (there.length > 0) metrics = there;
    await autoscaler({ metrics: [] });
    await scaled(replicas);
    return async () => {
      await scaled(3);
      await autoscaler({ metrics });
    };
  }

  async function scaled(replicas: number): Promise<void> {
    await admin(world()).patch(FRONTEND, { type: 'merge', subresource: 'scale', body: { spec: { replicas } } });
    await until(() => readyPods(world(), 'frontend').length === replicas && pods(world(), 'frontend').length === replicas, `there are ${replicas}`);
  }

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
    expect(Object.keys(steps).sort()).toEqual(['connection', 'database', 'disk', 'engine', 'events', 'frontend', 'health', 'limits', 'logs', 'pool']);
    for (const pod of pods(world(), 'frontend')) expect(board).toContain(pod.metadata.name);
    expect(steps.frontend?.data.summary).toMatch(/^0 of 3 pods ready/);
    expect(steps.health?.data.summary).toContain('GET health');
    expect(steps.events?.text).toContain('BackOff');
    const times = (steps.events?.text ?? '').match(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g) ?? [];
    expect(times.length).toBeGreaterThan(2);
    expect(times).toEqual([...times].sort());
    expect(Object.entries(files).find(([name]) => name.startsWith('logs-'))?.[1]).toContain('aureus frontend starting');
    expect(board).toContain('<https://grafana.example.com/d/aureus|Dashboard>');
    expect(findings.join(' ')).toContain('Frontend: 0 of 3 pods are ready. Diagnose aureus/frontend-down.');
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
    // What stopped it stands in the channel, and not only in the thread.
    const channel = readable(messageWith(world(), situation.room, 'Diagnosis: ', RUNBOOK));
    expect(channel).toMatch(/The log before the crash says: .*evidence_index_v3/);
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
    expect(readable(messageWith(world(), situation.room, 'Tocsin watches until', 'Roll the frontend back'))).toMatch(/until .{0,40}\d\d:\d\d UTC/);
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
    await world().say(ADA, situation.room, `/runbook revert ${plan.id} It did not help`);
    expect(lastTold(world(), ADA)).toContain('cannot be reverted. A restart changes no setting');
    expect((await planOf(world(), situation.id)).status).toBe('applied');

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

  test('[AU-12] scaling up raises the least of the autoscaler, and puts back that alone: what it added under load stays', async () => {
    await hanging();
    const calls = kubernetes(world()).cluster.requests().length;
    const plan = await remedy(world(), situation, `${RUNBOOK} scale-up More pods are needed`);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(readyPods(world(), 'frontend')).toHaveLength(5);
    expect(bounds().spec).toMatchObject({ minReplicas: 5, maxReplicas: 10 });
    const made = await about(world(), plan, situation.id, 'plan.made');
    expect(JSON.stringify(made[0]?.data)).toContain('keeps between 3 and 10 replicas');
    const calm = await goneTo(10);
    for (let minutes = 0; minutes < 240; minutes += 40) await world().later(40);
    expect((await planOf(world(), situation.id)).status).toBe('reverted');
    expect(bounds().spec).toMatchObject({ minReplicas: 3, maxReplicas: 10 });
    expect(frontend().spec.replicas).toBe(10);
    const asked = kubernetes(world())
      .cluster.requests()
      .slice(calls)
      .filter(({ method, path, user }) => method === 'PATCH' && path.endsWith('/scale') && user.startsWith('system:serviceaccount:'));
    expect(asked).toEqual([]);
    await calm();
  });

  test('the autoscaler moves on between plan and approval: the plan stands, and nothing is scaled down', async () => {
    await hanging();
    const calm = await goneTo(6);
    const plan = await request(world(), situation, `${RUNBOOK} scale-up More pods are needed`);
    expect(cardText(world(), situation, plan)).toContain('Scales deployment/aureus-frontend up');
    await goneTo(8);
    await approve(world(), ADA, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ id: plan.id, status: 'applied', verified: true });
    expect(bounds().spec).toMatchObject({ minReplicas: 5, maxReplicas: 10 });
    expect(frontend().spec.replicas).toBe(8);
    await world().say(ADA, situation.room, `/runbook revert ${plan.id} The load is gone`);
    expect(bounds().spec).toMatchObject({ minReplicas: 3, maxReplicas: 10 });
    expect(frontend().spec.replicas).toBe(8);
    await calm();
  });

  test('a person who changes the bounds between plan and approval voids the plan; as many as asked for is nothing to change', async () => {
    await hanging();
    const plan = await request(world(), situation, `${RUNBOOK} scale-up More pods are needed`);
    await autoscaler({ minReplicas: 6 });
    await approve(world(), ADA, situation, plan);
    expect((await about(world(), plan, situation.id, 'plan.voided'))[0]?.data.reason).toContain(
      'bounds of horizontalpodautoscaler/aureus-frontend-hpa was changed meanwhile',
    );
    expect((await dataOf(world(), situation.id, 'remedy.failed'))[0]?.reason).toBe(
      'Nothing to change: aureus-frontend-hpa keeps 6-10 replicas of deployment/aureus-frontend already; at least 5 is asked for',
    );
    expect(bounds().spec).toMatchObject({ minReplicas: 6, maxReplicas: 10 });
    await autoscaler({ minReplicas: 3 });
    await (await goneTo(3))();
  });

  test('[AU-06] without its evidence a change does not run, and says why', async () => {
    await hanging();
    const before = pods(world(), 'frontend')
      .map(({ metadata }) => metadata.uid)
      .sort();
    const planned = await forbid(world(), 'pods/log');
    await world().say(ADA, situation.room, `/runbook run ${RUNBOOK} restart It hangs`);
    await planned();
    expect((await dataOf(world(), situation.id, 'remedy.failed'))[0]?.reason).toContain('may not get pods/log');
    expect((await incidentOf(world(), situation.id)).plans).toEqual({});
    const plan = await request(world(), situation, `${RUNBOOK} restart It hangs`);
    const allow = await forbid(world(), 'pods/log');
    await approve(world(), ADA, situation, plan);
    await allow();
    const failed = await planOf(world(), situation.id);
    expect(failed).toMatchObject({ status: 'failed', applied: [] });
    expect(failed.reason).toContain('Evidence could not be captured (logs), so nothing was changed');
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
