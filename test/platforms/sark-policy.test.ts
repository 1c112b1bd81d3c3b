import { beforeEach, expect, test } from '@jest/globals';
import { describeWorld } from '../e2e/helpers/each.ts';
import {
  ADA,
  approve,
  breakIt,
  commanded,
  environmentOf,
  MARIE,
  nothingChanged,
  planOf,
  refusals,
  request,
  type Situation,
} from '../e2e/helpers/remedies.ts';
import { about, cardText, diagnose, kubernetes, object, remedy, row, until } from '../e2e/helpers/runbooks.ts';
import { lastTold, type World } from '../e2e/helpers/world.ts';

const RUNBOOK = 'sark/policy-evaluation-failure';
const NAMESPACE = 'sark-system';

interface Opa {
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly volumes: readonly { readonly configMap?: { readonly name: string } }[] } };
  };
  readonly status: { readonly readyReplicas?: number; readonly updatedReplicas?: number; readonly replicas?: number };
}

function opa(world: World): Opa {
  return object<Opa>(world, 'deployments.apps', 'opa', NAMESPACE);
}

function mounted(world: World): readonly string[] {
  return opa(world).spec.template.spec.volumes.flatMap(({ configMap }) => (configMap === undefined ? [] : [configMap.name]));
}

function broken(world: World, fault: string): boolean {
  return kubernetes(world)
    .faults.list()
    .some(({ id, active }) => id === fault && active);
}

function healthy({ status }: Opa): boolean {
  return status.readyReplicas === status.replicas && status.updatedReplicas === status.replicas;
}

