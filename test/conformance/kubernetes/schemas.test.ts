import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type KubernetesSimulator, startKubernetesSimulator } from '../../../simulators/kubernetes/index.ts';
import { call } from '../../../simulators/test/kubernetes/client.ts';
import { BUILD_LIMIT } from '../../helpers/kubernetes/build.ts';
import { type Cluster, startCluster } from '../../helpers/kubernetes/cluster.ts';
import { type Schema, type Schemas, schemasOf } from '../helpers/openapi.ts';

/** Served by an add-on, and not by the control plane. */
const ADDED = ['apis/metrics.k8s.io/v1beta1'];
/** A simulated minute: pods are ready, jobs are done. */
const MINUTE = 60_000;

interface Resource {
  /** `apis/apps/v1` */
  readonly version: string;
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/** The schemas of one version of a group, as the real API server publishes them. */
interface Published {
  readonly schemas: Schemas;
  of(kind: string): Schema | undefined;
}

let cluster: Cluster;
let simulator: KubernetesSimulator;
const published = new Map<string, Published>();

beforeAll(async () => {
  cluster = await startCluster();
  simulator = await startKubernetesSimulator({ ticking: false });
  await simulator.advance(MINUTE);
}, BUILD_LIMIT);

afterAll(async () => {
  await simulator?.stop();
  await cluster?.stop();
});

async function played(): Promise<readonly Resource[]> {
  const { json } = await call(simulator, 'GET', '/openapi/v3');
  const resources: Resource[] = [];
  for (const version of Object.keys(json['paths'] as object)) {
    const { json: list } = await call(simulator, 'GET', `/${version}`);
    const found = list['resources'] as readonly Omit<Resource, 'version'>[];
    resources.push(...found.filter(({ name }) => !name.includes('/')).map((one) => ({ ...one, version })));
  }
  return resources;
}

/** The real server's schemas; `null` where it does not serve the version: an add-on, or a platform's own kinds. */
async function publishedOf(version: string): Promise<Published | null> {
  const known = published.get(version);
  if (known !== undefined) return known;
  const { status, body } = await cluster.call(`/openapi/v3/${version}`);
  if (status === 404) return null;
  const { components } = body as { components: { schemas: Record<string, Schema> } };
  const group = version.startsWith('apis/') ? (version.split('/')[1] ?? '') : '';
  const made: Published = {
    schemas: schemasOf(components),
    of(kind) {
      const found = Object.entries(components.schemas).find(([, schema]) =>
        ((schema['x-kubernetes-group-version-kind'] ?? []) as readonly { group: string; kind: string }[]).some(
          (one) => one.group === group && one.kind === kind,
        ),
      );
      return found === undefined ? undefined : { $ref: `#/components/schemas/${found[0]}` };
    },
  };
  published.set(version, made);
  return made;
}

function flawsOf({ schemas, of }: Published, kind: string, value: unknown): readonly string[] {
  const schema = of(kind);
  if (schema === undefined) return [`the real server knows no ${kind}`];
  // Servers before 1.34, as the simulated one, write a time that is not set as null; no schema ever said so.
  return schemas.flaws(schema, value).filter((flaw) => !flaw.includes('/metadata/creationTimestamp must be string'));
}

test('every object and every list that the simulator answers fits the schema that the real API server publishes for its kind', async () => {
  const wrong: string[] = [];
  const unserved = new Set<string>();
  let checked = 0;
  for (const { version, name, kind, verbs } of await played()) {
    const real = await publishedOf(version);
    if (real === null) unserved.add(version);
    if (real === null || !verbs.includes('list')) continue;
    const { json } = await call(simulator, 'GET', `/${version}/${name}`);
    wrong.push(...flawsOf(real, `${kind}List`, json).map((flaw) => `${version} ${kind}List: ${flaw}`));
    const [first] = json['items'] as readonly { metadata: { name: string; namespace?: string } }[];
    if (first === undefined) continue;
    const { name: of, namespace } = first.metadata;
    const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
    const one = await call(simulator, 'GET', `/${version}${within}/${name}/${of}`);
    wrong.push(...flawsOf(real, kind, one.json).map((flaw) => `${version} ${kind}: ${flaw}`));
    checked += 1;
  }
  expect([...new Set(wrong)]).toEqual([]);
  expect([...unserved].filter((version) => version.includes('.k8s.io') || version === 'api/v1')).toEqual(ADDED);
  expect(checked).toBeGreaterThan(15);
});

test.each([
  ['authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', { resourceAttributes: { verb: 'get', resource: 'pods' } }],
  ['authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', { namespace: 'aureus' }],
  ['authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview', undefined],
])('the answer to a review fits: %s/%s', async (group, name, kind, spec) => {
  const version = `apis/${group}/v1`;
  const real = await publishedOf(version);
  if (real === null) throw new Error(`The real server does not serve ${version}.`);
  const body = { apiVersion: `${group}/v1`, kind, ...(spec === undefined ? {} : { spec }) };
  const { status, json } = await call(simulator, 'POST', `/${version}/${name}`, { body });
  expect([status, flawsOf(real, kind, json)]).toEqual([201, []]);
});

test('an error is a Status', async () => {
  const real = await publishedOf('api/v1');
  if (real === null) throw new Error('The real server does not serve api/v1.');
  const { status, json } = await call(simulator, 'GET', '/api/v1/namespaces/aureus/pods/none');
  expect([status, flawsOf(real, 'Status', json)]).toEqual([404, []]);
});
