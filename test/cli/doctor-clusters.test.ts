import { expect, test } from '@jest/globals';
import { bad, good, look, together } from '../../src/app/doctor/check.ts';
import { checkClusters } from '../../src/app/doctor/cluster.ts';
import { deployment, twoClusters } from '../engine/runbooks/helpers/two-clusters.ts';

const DIAGNOSE = '  here: { uses: k8s.pods, with: { target: here } }';

test('The doctor looks in every context that targets name, at the targets and at the guard beside them', async () => {
  const world = await twoClusters(
    '      here: { deployment: here }\n      afar: { deployment: afar, context: away }\n      gone: { configmap: gone, context: away }',
    DIAGNOSE,
  );
  try {
    await world.home.create(deployment('here'));
    await world.home.create(deployment('afar'));
    const found = await checkClusters(world.config);
    const said = found.map(({ name, state, says }) => `${name} ${state} ${says}`);
    expect(said.filter((line) => line.startsWith('Cluster'))).toEqual([
      expect.stringMatching(/^Cluster of shop good home, Kubernetes \S+, namespace shop$/),
      expect.stringMatching(/^Cluster of shop good away, Kubernetes \S+, namespace shop$/),
    ]);
    expect(said.filter((line) => line.startsWith('Targets'))).toEqual([
      expect.stringMatching(/^Targets of shop bad There is no such workload in this cluster: deployment\/afar /),
      expect.stringMatching(/^Targets of shop bad there is no configmap\/gone in namespace shop/),
      'Targets of shop good deployment/here is there',
    ]);
    // Missing beside both, and said once.
    expect(said.filter((line) => line.startsWith('Guard of shop bad'))).toEqual([
      'Guard of shop bad there is no serviceaccount/tocsin-guard in namespace shop: the guard could not act',
    ]);
  } finally {
    await world.stop();
  }
}, 60_000);

test('A credential plugin that hangs holds up nothing, and is said once', async () => {
  const world = await twoClusters(
    '      here: { deployment: here, context: hanging }\n      there: { deployment: there, context: hanging }',
    DIAGNOSE,
  );
  try {
    const found = await checkClusters(world.config, 3_000);
    expect(found.filter(({ state }) => state !== 'good')).toEqual([
      {
        name: 'Cluster of shop',
        state: 'bad',
        says: expect.stringMatching(/^hanging: (?:No answer within 3 s\.|The credentials of user hanging )/),
        advice: expect.stringContaining('KUBECONFIG'),
      },
    ]);
  } finally {
    await world.stop();
  }
}, 60_000);

test('A check that does not end is not known, and the same finding of several is said once', async () => {
  const never = Promise.withResolvers<readonly []>();
  expect(await look('Evidence store', 'Check it.', () => never.promise, 10)).toEqual([
    { name: 'Evidence store', state: 'unknown', says: expect.stringContaining('No answer'), advice: 'Check it.' },
  ]);
  expect(together([bad('Cluster of a', 'is away', 'Look.'), good('Database', 'up'), bad('Cluster of b', 'is away', 'Look.')])).toEqual([
    { name: 'Cluster of a, Cluster of b', state: 'bad', says: 'is away', advice: 'Look.' },
    good('Database', 'up'),
  ]);
});
