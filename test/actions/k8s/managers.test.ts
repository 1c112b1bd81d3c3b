import { describe, expect, test } from '@jest/globals';
import { managersOf, sayManager } from '../../../src/actions/k8s/managers.ts';
import { POINTERS, type PodChange } from '../../../src/actions/k8s/pointers.ts';
import { demandOf, roomIn } from '../../../src/actions/k8s/quota.ts';
import { podSpecSchema, workloadSchema } from '../../../src/actions/k8s/shapes.ts';
import type { KubeObject } from '../../../src/ports/cluster.ts';

type Metadata = Omit<KubeObject['metadata'], 'name' | 'uid' | 'resourceVersion'> & { readonly managedFields?: readonly object[] };

const REPLICAS = { 'f:spec': { 'f:replicas': {} } };
const IMAGE = { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"main"}': { 'f:image': {} } } } } } };

function written(manager: string, fieldsV1: object): Pick<Metadata, 'managedFields'> {
  return { managedFields: [{ manager, operation: 'Apply', fieldsV1 }] };
}

function said(metadata: Metadata, more: { readonly oneWay?: boolean; readonly unsourced?: boolean } = {}): readonly string[] {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1', ...metadata },
  };
  return managersOf({ object, what: 'replicas', paths: [['f:spec', 'f:replicas']], ...more }).map((one) => `${one.outcome}: ${sayManager(one)}`);
}

