import { stat } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { askBot, controlSocket } from '../../src/ops/control.ts';
import { describeWorld } from './helpers/each.ts';
import { ADA, approve, breakIt, commanded, environmentOf, incidentOf, MARIE, messageWith, planOf, refusals } from './helpers/remedies.ts';
import { DEMO, readable } from './helpers/world.ts';

interface Preflight {
  readonly steps: readonly {
    readonly runbook: string;
    readonly step: string;
    readonly checks: readonly { readonly state: string; readonly what: string; readonly advice: string | null }[];
  }[];
}

const nightly = (text: string) => `${text}\npreflight: { at: "05:30" }\n`;

describeWorld('Before the night it is needed', { delivery: 'http', platforms: true, config: nightly }, (world) => {
  test('/runbook preflight says for each step whether it would work, and what to do', async () => {
    await world().say(ADA, DEMO.incidents, '/runbook preflight aureus');
    const report = readable(messageWith(world(), DEMO.incidents, 'Pre-flight of aureus'));
    expect(report).toMatch(/\d+ runbooks, \d+ steps/);
    expect(report).toContain('no earlier revision');
    const { steps } = await askBot<Preflight>(world().data, '/preflight', { service: 'aureus' });
    expect(steps.flatMap(({ checks }) => checks).filter(({ state }) => state === 'failure')).toEqual([]);
    expect(steps.length).toBeGreaterThan(40);
    const said = steps.flatMap(({ checks }) => checks.map(({ what }) => what)).join('\n');
    for (const words of ['may patch deployments', 'may create pods/exec', 'kept between 3 and 10 by aureus-frontend-hpa'])
      expect(said).toContain(words);
  });

  test('a missing target is said plainly, with what is near and what to do', async () => {
    const { kubernetes } = world().platforms ?? {};
    const { createCluster } = await import('../../src/adapters/kubernetes/index.ts');
    const cluster = createCluster({ kubeconfig: { text: kubernetes?.kubeconfig('admin') ?? '' }, namespace: 'sark-system' });
    const opa = await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'opa' });
    await cluster.delete({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'opa' });
    const { steps } = await askBot<Preflight>(world().data, '/preflight', { service: 'sark' });
    const failures = steps.flatMap(({ checks }) => checks).filter(({ state }) => state === 'failure');
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.map(({ what }) => what).join('\n')).toContain('opa');
    expect(failures.every(({ advice }) => advice !== null && advice.length > 10)).toBe(true);
    const { metadata, spec, apiVersion, kind } = opa as unknown as {
      metadata: { name: string; labels: object };
      spec: never;
      apiVersion: string;
      kind: string;
    };
    await cluster.create({ apiVersion, kind, metadata: { name: metadata.name, labels: metadata.labels } as never, spec });
  });

  test('every night the report goes to where alerts arrive, once a service', async () => {
    await world().later(24 * 60);
    const reports = world()
      .slack.messages(DEMO.opsEscalations)
      .filter((message) => /pre-?flight/i.test(readable(message)));
    expect(reports.length).toBe(5);
    expect(
      world()
        .texts(DEMO.opsEscalations)
        .filter((text) => text.includes('A P0 of aureus tonight reaches 6 people.')),
    ).toHaveLength(1);
    const records = await world().tocsin.store.records('system');
    const services = records.filter(({ type }) => type === 'preflight.finished').map(({ data }) => data as { service: string; by: string });
    expect(
      services
        .filter(({ by }) => by === 'nightly')
        .map(({ service }) => service)
        .sort(),
    ).toEqual(['aureus', 'provability-fabric', 'sark', 'vaultmesh-oracle', 'vaultmesh-qbusiness']);
  });
});