describeWorld('SARK: policy evaluation failure', { delivery: 'http', platforms: true }, (world) => {
  let situation: Situation;

  beforeEach(async () => {
    situation = await commanded(world(), 'P0 sark Authorization decisions fail');
  });

  async function corrupt(): Promise<void> {
    await breakIt(world(), 'opa-corrupt');
    await until(() => mounted(world()).includes('opa-policies-v2') && healthy(opa(world())), 'the bad policies are rolled out');
  }

  async function overloaded(): Promise<void> {
    await breakIt(world(), 'opa-down');
    await until(() => (opa(world()).status.readyReplicas ?? 0) === 0, 'no OPA pod is ready');
  }

  test('[SK-10] [SK-11] [SK-12] [SK-16] pods, log, policies, a decision, and who changed a policy of late', async () => {
    await corrupt();
    const { board, steps, findings, suggests, files } = await diagnose(world(), situation, RUNBOOK);
    expect(steps.opa?.data).toMatchObject({ uses: 'k8s.pods', summary: expect.stringMatching(/^3 of 3 pods ready/) });
    expect(board).toMatch(row(String.raw`opa-[a-z0-9-]+`, 'yes', 'Running'));
    expect(files).toMatchObject({ 'log-opa.log': expect.stringContaining('Initializing server.') });
    expect(steps.policies?.data.summary).toMatch(/^OPA has 1 policy loaded, asked from opa-\S+ through the API server/);
    expect(board).toMatch(row(String.raw`policies/mcp_authorization\.rego`, 'mcp'));
    expect(steps.decision?.data.summary).toContain('answered 500');
    expect(findings.join(' ')).toContain('cannot evaluate them (status 500). They are corrupt.');
    expect(board).toMatch(/configmap\/opa-policies-v2 written \(data mcp_authori[^\n]* +kubectl-edit/);
    expect(steps.changes?.data.summary).toMatch(/^\d changes in 24h/);
    expect(suggests).toContain('roll-back');
  });

  test('the first look at SARK says what does not work, and which runbook goes on', async () => {
    await corrupt();
    const { board, steps, findings } = await diagnose(world(), situation, 'sark/assess');
    expect(findings).toContain('OPA does not decide (status 500). Diagnose sark/policy-evaluation-failure.');
    expect(findings).toContain('The API is up, but says that it is not ready. It cannot use: opa.');
    expect(findings.join(' ')).not.toMatch(/database is not ready|TimescaleDB|Redis|CRITICAL/);
    expect(steps.gateway?.data.summary).toContain('GET sark-api/health/ready answered 200');
    expect(board).not.toContain('unknown');
  });

  test('[SK-14] rolling OPA back brings the previous policies; decisions are made again', async () => {
    await corrupt();
    const plan = await remedy(world(), situation, `${RUNBOOK} roll-back The policy is corrupt`);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(mounted(world())).toEqual(['opa-policies']);
    expect(broken(world(), 'opa-corrupt')).toBe(false);
    expect(cardText(world(), situation, plan)).toContain('opa-policies-v2');
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data).toMatchObject({ uses: 'k8s.rollout-undo' });
    expect((await about(world(), plan, situation.id, 'change.verified'))[0]?.data).toMatchObject({
      passed: true,
      summary: expect.stringContaining('answered 200'),
    });
    // The revision that was rolled back from is nothing to roll back to, and its restart makes it no older.
    const { steps, findings } = await diagnose(world(), situation, RUNBOOK);
    expect(steps.history?.data.summary).toContain('none to roll back to');
    expect(findings.join(' ')).not.toContain('within 24 hours');
  });

  test('[SK-10] [SK-13] no OPA pod is ready: OPA is scaled to 5, which bear the load', async () => {
    await overloaded();
    const { steps, findings, suggests } = await diagnose(world(), situation, RUNBOOK);
    expect(steps.opa?.data.summary).toMatch(/^0 of 3 pods ready.*OOMKilled/);
    expect(steps.policies?.data.summary).toContain('OPA was not asked. No pod of deployment/opa is running and ready');
    expect(findings).toContainEqual(expect.stringMatching(/^No OPA pod is ready: 3 pods: opa .*OOMKilled, exit code 137/));
    // Nobody asked it: that it does not answer is not known.
    expect(findings).not.toContain('OPA does not answer.');
    expect(suggests[0]).toBe('scale-opa');
    const plan = await remedy(world(), situation, `${RUNBOOK} scale-opa They are killed for memory`);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(opa(world())).toMatchObject({ spec: { replicas: 5 }, status: { readyReplicas: 5 } });
    expect(broken(world(), 'opa-down')).toBe(false);
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data.summary).toBe('deployment/opa scaled from 3 to 5');
  });

  test('[SK-15] fail-open is an emergency: commander and security, in force for less than an hour, and it reverts by itself', async () => {
    const api = () => environmentOf(world(), NAMESPACE, 'sark-api');
    const before = api();
    const plan = await request(world(), situation, `${RUNBOOK} fail-open Nobody can work`);
    expect(cardText(world(), situation, plan)).toContain('LAST RESORT: Fail-open mode');
    await approve(world(), ADA, situation, plan);
    expect(lastTold(world(), ADA)).toContain('Still needed from somebody else');
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    expect(api()).toEqual(before);
    await approve(world(), MARIE, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(api()).toEqual({ ...before, OPA_FAIL_OPEN: 'true' });
    expect((await planOf(world(), situation.id)).approvals.map(({ user }) => user).sort()).toEqual([ADA, MARIE]);
    expect((await about(world(), plan, situation.id, 'approval.given')).map(({ actor }) => actor.id)).toEqual([MARIE]);
    for (let minutes = 0; minutes < 56; minutes += 8) await world().later(8);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'reverted' });
    expect(api()).toEqual(before);
    expect(await about(world(), plan, situation.id, 'change.reverted')).toHaveLength(1);
  });

  test('[SK-15] fail-open is refused below P0', async () => {
    const minor = await commanded(world(), 'P1 sark Some decisions fail');
    await world().say(ADA, minor.room, `/runbook run ${RUNBOOK} fail-open Nobody can work`);
    expect(await refusals(world(), minor.id)).toEqual([expect.stringMatching(/^(not-now|severity-needed)$/)]);
    expect(await nothingChanged(world(), minor.id)).toBe(true);
  });
});
