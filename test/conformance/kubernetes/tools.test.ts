import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { actionNamed } from '../../../src/actions/registry.ts';
import { createCluster } from '../../../src/adapters/kubernetes/index.ts';
import type { Cluster as Client, KubeObject } from '../../../src/ports/cluster.ts';
import { read, step, testContext } from '../../actions/helpers/context.ts';
import { ROOT } from '../../docs/files.ts';
import { BUILD_LIMIT } from '../../helpers/kubernetes/build.ts';
import { type Cluster, startCluster } from '../../helpers/kubernetes/cluster.ts';
import { publishedKinds } from '../../helpers/kubernetes/crds.ts';
import { until } from '../../helpers/kubernetes/parts.ts';

/* Kinds of Flux and of the Prometheus operator as their makers publish them: what Tocsin writes is taken, what it reads has their shape. */

const PATIENCE = 60_000;
const NAMESPACE = 'flux-system';
const RULE = { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', name: 'tocsin-provability-fabric' } as const;

interface Runbook {
  readonly remedies: Readonly<Record<string, { readonly steps: readonly { readonly with: Readonly<Record<string, unknown>> }[] }>>;
}

let real: Cluster;
let client: Client;

beforeAll(async () => {
  real = await startCluster();
  await real.apply(`{ apiVersion: v1, kind: Namespace, metadata: { name: ${NAMESPACE} } }`);
  await real.apply(await publishedKinds('HelmRelease', 'PrometheusRule'));
  client = createCluster({ kubeconfig: { file: real.kubeconfig('admin') }, namespace: NAMESPACE });
  for (const path of ['helm.toolkit.fluxcd.io/v2', 'monitoring.coreos.com/v1'])
    await until(`${path} is served`, async () => (await real.call(`/apis/${path}`)).status === 200 || null, PATIENCE);
}, BUILD_LIMIT);

afterAll(async () => {
  await real?.stop();
});

const context = () => testContext({ targets: { release: { helm: 'provability-fabric' } }, cluster: () => client });

test('what Flux says of a release is read from its own HelmRelease, the simulated one’s', async () => {
  const before = await read(actionNamed('helm.history'), { target: 'release' }, context());
  expect(before.output).toMatchObject({ flux: true, flux_says: 'Flux has no HelmRelease provability-fabric.' });

  const file = readFileSync(join(ROOT, 'simulators/kubernetes/platforms/provability-fabric/flux.yaml'), 'utf8');
  const release = parseAllDocuments(file)
    .map((document) => document.toJS() as KubeObject & { readonly status?: { readonly conditions: readonly object[] } })
    .find(({ kind }) => kind === 'HelmRelease');
  const path = `/apis/helm.toolkit.fluxcd.io/v2/namespaces/${NAMESPACE}/helmreleases`;
  expect(await real.call(path, { method: 'POST', body: release })).toMatchObject({ status: 201 });
  const nothing = await read(actionNamed('helm.history'), { target: 'release' }, context());
  expect(nothing.output).toMatchObject({ flux_says: 'Flux says nothing yet of HelmRelease provability-fabric.' });

  // The controller writes when each condition came to be, too.
  const conditions = release?.status?.conditions.map((condition) => ({ lastTransitionTime: '2026-11-21T08:00:00Z', ...condition }));
  const body = { status: { ...release?.status, conditions } };
  const written = await real.call(`${path}/provability-fabric/status`, { method: 'PATCH', contentType: 'application/merge-patch+json', body });
  expect(written).toMatchObject({ status: 200 });
  const said = await read(actionNamed('helm.history'), { target: 'release' }, context());
  expect(said.output).toMatchObject({
    flux_says: "HelmRelease provability-fabric of Flux is in progress: Running 'upgrade' action with timeout of 5m0s.",
  });
});

test('the shipped rules are written, changed and taken back as the operator’s schema has them', async () => {
  const runbook = parse(readFileSync(join(ROOT, 'runbooks/provability-fabric/after.yml'), 'utf8')) as Runbook;
  const shipped = { ...runbook.remedies['apply-rules']?.steps[0]?.with, label: 'release=prometheus' };
  const rules = step(actionNamed('k8s.apply-rules'), shipped);
  const planned = await rules.plan(context());
  expect(planned.changes).toBe(true);
  expect(await client.get(RULE)).toBeNull();
  expect(await rules.apply(planned, context())).toMatchObject({ already: false });
  const written = await client.get(RULE);
  expect(written).toMatchObject({ metadata: { labels: { release: 'prometheus' } }, spec: { groups: [{ name: 'incident-response' }] } });
  // The schema adds nothing that would look like somebody else's change.
  expect((await rules.plan(context())).changes).toBe(false);
  expect(await rules.revert(planned, context())).toMatchObject({ kind: 'reverted' });
  expect(await client.get(RULE)).toBeNull();
});

test('rules that the operator’s schema does not take are refused at the plan, with what is wrong', async () => {
  const groups = [{ name: 'bad', interval: 'every now and then', rules: [{ alert: 'Bad', expr: 'up == 0' }] }];
  await expect(step(actionNamed('k8s.apply-rules'), { name: 'bad', groups }).plan(context())).rejects.toThrow(/spec\.groups\[0\]\.interval/);
});
