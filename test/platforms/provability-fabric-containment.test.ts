import { gunzipSync } from 'node:zlib';
import { beforeEach, expect, test } from '@jest/globals';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, approve, breakIt, commanded, dataOf, MARIE, nothingChanged, planOf, request, type Situation } from '../e2e/helpers/remedies.ts';
import { about, admin, cardText, diagnosed, kubernetes, object, remedy, row, until } from '../e2e/helpers/runbooks.ts';
import type { World } from '../e2e/helpers/world.ts';

const RUNBOOK = 'provability-fabric/containment';
const CAPSULE = `sha256:${'3f'.repeat(32)}`;
const ARGUMENTS = `capsule=${CAPSULE} tenant=tenant-123`;

interface RollbackObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly targetRelease: string; readonly reason: string; readonly capsuleHash?: string; readonly tenantId?: string };
  readonly status?: { readonly phase: string; readonly helmReleaseRevision?: number };
}

interface DeploymentObject {
  readonly spec: { readonly replicas: number; readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } } };
  readonly status: { readonly replicas?: number };
}

function rollbacks(world: World): readonly RollbackObject[] {
  return kubernetes(world).cluster.list('rollbacks.ops.prov-fabric.io') as unknown as readonly RollbackObject[];
}

function capsule(world: World): DeploymentObject {
  return object<DeploymentObject>(world, 'deployments.apps', 'capsule-invoices', 'tenant-123');
}

function isBroken(world: World, fault: string): boolean {
  return kubernetes(world)
    .faults.list()
    .some(({ id, active }) => id === fault && active);
}

/** The hash of a release, as somebody reads it off Helm's history in the diagnosis. */
function hashIn(board: string): string {
  return /[a-f0-9]{64}/.exec(board)?.[0] ?? '';
}