const TRACKED = { annotations: { 'argocd.argoproj.io/tracking-id': 'storefront:apps/Deployment:shop/web' } };
const KUSTOMIZED = { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' } };
const RELEASED = { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': 'web' } };

describe('Who manages an object, and what they do with a change of its replicas', () => {
  const cases: readonly (readonly [string, Metadata, readonly RegExp[]])[] = [
    ['nobody', {}, []],
    ['labels that everybody has', { labels: { 'app.kubernetes.io/instance': 'web', 'app.kubernetes.io/managed-by': 'kustomize' } }, []],
    [
      'Argo CD, which sets them',
      { ...TRACKED, ...written('argocd-controller', REPLICAS) },
      [
        /^undone: Argo CD \(application storefront\) sets replicas of deployment\/web and puts this back within seconds where it heals itself, .*argocd app set storefront --sync-policy none/,
      ],
    ],
    [
      'Argo CD, which leaves them to others',
      { ...TRACKED, ...written('argocd-controller', IMAGE) },
      [/^stays: Argo CD \(application storefront\) manages deployment\/web, but does not set replicas: this change stays\.$/],
    ],
    ['Argo CD, whose fields nobody knows', TRACKED, [/^unknown: Argo CD .*Whether it sets replicas is not known; if it does, it puts this back/]],
    [
      'an application of another namespace',
      { annotations: { 'argocd.argoproj.io/tracking-id': 'team_storefront:apps/Deployment:shop/web' } },
      [/application team\/storefront/],
    ],
    ['Argo CD by its own label', { labels: { 'argocd.argoproj.io/instance': 'storefront' } }, [/^unknown: Argo CD \(application storefront\)/]],
    [
      'Argo CD by the common label and its writes',
      { labels: { 'app.kubernetes.io/instance': 'storefront' }, ...written('argocd-controller', REPLICAS) },
      [/^undone: Argo CD \(application storefront\)/],
    ],
    [
      'a Kustomization of Flux, which sets them',
      { ...KUSTOMIZED, ...written('kustomize-controller', REPLICAS) },
      [
        /^undone: Flux \(kustomization apps in flux-system\) .*at its next reconciliation, .*flux suspend kustomization apps -n flux-system, and flux resume/,
      ],
    ],
    ['a Kustomization of Flux, which leaves them', { ...KUSTOMIZED, ...written('kustomize-controller', IMAGE) }, [/^stays: Flux/]],
    [
      'Flux, told to leave it',
      {
        labels: KUSTOMIZED.labels,
        annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' },
        ...written('kustomize-controller', REPLICAS),
      },
      [/^stays: .*was told to leave it alone/],
    ],
    [
      'a HelmRelease of Flux, not Helm beside it',
      {
        ...RELEASED,
        labels: { ...RELEASED.labels, 'helm.toolkit.fluxcd.io/name': 'web', 'helm.toolkit.fluxcd.io/namespace': 'shop' },
        ...written('helm-controller', REPLICAS),
      },
      [/^undone: Flux \(helmrelease web in shop\)/],
    ],
    [
      'Helm',
      { ...RELEASED, ...written('helm', REPLICAS) },
      [/^undone: Helm \(release web\) .*at its next upgrade\. What lasts is a change of the release’s values\.$/],
    ],
    [
      'an operator',
      { ownerReferences: [{ kind: 'Storefront', name: 'main', uid: 'o', controller: true }] },
      [/^unknown: deployment\/web belongs to storefront\/main: if its operator sets replicas, .*What lasts is a change of storefront\/main\.$/],
    ],
    ['an owner that is no controller', { ownerReferences: [{ kind: 'Storefront', name: 'main', uid: 'o' }] }, []],
  ];

  test.each(cases)('%s', (_who, metadata, expected) => {
    expect(said(metadata)).toEqual(expected.map((text) => expect.stringMatching(text)));
  });

  test('what cannot be put back makes the source fail; what no source has is nobody’s', () => {
    const metadata = { ...TRACKED, ...written('argocd-controller', REPLICAS) };
    expect(said(metadata, { oneWay: true })).toEqual([
      expect.stringMatching(/^stays: .*It cannot be put back: what it applies fails until its source says the same\. Commit it/),
    ]);
    expect(said(metadata, { unsourced: true })).toEqual([]);
  });
});

describe('Who points at a workload', () => {
  const workload = workloadSchema.parse({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { replicas: 3, selector: {}, template: { spec: {} } },
  });
  const five: PodChange = { replicas: 5, bounds: false, newPods: true };
  const bounds: PodChange = { replicas: 5, bounds: true, newPods: true };
  const template: PodChange = { replicas: null, bounds: false, newPods: true };
  const object = (spec: object, annotations = {}) => ({
    apiVersion: 'x/v1',
    kind: 'X',
    metadata: { name: 'x', namespace: 'shop', uid: 'u', resourceVersion: '1', annotations },
    spec,
  });
  const keda = (more = {}, annotations = {}) =>
    object({ scaleTargetRef: { name: 'web' }, minReplicaCount: 2, maxReplicaCount: 10, ...more }, annotations);

  const cases: readonly (readonly [string, number, KubeObject, PodChange, RegExp | null])[] = [
    [
      'KEDA between its bounds',
      0,
      keda(),
      five,
      /^unknown: KEDA \(scaledobject\/x\) keeps deployment\/web between 2 and 10 by its metrics\. .*paused-replicas="5"/,
    ],
    ['KEDA outside of its bounds', 0, keda({ maxReplicaCount: 4 }), five, /^undone: .*and puts this back/],
    ['KEDA and the bounds of its HPA', 0, keda(), bounds, /^undone: .*sets the bounds of its autoscaler/],
    [
      'KEDA, paused at a number',
      0,
      keda({}, { 'autoscaling.keda.sh/paused-replicas': '1' }),
      five,
      /^undone: .*keeps deployment\/web at 1 by its annotation/,
    ],
    ['KEDA, paused', 0, keda({}, { 'autoscaling.keda.sh/paused': 'true' }), five, /^stays: .*is paused/],
    ['KEDA and a change of the template', 0, keda(), template, null],
    ['KEDA of another workload', 0, keda({ scaleTargetRef: { name: 'api' } }), five, null],
    [
      'a VPA',
      1,
      object({ targetRef: { kind: 'Deployment', name: 'web' }, updatePolicy: { updateMode: 'Auto' } }),
      template,
      /^stays: New pods .* may replace pods by itself \(Auto\)/,
    ],
    [
      'a VPA that only recommends',
      1,
      object({ targetRef: { kind: 'Deployment', name: 'web' }, updatePolicy: { updateMode: 'Off' } }),
      template,
      null,
    ],
    ['a Rollout and replicas', 2, object({ workloadRef: { kind: 'Deployment', name: 'web' } }), five, /^undone: .*kubectl scale rollout x/],
    [
      'a Rollout and the template',
      2,
      object({ workloadRef: { kind: 'Deployment', name: 'web' } }),
      template,
      /^unknown: .*goes out by the rollout’s own steps/,
    ],
    ['a Rollout of its own', 2, object({ template: {} }), five, null],
    ['an object that nobody understands', 0, object({}), five, null],
  ];

  test.each(cases)('%s', (_who, index, pointer, change, expected) => {
    const found = POINTERS[index]?.points(pointer, workload, change) ?? null;
    const text = found === null ? null : `${found.outcome}: ${sayManager(found)}`;
    if (expected === null) expect(text).toBeNull();
    else expect(text).toMatch(expected);
  });
});

describe('How many more pods a quota leaves room for', () => {
  const resources = { requests: { cpu: '250m', memory: '1Gi' }, limits: { cpu: 1, memory: '2Gi' } };
  const pod = podSpecSchema.parse({
    containers: [{ name: 'main', resources }],
    initContainers: [
      { name: 'proxy', restartPolicy: 'Always', resources: { requests: { cpu: '50m' } } },
      { name: 'migrate', resources: { requests: { memory: '3Gi' } } },
    ],
  });
  const quota = (hard: object, used: object, spec: object = {}) =>
    ({ metadata: { name: 'q' }, spec: { scopes: [], ...spec }, status: { hard, used } }) as never;

  test('a native sidecar counts beside the containers, an init container by itself', () => {
    expect(demandOf(pod)).toMatchObject({ pods: 1, 'requests.cpu': 0.3, 'requests.memory': 3 * 2 ** 30, 'limits.cpu': 1 });
  });

  test.each([
    [{ pods: '10' }, { pods: '8' }, { pods: 2, short: 'pods' }],
    [
      { pods: '10', 'requests.cpu': '1' },
      { pods: '8', 'requests.cpu': '700m' },
      { pods: 1, short: 'requests.cpu' },
    ],
    [{ 'limits.memory': '4Gi' }, { 'limits.memory': '4Gi' }, { pods: 0, short: 'limits.memory' }],
    [{ 'requests.storage': '1Gi' }, {}, { pods: Infinity, short: '' }],
  ])('%j of which %j is used: %j', (hard, used, room) => {
    expect(roomIn(quota(hard, used), demandOf(pod))).toEqual(room);
  });

  test('of a quota for some pods only nothing is said', () => {
    expect(roomIn(quota({ pods: '1' }, { pods: '1' }, { scopes: ['BestEffort'] }), demandOf(pod)).pods).toBe(Infinity);
  });
});
