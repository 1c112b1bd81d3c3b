import { beforeEach, expect, test } from '@jest/globals';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, approve, breakIt, commanded, GRACE, nothingChanged, planOf, pressAndSay, request, type Situation } from '../e2e/helpers/remedies.ts';
import { about, admin, cardText, diagnose, kubernetes, object, remedy, row, stored, until } from '../e2e/helpers/runbooks.ts';
import { lastTold, type World } from '../e2e/helpers/world.ts';

const CONNECTION = 'sark/database-connection-failure';
const LATENCY = 'sark/high-latency';
const NAMESPACE = 'sark-system';

interface PodObject {
  readonly metadata: { readonly uid: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
interface Scaled {
  readonly spec: { readonly replicas: number };
  readonly status: { readonly readyReplicas?: number; readonly replicas?: number };
}

function database(world: World): PodObject {
  return object<PodObject>(world, 'pods', 'postgres-0', NAMESPACE);
}

function api(world: World): Scaled {
  return object<Scaled>(world, 'deployments.apps', 'sark-api', NAMESPACE);
}

function broken(world: World, fault: string): boolean {
  return kubernetes(world)
    .faults.list()
    .some(({ id, active }) => id === fault && active);
}

describeWorld('SARK: database and latency', { delivery: 'http', platforms: true }, (world) => {
  let situation: Situation;

  beforeEach(async () => {
    situation = await commanded(world(), 'P1 sark The API answers 500');
  });

  async function databaseDown(): Promise<void> {
    await breakIt(world(), 'database-down');
    const complains = async () =>
      (await admin(world(), NAMESPACE).logs({ pod: 'postgres-0', container: 'postgres', tail: 50 })).text.includes('recovery mode');
    await until(() => broken(world(), 'database-down') && !isReady(database(world())), 'the database is down');
    await until(complains, 'the database says so');
  }

  test('[SK-20] [SK-21] [SK-24] the database pods and log, a connection from the API, and the pool settings', async () => {
    await databaseDown();
    const { board, steps, findings, suggests, files } = await diagnose(world(), situation, CONNECTION);
    expect(steps.pods?.data.summary).toMatch(/^0 of 1 pod ready/);
    expect(board).toMatch(row('postgres-0', 'no'));
    expect(files).toMatchObject({ 'log-postgres.log': expect.stringContaining('the database system is in recovery mode') });
    expect(steps.connection?.data.summary).toMatch(/^postgres:5432 cannot be reached from sark-api-\S+ \(python3\): nothing listens there/);
    for (const setting of [
      row('POSTGRES_POOL_SIZE', '20', 'configmap/sark-config'),
      row('POSTGRES_POOL_TIMEOUT', '30'),
      row('POSTGRES_POOL_RECYCLE', '3600'),
    ])
      expect(board).toMatch(setting);
    expect(findings).toEqual([
      expect.stringMatching(/^The database pod is not ready: .*postgres/),
      expect.stringMatching(/^The log of the database says \(at \S+Z\): FATAL: .*recovery mode/),
      'The API cannot open a connection to the database.',
    ]);
    // Fewer API pods help no database that is down.
    expect(suggests).toContain('restart-pod');
    expect(suggests).not.toContain('scale-api');
  });

  test('the first look at SARK says that the database takes no connection', async () => {
    await databaseDown();
    const { findings } = await diagnose(world(), situation, 'sark/assess');
    expect(findings).toContain('The API cannot open a connection to the database. Diagnose sark/database-connection-failure.');
    expect(findings.join(' ')).not.toContain('OPA');
  });

  test('[SK-22] two people have the database pod deleted; its successor accepts connections', async () => {
    await databaseDown();
    const before = database(world()).metadata.uid;
    const plan = await request(world(), situation, `${CONNECTION} restart-pod It hangs`);
    expect(cardText(world(), situation, plan)).toContain(`pod/postgres-0 (uid ${before}`);
    await approve(world(), ADA, situation, plan);
    expect(lastTold(world(), ADA)).toContain('Still needed from somebody else');
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    expect(database(world()).metadata.uid).toBe(before);
    await approve(world(), GRACE, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(database(world()).metadata.uid).not.toBe(before);
    expect(isReady(database(world()))).toBe(true);
    expect(broken(world(), 'database-down')).toBe(false);
    const records = (await stored(world(), situation.id)).filter(({ data }) => data.plan === plan.id);
    const captured = records.filter(({ type, data }) => type === 'evidence.captured' && data.phase === 'before');
    expect(captured.map(({ data }) => data.step)).toEqual(['pods', 'log']);
    expect(captured[1]?.text).toContain('recovery mode');
    expect(captured[1]?.seq).toBeLessThan(records.find(({ type }) => type === 'change.intended')?.seq ?? 0);
    expect(records.find(({ type }) => type === 'change.verified')?.data.summary).toContain('postgres:5432 accepts connections');
  });

  test('[SK-23] the API goes down to 2 pods', async () => {
    const plan = await remedy(world(), situation, `${CONNECTION} scale-api Take load from the database`);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(api(world()).spec.replicas).toBe(2);
    await until(() => api(world()).status.replicas === 2, 'two pods are left');
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data.summary).toMatch(/^deployment\/sark-api scaled from 3 to 2/);
    await world().say(ADA, situation.room, `/bypass revert ${plan.id} The database is well`);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'reverted' });
    await until(() => api(world()).status.readyReplicas === 3, 'three pods are ready');
  });

  test('[SK-30] [SK-31] [SK-32] [SK-34] [SK-35] use of CPU and p95 against thresholds, slow queries ranked, OPA timed, the hit rate, and plans', async () => {
    await breakIt(world(), 'latency');
    await world().later(10);
    // Once more: then the cluster has written its logs up to now, whenever it would have done so by itself.
    await breakIt(world(), 'latency');
    const { board, steps, findings, suggests, files } = await diagnose(world(), situation, LATENCY);
    expect(steps.load?.data.summary).toMatch(/^3 pods, \d{4}m CPU, .*high: sark-api-\S+ CPU 1\d{3}m/);
    expect(steps.latency?.data.summary).toMatch(/match request_completed of 3 pods; slowest 310 ms, p95 310 ms$/);
    expect(findings).toContain('The p95 latency is 310 ms (limit: 200 ms).');
    expect(findings.join(' ')).toContain('High CPU use');
    const times = [...board.matchAll(/\\n(\d{3,4})(?: +|\\n +Line: )warning slow_query (?:SELECT|UPDATE)/g)].map((match) => Number(match[1]));
    expect(times.length).toBeGreaterThan(1);
    expect(times).toEqual([...times].sort((one, other) => other - one));
    expect(times[0]).toBeGreaterThan(1_000);
    expect(steps.opa?.data.summary).toMatch(/health answered 200 in \d+ ms from inside of sark-api-\S+ by curl/);
    expect(steps.cache?.data.summary).toMatch(/: 92% hits \(91204 of 99134\), 40 keys\.$/);
    expect(steps.plans?.data.summary).toBe('1 query explained, 1 of them reads a whole table.');
    expect(Object.entries(files).find(([name]) => name.startsWith('plans-'))?.[1]).toMatch(/FROM mcp_servers[\s\S]*Seq Scan/);
    expect(suggests).toContain('scale-out');
  });

  test('[SK-33] scaling the API to 10 brings the latency down', async () => {
    await breakIt(world(), 'latency');
    expect(broken(world(), 'latency')).toBe(true);
    const plan = await remedy(world(), situation, `${LATENCY} scale-out It is slow`);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(api(world())).toMatchObject({ spec: { replicas: 10 }, status: { readyReplicas: 10 } });
    expect(broken(world(), 'latency')).toBe(false);
    expect((await about(world(), plan, situation.id, 'change.verified'))[0]?.data).toMatchObject({
      passed: true,
      summary: expect.stringMatching(/match request_completed of 10 pods; .* p95 \d+ ms$/),
    });
    await pressAndSay(world(), ADA, situation, plan, 'plan.revert', 'The load is gone');
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'reverted' });
    await until(() => api(world()).status.readyReplicas === 3, 'three pods are ready');
  });

  test('[SK-33] under an autoscaler its bounds are raised, and a button puts them back', async () => {
    const hpa = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' } as const;
    const bounds = () => object<{ readonly spec: object }>(world(), 'horizontalpodautoscalers.autoscaling', 'sark-api', NAMESPACE).spec;
    await admin(world(), NAMESPACE).create({
      ...hpa,
      metadata: { name: 'sark-api', namespace: NAMESPACE },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'sark-api' }, minReplicas: 3, maxReplicas: 8 },
    });
    await breakIt(world(), 'latency');
    const plan = await request(world(), situation, `${LATENCY} scale-out It is slow`);
    expect(cardText(world(), situation, plan)).toContain('until somebody reverts it');
    await approve(world(), ADA, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(bounds()).toMatchObject({ minReplicas: 10, maxReplicas: 10 });
    await pressAndSay(world(), ADA, situation, plan, 'plan.revert', 'The load is gone');
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'reverted' });
    expect(bounds()).toMatchObject({ minReplicas: 3, maxReplicas: 8 });
    await until(() => api(world()).spec.replicas === 8, 'the autoscaler takes away what is more than its most');
    await admin(world(), NAMESPACE).delete({ ...hpa, name: 'sark-api' });
  });
});

function isReady({ status }: PodObject): boolean {
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}
