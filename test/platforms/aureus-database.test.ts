import { beforeEach, expect, test } from '@jest/globals';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, approve, breakIt, commanded, GRACE, messageWith, nothingChanged, planOf, request, type Situation } from '../e2e/helpers/remedies.ts';
import {
  about,
  admin,
  cardText,
  type Diagnosed,
  diagnose,
  forbid,
  kubernetes,
  object,
  pods,
  readyPods,
  remedy,
  row,
  stored,
  until,
} from '../e2e/helpers/runbooks.ts';
import { lastTold, readable } from '../e2e/helpers/world.ts';

const RUNBOOK = 'aureus/database-connections';
const EXHAUSTED = 'postgres-connections-exhausted';

interface Bounds {
  readonly spec: { readonly minReplicas: number; readonly maxReplicas: number };
}

describeWorld('AUREUS: database connections', { delivery: 'http', platforms: true }, (world) => {
  let situation: Situation;

  beforeEach(async () => {
    situation = await commanded(world(), 'P1 aureus Queries time out');
    await breakIt(world(), EXHAUSTED);
  });

  /** Whether the platform itself still has no free connection. */
  function exhausted(): boolean {
    return (
      kubernetes(world())
        .faults.list()
        .find(({ id }) => id === EXHAUSTED)?.active ?? false
    );
  }

  test('[AU-20] [AU-21] [AU-22] [AU-23] pods, a connection from the frontend, the log, and the pool by state', async () => {
    const complains = async () =>
      (await admin(world()).logs({ pod: 'aureus-postgres-0', container: 'postgres', tail: 50 })).text.includes('remaining connection slots');
    await until(complains, 'postgres refuses connections');
    const { board, steps, findings, suggests, files } = await diagnose(world(), situation, RUNBOOK);
    expect(board).toContain('aureus-postgres-0');
    expect(steps.pods?.data).toMatchObject({ uses: 'k8s.pods', summary: expect.stringContaining('1 of 1 pod ready') });
    const frontends = pods(world(), 'frontend').map(({ metadata }) => metadata.name);
    expect(frontends.some((name) => String(steps.connection?.data.summary).includes(`aureus-postgres:5432 accepts connections from ${name}`))).toBe(
      true,
    );
    expect(files).toMatchObject({ 'logs-postgres.log': expect.stringContaining('checkpoint complete') });
    expect(steps.logs?.text).toContain('remaining connection slots are reserved');
    expect(steps.pool?.data.summary).toMatch(/^9\d of 100 connections in use \(9\d%\), \d+ active, \d+ idle, \d+ of them for more than 10 minutes/);
    expect(board).toMatch(row('active', String.raw`\d+`));
    expect(findings.join(' ')).toMatch(/9\d of 100 connections are in use/);
    expect(suggests).toEqual(expect.arrayContaining(['terminate-idle', 'scale-down-frontend']));
    expect(suggests).not.toContain('restart-postgres');
  });

  test('the first look says that hardly a connection is free, and calls nothing unknown that nobody may read', async () => {
    const { board, findings } = await diagnose(world(), situation, 'aureus/assess');
    expect(findings.join(' ')).toMatch(/hardly a free connection: 9\d of 100 are in use\. Diagnose aureus\/database-connections\./);
    expect(board).toContain('/app/evidence (pvc/aureus-evidence-pvc) is');
    expect(board).not.toContain('unknown');
  });

  test('what Tocsin may not read is said once, with what to grant, and not at the next look', async () => {
    const allow = await forbid(world(), 'pods/exec');
    const first = await diagnose(world(), situation, 'aureus/assess');
    const said = () => readable(messageWith(world(), situation.room, 'Diagnosis: ', 'aureus/assess'));
    expect(said()).toMatch(/:lock: Tocsin cannot read this here: [^.]*Evidence volume/);
    expect(said()).toContain('pods/exec');
    expect(said()).not.toContain('could not be read');
    expect(first.findings.join(' ')).not.toContain('free connection');
    await diagnose(world(), situation, 'aureus/assess');
    expect(said()).not.toContain(':lock:');
    await allow();
  });

  test('[AU-25] the plan shows how many idle connections end, two people approve, and only those end', async () => {
    const plan = await request(world(), situation, `${RUNBOOK} terminate-idle No connection is free`);
    expect(cardText(world(), situation, plan)).toMatch(/Ends \d+ connections of database that have been idle for more than 10m/);
    await approve(world(), ADA, situation, plan);
    expect(lastTold(world(), ADA)).toContain('Still needed from somebody else');
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    expect(exhausted()).toBe(true);
    await approve(world(), GRACE, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(exhausted()).toBe(false);
    const planned = /Ends (\d+)/.exec(cardText(world(), situation, plan))?.[1];
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data.summary).toBe(`Ended ${planned} idle connections of database.`);
    const after: Diagnosed = await diagnose(world(), situation, RUNBOOK);
    expect(after.steps.pool?.data.summary).toMatch(/, [1-9]\d* active, [1-9]\d* idle, 0 of them for more than 10 minutes/);
  });

  test('[AU-26] the frontend goes down to 1, waits until connections settle, and comes back with the autoscaler as it was', async () => {
    const calls = kubernetes(world()).cluster.requests().length;
    const plan = await remedy(world(), situation, `${RUNBOOK} scale-down-frontend Take the pressure away`);
    expect(plan).toMatchObject({ status: 'applied', verified: true, applied: [0, 2] });
    expect(exhausted()).toBe(false);
    expect(readyPods(world(), 'frontend')).toHaveLength(3);
    expect(object<Bounds>(world(), 'horizontalpodautoscalers.autoscaling', 'aureus-frontend-hpa').spec).toMatchObject({
      minReplicas: 3,
      maxReplicas: 10,
    });
    const patched = kubernetes(world())
      .cluster.requests()
      .slice(calls)
      .filter(({ method, path, query }) => method === 'PATCH' && /\/scale$|\/horizontalpodautoscalers\//.test(path) && query.dryRun === undefined)
      .map(({ body }) => (JSON.parse(body) as { spec: object }).spec)
      // Where the autoscaler's own controller wrote at the same time, the same is sent once more.
      .filter((spec, i, all) => JSON.stringify(spec) !== JSON.stringify(all[i - 1]));
    expect(patched).toEqual([
      { minReplicas: 1, maxReplicas: 1 },
      { minReplicas: 3, maxReplicas: 10 },
    ]);
    const steps = (await about(world(), plan, situation.id, 'change.applied')).map(({ data }) => data.summary);
    expect(steps).toEqual([
      'aureus-frontend-hpa keeps 1-1 replicas of deployment/aureus-frontend instead of 3-10',
      'aureus-frontend-hpa keeps 3-10 replicas of deployment/aureus-frontend instead of 1-1',
    ]);
    const [during] = (await about(world(), plan, situation.id, 'evidence.captured')).filter(
      ({ data }) => data.phase === 'during' && data.step === 'pool',
    );
    expect(Number(/^(\d+) of 100/.exec(String(during?.data.summary))?.[1])).toBeLessThanOrEqual(50);
  });

  test('[AU-24] [AU-15] restarting postgres is a last resort with data at risk: two people, evidence before, and it is there again', async () => {
    const [before] = pods(world(), 'postgres');
    const plan = await request(world(), situation, `${RUNBOOK} restart-postgres Nothing else helped`);
    expect(cardText(world(), situation, plan)).toContain('LAST RESORT: Restart postgres (data risk)');
    expect(cardText(world(), situation, plan)).toContain('two people approve');
    await approve(world(), ADA, situation, plan);
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    await approve(world(), GRACE, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    const [after] = readyPods(world(), 'postgres');
    expect(after?.metadata.name).toBe('aureus-postgres-0');
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(exhausted()).toBe(false);
    const records = (await stored(world(), situation.id)).filter(({ data }) => data.plan === plan.id);
    const intent = records.find(({ type }) => type === 'change.intended')?.seq ?? 0;
    const captured = records.filter(({ type, data }) => type === 'evidence.captured' && data.phase === 'before');
    expect(captured.map(({ data }) => data.step)).toEqual(['logs', 'descriptions', 'pool']);
    for (const { seq } of captured) expect(seq).toBeLessThan(intent);
    expect(captured[0]?.text).toContain('aureus-postgres-0/postgres');
    expect(captured[1]?.text).toContain('postgres:16');
    expect((await about(world(), plan, situation.id, 'change.verified'))[0]?.data.summary).toContain('accepts connections');
  });
});
