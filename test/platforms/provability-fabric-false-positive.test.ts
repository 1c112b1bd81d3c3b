import { beforeEach, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { describeWorld } from '../e2e/helpers/each.ts';
import {
  ADA,
  approve,
  breakIt,
  commanded,
  environmentOf,
  LINUS,
  MARIE,
  nothingChanged,
  planOf,
  request,
  type Situation,
} from '../e2e/helpers/remedies.ts';
import { about, admin, cardText, diagnosed, kubernetes, object, remedy, until } from '../e2e/helpers/runbooks.ts';
import { declare, directMessages, readable, type World } from '../e2e/helpers/world.ts';

const RUNBOOK = 'provability-fabric/false-positive';
const AFTER = 'provability-fabric/after';

interface DeploymentObject {
  readonly spec: { readonly replicas: number };
  readonly status: { readonly readyReplicas?: number; readonly replicas?: number };
}

function bot(world: World): DeploymentObject {
  return object<DeploymentObject>(world, 'deployments.apps', 'incident-bot', 'monitoring');
}

const environment = (world: World) => environmentOf(world, 'monitoring', 'incident-bot');

describeWorld('Provability-Fabric: false positives and what comes after', { delivery: 'http', platforms: true }, (world) => {
  let situation: Situation;

  beforeEach(async () => {
    situation = await commanded(world(), 'P2 provability-fabric Guards trip');
  });

  const look = (runbook = RUNBOOK) => diagnosed(world(), situation, `/runbook diagnose ${runbook}`, runbook);

  test('[PF-12] several capsules without heartbeats and a policy that stops them: the bot is paused, and runs again by itself', async () => {
    await breakIt(world(), 'network-false-positive');
    await until(async () => !(await liveness(world())), 'the attestor has heard of no capsule for a while');
    const { steps, findings, suggests } = await look();
    expect(findings[0]).toMatch(/^The network, not the capsules: 3 of 3 capsules have no heartbeat\. /);
    expect(findings[0]).toContain('tenant-123/deny-all-egress lets nothing out of 3 pods.');
    expect(steps.liveness?.data.summary).toContain('0 of 3 capsules are alive.');
    expect(steps.endpoints?.data.summary).toContain('services. Each service has a ready pod.');
    expect(suggests[0]).toBe('pause-bot');

    const plan = await remedy(world(), situation, `${RUNBOOK} pause-bot The network is looked at`);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(bot(world()).spec.replicas).toBe(0);
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data).toMatchObject({
      uses: 'k8s.scale',
      summary: 'deployment/incident-bot scaled from 1 to 0',
    });
    const paused = await look();
    expect(paused.findings).toContain('The incident bot is paused. It decides nothing until it runs again.');

    await breakIt(world(), 'network-false-positive', false);
    for (let minutes = 0; minutes < 64; minutes += 8) await world().later(8);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'reverted' });
    expect(bot(world()).spec.replicas).toBe(1);
    expect(await about(world(), plan, situation.id, 'change.reverted')).toHaveLength(1);
  });

  test('[PF-12] a bot that somebody paused is resumed', async () => {
    await kubernetes(world()).advance(0);
    const plan = await remedy(world(), situation, `${RUNBOOK} pause-bot We look`);
    expect(bot(world()).spec.replicas).toBe(0);
    const { suggests } = await look();
    expect(suggests).toContain('resume-bot');
    const resumed = await remedy(world(), situation, `${RUNBOOK} resume-bot The network is mended`);
    expect(resumed.id).not.toBe(plan.id);
    expect(resumed).toMatchObject({ status: 'applied', verified: true });
    expect(bot(world()).spec.replicas).toBe(1);
  });

  test('[PF-13] a maintenance window is seen; MAINTENANCE_MODE is set, with the plan saying that nothing reads it, and taken back by itself', async () => {
    await breakIt(world(), 'maintenance-window');
    const { steps, findings, suggests } = await look();
    expect(findings.join(' ')).toContain(
      'There is a maintenance window: configmap maintenance-status is there. HelmRelease provability-fabric of Flux is in progress',
    );
    expect(steps.maintenance?.data.summary).toContain('reason=Upgrade to 0.2.1');
    expect(suggests).toEqual(expect.arrayContaining(['pause-bot', 'maintenance-on']));
    const plan = await request(world(), situation, `${RUNBOOK} maintenance-on The release is upgraded`);
    expect(cardText(world(), situation, plan)).toContain('goes on rolling back, for its code never reads MAINTENANCE_MODE; pause it instead');
    await approve(world(), ADA, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied' });
    expect(cardText(world(), situation, plan)).not.toContain('The effect is verified');
    expect(environment(world())).toMatchObject({ MAINTENANCE_MODE: 'true', RISK_SCORE_THRESHOLD: '0.8' });
    await breakIt(world(), 'maintenance-window', false);
    for (let minutes = 0; minutes < 124; minutes += 31) await world().later(31);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'reverted' });
    expect(environment(world())).not.toHaveProperty('MAINTENANCE_MODE');
    const after = await look();
    expect(after.steps.maintenance?.data.summary).toBe('There is no configmap/maintenance-status in namespace monitoring');
  });

  test('[PF-14] a threshold that is too low: 0.9 for a time by two people, and 0.85 afterwards, by itself', async () => {
    await breakIt(world(), 'flapping-threshold');
    await until(async () => (await look()).suggests.includes('raise-threshold'), 'the log shows guards just above the threshold');
    const plan = await request(world(), situation, `${RUNBOOK} raise-threshold Nothing is wrong`);
    expect(cardText(world(), situation, plan)).toContain('The revert sets RISK_SCORE_THRESHOLD to 0.85, not to what it was.');
    await approve(world(), ADA, situation, plan);
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    await approve(world(), MARIE, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied', verified: true });
    expect(environment(world())).toMatchObject({ RISK_SCORE_THRESHOLD: '0.9', HEARTBEAT_MISSES_THRESHOLD: '3' });
    for (let minutes = 0; minutes < 124; minutes += 31) await world().later(31);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'reverted' });
    expect(environment(world())).toMatchObject({ RISK_SCORE_THRESHOLD: '0.85' });
    expect((await about(world(), plan, situation.id, 'change.reverted'))[0]?.data.summary).toContain('as it is to be from now on');
  });

  test('[PF-35] nobody acknowledges: the on-call at once, the SRE lead after 15 minutes, security after 30, the manager after an hour', async () => {
    const { id, room } = await declare(world(), 'P1 provability-fabric Nobody answers');
    const called = async () => {
      const told = async (user: string) => (await directMessages(world(), user)).some((message) => readable(message).includes(id));
      const groups = ['S0SRE', 'S0SEC'].map((group) => world().texts(room).join(' ').includes(`<!subteam^${group}>`));
      return [...groups, await told(LINUS), await told('U0ALAN')];
    };
    expect(await called()).toEqual([true, false, false, false]);
    await world().later(16);
    expect(await called()).toEqual([true, false, true, false]);
    await world().later(15);
    expect(await called()).toEqual([true, true, true, false]);
    await world().later(31);
    expect(await called()).toEqual([true, true, true, true]);
  });

  test('[PF-31] where GitOps applies the rules, they are proposed by a pull request', async () => {
    const cluster = admin(world(), 'monitoring');
    const rule = { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule' } as const;
    const labels = { 'kustomize.toolkit.fluxcd.io/name': 'monitoring', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' };
    const spec = { groups: [{ name: 'nodes', rules: [{ alert: 'NodeDown', expr: 'up == 0' }] }] };
    const applied = await cluster.create({ ...rule, metadata: { name: 'from-git', labels }, spec });
    try {
      const { findings, suggests } = await look(AFTER);
      expect(findings).toContain(
        'GitOps applies PrometheusRules of this cluster from a repository. Propose the rules there; what is written past it has no source.',
      );
      expect(suggests[0]).toBe('propose-rules');
      const plan = await remedy(world(), situation, `${AFTER} propose-rules We want to hear of it`);
      expect(plan).toMatchObject({ status: 'applied' });
      const repository = world().platforms?.vaultmesh.github.repository;
      const pull = repository?.pulls().at(-1);
      expect(pull).toMatchObject({ title: 'Alert on many and on late rollback decisions', state: 'open' });
      expect(parse(repository?.file('monitoring/tocsin-provability-fabric.yml', pull?.head) ?? '')).toMatchObject({
        ...rule,
        metadata: { name: 'tocsin-provability-fabric', namespace: 'monitoring', labels: { release: 'prometheus' } },
        spec: { groups: [{ rules: [{ alert: 'HighRollbackRate' }, { alert: 'RollbackLatencyHigh' }] }] },
      });
      expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data).toMatchObject({ uses: 'github.propose-rules' });
      expect(await cluster.get({ ...rule, name: 'tocsin-provability-fabric' })).toBeNull();
    } finally {
      await cluster.delete({ ...rule, name: 'from-git' }, { uid: applied.metadata.uid });
    }
  });

  test('[PF-31] [PF-33] metrics are read and charted, and the alert rules are applied', async () => {
    const { board, steps, findings, suggests } = await look(AFTER);
    expect(steps.bot?.data.summary).toMatch(/^incident_bot_rollbacks_total 0, incident_bot_guard_trips_total \d+, incident_bot_alerts_total 0/);
    expect(board).toContain('Metrics of incident-bot-metrics');
    expect(steps.controller?.data.summary).toContain('rollback_controller_rollbacks 0.');
    expect(findings).toContain('No PrometheusRule of this cluster has the alert HighRollbackRate.');
    expect(suggests).toEqual(['apply-rules']);
    const plan = await remedy(world(), situation, `${AFTER} apply-rules We want to hear of it`);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    const rule = object<{ metadata: { labels: Record<string, string> }; spec: { groups: { name: string; rules: { alert: string }[] }[] } }>(
      world(),
      'prometheusrules.monitoring.coreos.com',
      'tocsin-provability-fabric',
      'monitoring',
    );
    expect(rule.metadata.labels).toEqual({ release: 'prometheus' });
    expect(rule.spec.groups.map(({ name, rules }) => [name, rules.map(({ alert }) => alert)])).toEqual([
      ['incident-response', ['HighRollbackRate', 'RollbackLatencyHigh']],
    ]);
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data).toMatchObject({ uses: 'k8s.apply-rules' });
    expect((await look(AFTER)).suggests).toEqual([]);
  });
});

/** Whether the attestor has heard of a capsule lately. */
async function liveness(world: World): Promise<boolean> {
  const reply = await fetch(`${kubernetes(world).outsideUrl}/monitoring/attestor:8080/liveness/sha256:${'3f'.repeat(32)}`);
  return ((await reply.json()) as { alive: boolean }).alive;
}