describeWorld('Provability-Fabric: containment and rollback', { delivery: 'http', platforms: true }, (world) => {
  let situation: Situation;

  const look = (given: string) => diagnosed(world(), situation, `/runbook diagnose ${RUNBOOK} ${given}`, RUNBOOK);

  beforeEach(async () => {
    situation = await commanded(world(), 'P1 provability-fabric A capsule misbehaves');
  });

  test('[PF-20] [PF-21] the bot decided a rollback that the cluster refused: it is said with the fields, and a valid one is started and watched to its end', async () => {
    await breakIt(world(), 'guard-trip-high');
    await until(() => isBroken(world(), 'guard-trip-high'), 'the guard has tripped');
    await new Promise((done) => setTimeout(done, 1_500));
    const { board, steps, findings, suggests } = await look(ARGUMENTS);
    expect(findings[0]).toMatch(
      /^There is no Rollback in this cluster\. The incident bot decided a rollback, but the cluster refused what it wrote, so/,
    );
    expect(findings[0]).toContain('spec.targetRelease and spec.reason');
    expect(suggests.slice(0, 2)).toEqual(['start-rollback', 'isolate']);
    expect(steps.releases?.data.summary).toContain('provability-fabric is at revision 3 (0.2.0');
    expect(board).toMatch(row('2', 'superseded', String.raw`0\.1\.1`));
    expect(steps.capsules?.data.summary).toContain(
      `Capsule ${CAPSULE.slice(7, 19)} is deployment/capsule-invoices in namespace tenant-123, 2 of 2 pods ready.`,
    );

    const target = await releaseHash(world(), situation);
    const plan = await remedy(world(), situation, `${RUNBOOK} start-rollback release=${target} ${ARGUMENTS} The release is bad`, MARIE);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(rollbacks(world())).toEqual([
      expect.objectContaining({
        spec: { targetRelease: target, reason: 'manual', capsuleHash: CAPSULE, tenantId: 'tenant-123' },
        status: expect.objectContaining({ phase: 'Completed', helmReleaseRevision: 4 }),
      }),
    ]);
    expect(capsule(world()).spec.template.spec.containers[0]?.image).toBe('provability-fabric/capsule:v0.1.1');
    expect(isBroken(world(), 'guard-trip-high')).toBe(false);
    expect(cardText(world(), situation, plan)).toContain('Rolls provability-fabric back from revision 3 to revision 2 (0.1.1)');
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data).toMatchObject({ uses: 'fabric.start-rollback' });
    expect((await about(world(), plan, situation.id, 'change.verified'))[0]?.data).toMatchObject({
      passed: true,
      summary: expect.stringContaining('is Completed: Rolled back to revision 2'),
    });
    const after = await look(ARGUMENTS);
    expect(after.findings.join(' ')).not.toContain('refused');
    expect(after.findings[0]).toMatch(/^Rollback tocsin-[a-f0-9]{12} is Completed/);
  });

  test('[PF-21] a release that Helm does not know, or that is there already, is refused before anybody approves', async () => {
    const before = rollbacks(world()).length;
    await world().say(ADA, situation.room, `/runbook run ${RUNBOOK} start-rollback release=${'ab'.repeat(32)} It is bad`);
    await world().say(ADA, situation.room, `/runbook run ${RUNBOOK} start-rollback release=v0.1.0 It is bad`);
    expect(world().texts(situation.room).join('\n')).toContain('No revision of provability-fabric has the release hash abababababab');
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    expect(rollbacks(world())).toHaveLength(before);
  });

  test('[PF-20] a rollback that does not begin: the controller has no pods, and is started', async () => {
    await breakIt(world(), 'rollback-stuck');
    const gone = () =>
      until(
        () => (object<DeploymentObject>(world(), 'deployments.apps', 'rollback-controller', 'flux-system').status.replicas ?? 0) === 0,
        'the controller has gone',
      );
    await gone();
    const { findings, suggests } = await look('');
    expect(findings).toContainEqual('Rollback rollback-smoke-test does not begin: the rollback controller has no ready pod.');
    expect(suggests[0]).toBe('start-controller');
    const plan = await remedy(world(), situation, `${RUNBOOK} start-controller It has no pods`);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(isBroken(world(), 'rollback-stuck')).toBe(false);
    expect(object<DeploymentObject>(world(), 'deployments.apps', 'rollback-controller', 'flux-system').spec.replicas).toBe(1);
    expect(rollbacks(world()).find(({ metadata }) => metadata.name === 'rollback-smoke-test')?.status?.phase).toBe('Completed');
    // Without its controller no rollback begins, also when none waits: it comes first.
    await breakIt(world(), 'rollback-stuck');
    await gone();
    const again = await look('');
    expect(again.findings).toContainEqual('No rollback that is started now begins. Start the rollback controller first.');
    expect(again.suggests[0]).toBe('start-controller');
    await breakIt(world(), 'rollback-stuck', false);
  });

  test('[PF-22] [PF-24] [PF-25] a tenant that exports: it is seen in the ledger, the capsule is isolated by two people, the logs are evidence', async () => {
    await breakIt(world(), 'exfiltration');
    const { steps, findings, suggests, files } = await look(ARGUMENTS);
    expect(findings[0]).toMatch(/^Tenant tenant-123 sent \S+ GiB in \d+ events since .*: far more than usual/);
    expect(suggests[0]).toBe('isolate');
    expect(steps.usage?.data).toMatchObject({ uses: 'fabric.usage' });
    expect(files['usage-usage.csv']).toContain('time,bytes');
    expect(files['watcher_log-sidecar-watcher.log']).toContain('"event":"guard_trip","reason":"Egress budget exceeded"');
    expect(files['attestor_log-attestor.log']).toContain('heartbeat ok');
    expect(steps.watcher_log?.text).toContain('Egress budget exceeded');

    const plan = await request(world(), situation, `${RUNBOOK} isolate workload=capsule It exports`);
    expect(capsule(world()).spec.replicas).toBe(2);
    expect(cardText(world(), situation, plan)).toContain('deployment/capsule-invoices');
    const done = await remedyOf(world(), situation);
    expect(done).toMatchObject({ status: 'applied', verified: true });
    expect(capsule(world()).spec.replicas).toBe(0);
    expect(isBroken(world(), 'exfiltration')).toBe(false);
    expect((await dataOf(world(), situation.id, 'change.applied'))[0]).toMatchObject({
      uses: 'k8s.scale',
      summary: 'deployment/capsule-invoices scaled from 2 to 0',
    });
    expect(cardText(world(), situation, done)).toContain('scaled to 0: it has no pods');
    const captured = (await about(world(), done, situation.id, 'evidence.captured')).filter(({ data }) => data.phase === 'before');
    expect(captured.map(({ data }) => data.step)).toEqual(['capsules', 'usage', 'pods', 'watcher_log', 'attestor_log']);
    const texts = new Map(captured.map(({ data, texts: kept }) => [data.step, kept.join('\n')]));
    expect(texts.get('watcher_log')).toContain('Egress budget exceeded');
    expect(texts.get('attestor_log')).toContain('heartbeat ok');
  });

  test('[PF-25] another tenant sends as usual, and one that the ledger does not know is said to be unknown', async () => {
    const { steps, findings } = await look('tenant=tenant-456');
    expect(steps.usage?.data.summary).toMatch(/^Tenant tenant-456 sends as usual: half of the last 100 events/);
    expect(findings.join(' ')).not.toContain('far more than usual');
    const unknown = await look('tenant=tenant-789');
    expect(unknown.steps.usage?.data.summary).toBe('The ledger has no usage of tenant tenant-789. Is it spelled so?');
  });

  test('[PF-23] pods of a tenant in a namespace where it has no capsule are a sign of lateral movement', async () => {
    const cluster = admin(world(), 'default');
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'moved-on', namespace: 'default', labels: { tenant: 'tenant-123' } },
      spec: { containers: [{ name: 'shell', image: 'provability-fabric/capsule:v0.2.0' }] },
    });
    const { steps, findings } = await look(ARGUMENTS);
    expect(findings.join(' ')).toContain('Pods of tenant tenant-123 run where it has no capsule: default. It may have moved on.');
    expect(steps.policies?.data.summary).toMatch(/^3 network policies\. None lets nothing in or out of a pod\./);
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name: 'moved-on', namespace: 'default' });
    await until(() => kubernetes(world()).cluster.get('pods', 'default', 'moved-on') === undefined, 'the pod has gone');
  });
});

async function releaseHash(world: World, situation: Situation): Promise<string> {
  const [step] = (await dataOf(world, situation.id, 'diagnosis.step')).filter(({ uses }) => uses === 'helm.history');
  expect(step).toBeDefined();
  const secrets = await admin(world, 'flux-system').list({ apiVersion: 'v1', kind: 'Secret' }, { labelSelector: 'owner=helm,version=2' });
  const data = secrets[0]?.['data'] as { release: string };
  return hashIn(gunzipSync(Buffer.from(Buffer.from(data.release, 'base64').toString(), 'base64')).toString());
}

/** The plan that waits, approved by security. */
async function remedyOf(world: World, situation: Situation) {
  const plan = await planOf(world, situation.id);
  await approve(world, MARIE, situation, plan);
  return planOf(world, situation.id);
}