describeWorld('From the command line of the bot’s own machine', { delivery: 'http', platforms: true }, (world) => {
  test('only who may read the bot’s data may connect', async () => {
    expect((await stat(controlSocket(world().data))).mode & 0o777).toBe(0o600);
    expect((await stat(world().data)).mode & 0o077).toBe(0);
  });

  test('a plan shows what would change and records nothing', async () => {
    const { id } = await commanded(world(), 'P1 aureus Frontend is down');
    const before = (await world().tocsin.store.records(id)).length;
    const asked = { incident: id, runbook: 'aureus/frontend-down', remedy: 'scale-up', arguments: {} };
    const plan = await askBot<{ steps: { diff: string }[]; needs: string[] }>(world().data, '/plan', asked);
    expect(plan.steps.map(({ diff }) => diff).join()).toContain('+');
    expect(plan.needs).toEqual(['responder']);
    expect((await world().tocsin.store.records(id)).length).toBe(before);
  });

  test('a run only requests: approvals stay in Slack, and who asks from the shell fills no role', async () => {
    const situation = await commanded(world(), 'P0 aureus Policies block all queries');
    await breakIt(world(), 'policy-engine-down');
    const asked = { incident: situation.id, runbook: 'aureus/policy-engine-failure', remedy: 'bypass', arguments: {} };
    await askBot(world().data, '/run', { ...asked, reason: 'from the shell', id: 'shell-request-1' });
    await world().settled();
    const plan = await planOf(world(), situation.id);
    expect(plan).toMatchObject({ status: 'waiting', approvals: [], requester: expect.stringMatching(/^shell:/) });
    await approve(world(), MARIE, situation, plan);
    expect((await planOf(world(), situation.id)).status).toBe('waiting');
    expect(environmentOf(world(), 'aureus', 'aureus-frontend')).not.toHaveProperty('POLICY_BYPASS_MODE');
    await approve(world(), ADA, situation, plan);
    expect((await planOf(world(), situation.id)).status).toBe('applied');
    await world().say(ADA, situation.room, '/bypass revert enough');
    await breakIt(world(), 'policy-engine-down', false);
  });

  test('the command line takes no argument that Slack would refuse, and knows the runbook’s defaults', async () => {
    const { id } = await commanded(world(), 'P0 sark A server leaks');
    const before = (await world().tocsin.store.records(id)).length;
    const asked = { incident: id, runbook: 'sark/security-incident', remedy: 'disable-server', arguments: {} };
    for (const route of ['/plan', '/run'] as const) {
      const ask = (given: Record<string, string>, more: object = {}) =>
        askBot(world().data, route, {
          ...asked,
          arguments: given,
          ...more,
          ...(route === '/run' ? { reason: 'why', id: `shell-request-${route}` } : {}),
        });
      await expect(ask({ server: 'x'.repeat(201) })).rejects.toMatchObject({ code: 'argument-invalid' });
      await expect(ask({ server: '; drop table servers' })).rejects.toMatchObject({ code: 'argument-invalid' });
      await expect(ask({ sever: 'web-1' })).rejects.toMatchObject({ code: 'unknown-argument', message: expect.stringContaining('server=') });
      await expect(ask({})).rejects.toMatchObject({ code: 'argument-missing' });
      await expect(ask({ server: '' })).rejects.toMatchObject({ code: 'argument-missing' });
      await expect(ask({}, { runbook: 'aureus/frontend-down', remedy: 'restart' })).rejects.toMatchObject({ code: 'other-service' });
    }
    const extended = { ...asked, runbook: 'sark/audit-events-missing', remedy: 'extend-volume' };
    const { steps } = await askBot<{ steps: { diff: string }[] }>(world().data, '/plan', extended);
    expect(steps.map(({ diff }) => diff).join()).toContain('200Gi');
    expect((await world().tocsin.store.records(id)).length).toBe(before);
  });

  test('what the bot does not know is said, with a code', async () => {
    await expect(askBot(world().data, '/preflight', { service: 'nowhere' })).rejects.toMatchObject({ code: 'no-runbooks' });
    await expect(askBot(`${world().data}/nowhere`, '/preflight', { service: 'aureus' })).rejects.toMatchObject({ code: 'not-running' });
    await expect(askBot(world().data, '/plan', { incident: 'INC-1999-0001', runbook: 'x', remedy: 'y', arguments: {} })).rejects.toMatchObject({
      code: 'no-incident',
    });
  });
});

describeWorld('More time for a bypass', { delivery: 'http', platforms: true }, (world) => {
  test('an extension needs the same two people, moves the revert and the guard, and ends by itself', async () => {
    await breakIt(world(), 'policy-engine-down');
    const situation = await commanded(world(), 'P0 aureus Policies block all queries');
    await world().say(ADA, situation.room, '/runbook run aureus/policy-engine-failure bypass nothing else helps');
    const bypass = await planOf(world(), situation.id);
    await approve(world(), MARIE, situation, bypass);
    const guard = () =>
      world()
        .platforms?.kubernetes.cluster.list('cronjobs.batch', 'aureus')
        .map((one) => (one as unknown as { spec: { schedule: string } }).spec.schedule);
    const [first] = guard() ?? [];
    await world().say(ADA, situation.room, '/bypass extend 30m the engine needs a rebuild');
    const extension = await planOf(world(), situation.id);
    expect(extension).toMatchObject({ kind: 'extend', status: 'waiting', of: bypass.id });
    await approve(world(), ADA, situation, extension);
    expect((await planOf(world(), situation.id)).status).toBe('waiting');
    await approve(world(), MARIE, situation, extension);
    const before = (await incidentOf(world(), situation.id)).plans[bypass.id];
    expect(before?.revertAt).toBe((before?.intendedAt ?? 0) + 85 * 60_000);
    expect(guard()).toHaveLength(1);
    expect(guard()?.[0]).not.toBe(first);
    await world().later(70);
    expect(environmentOf(world(), 'aureus', 'aureus-frontend')).toHaveProperty('POLICY_BYPASS_MODE', 'true');
    await world().later(20);
    expect((await incidentOf(world(), situation.id)).plans[bypass.id]?.status).toBe('reverted');
    expect(environmentOf(world(), 'aureus', 'aureus-frontend')).not.toHaveProperty('POLICY_BYPASS_MODE');
    expect(guard()).toEqual([]);
  });

  test('more time is not given when whoever asked for it has lost the role since', async () => {
    const situation = await commanded(world(), 'P0 aureus Policies block all queries again');
    await world().say(ADA, situation.room, '/runbook run aureus/policy-engine-failure bypass nothing else helps');
    const bypass = await planOf(world(), situation.id);
    await approve(world(), MARIE, situation, bypass);
    const revertAt = async () => (await incidentOf(world(), situation.id)).plans[bypass.id]?.revertAt;
    const before = await revertAt();
    await world().say(ADA, situation.room, '/bypass extend 30m the engine needs a rebuild');
    const extension = await planOf(world(), situation.id);
    expect(extension).toMatchObject({ kind: 'extend', status: 'waiting' });
    world().slack.setUsergroup('S0IC', ['U0GRACE']);
    try {
      await approve(world(), MARIE, situation, extension);
    } finally {
      world().slack.setUsergroup('S0IC', [ADA, 'U0GRACE', 'U0LINUS']);
    }
    expect((await planOf(world(), situation.id)).status).toBe('waiting');
    expect(await revertAt()).toBe(before);
    expect(await refusals(world(), situation.id)).toEqual(['approval-lost']);
    await approve(world(), MARIE, situation, extension);
    expect(await revertAt()).toBe((before ?? 0) + 30 * 60_000);
    await world().say(ADA, situation.room, '/bypass revert enough');
  });
});
