import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { causesOf } from '../../../src/domain/checks.ts';
import { deployment, found, type TwoClusters, twoClusters } from './helpers/two-clusters.ts';

const TARGETS = `
      here: { deployment: here }
      gone: { deployment: gone }
      afar: { deployment: afar, context: away }
      moved: { deployment: moved, selector: "app=old" }
      sidecar: { deployment: here, container: sidecar }
      key: { secret: keys, key: other }
      settings: { configmap: settings }
      disk: { pvc: disk }
      wrong: { deployment: here, context: nowhere }
`;
const DIAGNOSE = `
  here: { uses: k8s.pods, with: { target: here } }
  gone: { uses: k8s.pods, with: { target: gone } }
  afar: { uses: k8s.pods, with: { target: afar } }
  moved: { uses: k8s.pods, with: { target: moved } }
  sidecar: { uses: k8s.logs, with: { target: sidecar } }
  both: { uses: k8s.changes, with: { targets: [here, settings] } }
  wrong: { uses: k8s.pods, with: { target: wrong } }
`;
const REMEDIES = `
  restart:
    title: Restart
    risk: change
    steps: [{ uses: k8s.rollout-restart, with: { target: here } }]
    capture: [here, gone]
  far:
    title: Restart afar
    risk: change
    steps: [{ uses: k8s.rollout-restart, with: { target: afar } }]
    verify: { uses: k8s.rollout-status, with: { target: gone }, until: output.complete }
  bypass:
    title: Bypass
    risk: emergency
    steps: [{ uses: k8s.set-env, with: { target: here, env: { A: "1" } } }]
    approvals: { all: [{ role: incident-commander }, { role: security }] }
    revert: { after: 1h }
  bypass-afar:
    title: Bypass afar
    risk: emergency
    steps: [{ uses: k8s.set-env, with: { target: afar, env: { A: "1" } } }]
    approvals: { all: [{ role: incident-commander }, { role: security }] }
    revert: { after: 1h }
  grow:
    title: Grow
    risk: change
    arguments: { which: { about: Which one } }
    steps: [{ uses: k8s.rollout-restart, with: { target: =arg.which } }]
`;
const ACCOUNT = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'tocsin-guard', namespace: 'shop' } } as const;

describe('The pre-flight looks at all that a remedy uses, where it uses it', () => {
  let world: TwoClusters;
  beforeAll(async () => {
    world = await twoClusters(TARGETS, DIAGNOSE, REMEDIES);
    await world.home.create(deployment('here'));
    await world.home.create(deployment('moved', { app: 'new' }));
    // Only where it is not meant to be looked for.
    await world.home.create(deployment('afar'));
    await world.home.create(ACCOUNT);
  }, 60_000);
  afterAll(() => world.stop());

  test('what is not there, in each target’s own cluster', async () => {
    const report = await world.preflight();
    expect(found(report, 'diagnose here')).toEqual([]);
    expect(found(report, 'diagnose gone')).toEqual([
      expect.stringMatching(/^failure There is no such workload in this cluster: deployment\/gone in namespace shop\./),
    ]);
    expect(found(report, 'diagnose afar')).toEqual([expect.stringMatching(/^failure There is no such workload in this cluster: deployment\/afar /)]);
    expect(found(report, 'diagnose moved')).toEqual(['failure the selector app=old matches none of the pods of deployment/moved']);
    expect(found(report, 'diagnose sidecar')).toEqual(['failure deployment/here has no container sidecar']);
    expect(found(report, 'diagnose both')).toEqual([expect.stringMatching(/^failure there is no configmap\/settings in namespace shop/)]);
    expect(found(report, 'diagnose wrong')).toEqual([
      expect.stringMatching(/^failure the cluster of the context nowhere does not answer: .* has no context nowhere/),
    ]);
    await world.away.create(deployment('afar'));
    expect(found(await world.preflight(), 'diagnose afar')).toEqual([]);
  });

  test('rights, where they are needed', async () => {
    const steps = (await world.preflight()).steps.filter(({ step }) => step === 'far, step 1');
    expect(steps.flatMap(({ checks }) => checks.map(({ state, what }) => `${state} ${what}`))).toContain('ok may patch deployments');
  });

  test('what is captured and how it is verified', async () => {
    const report = await world.preflight();
    // Of what is not there, no evidence is kept, and the plan says so; a verification that cannot be made is another matter.
    expect(found(report, 'restart, evidence')).toEqual([expect.stringMatching(/^warning .*deployment\/gone/)]);
    expect(await world.workable('restart')).toEqual([]);
    expect(found(report, 'far, verify')).toEqual([expect.stringMatching(/^failure .*deployment\/gone/)]);
    await expect(world.workable('far')).rejects.toMatchObject({ code: 'plan-needs', message: expect.stringContaining('deployment/gone') });
  });

  test('the evidence store', async () => {
    world.evidence(false);
    const away = 'the evidence store s3://evidence does not answer: It failed unexpectedly: connect ECONNREFUSED 192.0.2.1:443';
    expect(found(await world.preflight(), 'bypass, evidence store')).toEqual([`failure ${away}`]);
    // A remedy waits for it before it changes anything.
    expect(await world.workable('bypass')).toEqual([`Not certain: ${away}`]);
    world.evidence(true);
    expect(found(await world.preflight(), 'bypass, evidence store')).toEqual([]);
    expect(await world.workable('bypass')).toEqual([]);
  });

  test('the guard’s service account, beside each object that it would guard', async () => {
    const missing = ['failure there is no serviceaccount/tocsin-guard in namespace shop: the guard could not act'];
    expect(found(await world.preflight(), 'bypass, guard')).toEqual([]);
    expect(found(await world.preflight(), 'bypass-afar, guard')).toEqual(missing);
    await expect(world.workable('bypass-afar')).rejects.toThrow('there is no serviceaccount/tocsin-guard');
    await world.home.delete({ apiVersion: 'v1', kind: 'ServiceAccount', name: 'tocsin-guard' });
    expect(found(await world.preflight(), 'bypass, guard')).toEqual(missing);
    await world.home.create(ACCOUNT);
  });

  test('what is known only when it is asked for is no ✓', async () => {
    expect(found(await world.preflight(), 'grow, step 1')).toEqual(['unknown its input is known only when it is asked for']);
  });
});

test('A credential plugin that hangs ends in time, and is said once', async () => {
  const world = await twoClusters(
    '      stuck: { deployment: here, context: hanging }',
    '  pods: { uses: k8s.pods, with: { target: stuck } }\n  log: { uses: k8s.logs, with: { target: stuck } }',
  );
  try {
    const { steps } = await world.preflight(100);
    expect(causesOf(steps.map(({ step, checks }) => ({ place: step, checks })))).toEqual([
      {
        state: 'unknown',
        what: expect.stringMatching(/^the cluster of the context hanging does not answer: No answer within /),
        advice: expect.stringContaining('credential plugin'),
        places: ['diagnose pods', 'diagnose log'],
      },
    ]);
  } finally {
    await world.stop();
  }
});
