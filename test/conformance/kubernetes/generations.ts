import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../../docs/files.ts';
import type { Cluster } from '../../helpers/kubernetes/cluster.ts';
import { until } from '../../helpers/kubernetes/parts.ts';

/** What becomes of a change once everybody else has acted; `unknown`: nobody can say before; `refused`: there is no plan. */
export type Outcome = 'undone' | 'stays' | 'unknown' | 'refused';

export const NAMESPACE = 'others';

/** An object of a source, as server-side apply takes it. */
interface SourceObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** Remedies as the runbooks have them, in the words of their actions. `sees`: what is compared. */
export const REMEDIES = {
  restart: { action: 'k8s.rollout-restart', input: { target: 'web' }, sees: 'restart' },
  more: { action: 'k8s.scale', input: { target: 'web', at_least: 5, hpa: 'adjust' }, sees: 'scale' },
  fewer: { action: 'k8s.scale', input: { target: 'web', at_most: 1, hpa: 'adjust' }, sees: 'scale' },
  undo: { action: 'k8s.rollout-undo', input: { target: 'web' }, sees: 'undo' },
  'set-known': { action: 'k8s.set-env', input: { target: 'web', env: { MODE: 'open' } }, sees: 'env' },
  'set-new': { action: 'k8s.set-env', input: { target: 'web', env: { EXTRA: 'yes' } }, sees: 'env' },
} as const;
export type Remedy = keyof typeof REMEDIES;

export interface Generation {
  /** Who applies it, as `managedFields` name them. */
  readonly manager: string;
  source(name: string, image: string): readonly SourceObject[];
  /** What is there besides, made after both revisions. */
  besides?(name: string, cluster: Cluster): Promise<void>;
  /** What its manager does afterwards; its source is applied again unless told. */
  reconcile?(name: string, cluster: Cluster, apply: (objects: readonly SourceObject[], manager: string) => Promise<void>): Promise<void>;
  readonly outcomes: Readonly<Partial<Record<Remedy, Outcome>>> & { readonly else: Outcome };
  /** Words of the plan. */
  readonly says?: Readonly<Partial<Record<Remedy, readonly string[]>>>;
  /** What a refusal says. */
  readonly refusal?: RegExp;
}

interface Shape {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly podLabels?: Readonly<Record<string, string>>;
  readonly replicas?: number | null;
  /** Of its container. */
  readonly resources?: object;
}

function deployment(
  name: string,
  image: string,
  { labels = {}, annotations = {}, podLabels = { app: name }, replicas = 2, resources = {} }: Shape = {},
) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE, labels, annotations },
    spec: {
      ...(replicas === null ? {} : { replicas }),
      selector: { matchLabels: podLabels },
      template: {
        metadata: { labels: podLabels },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image, env: [{ name: 'MODE', value: 'strict' }], resources }] },
      },
    },
  };
}

function autoscaler(name: string, metadata: object = {}) {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: NAMESPACE, ...metadata },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, minReplicas: 2, maxReplicas: 6 },
  };
}

async function make(cluster: Cluster, object: SourceObject): Promise<{ readonly metadata: { readonly uid: string } }> {
  const root = object.apiVersion.includes('/') ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
  const plural = `${object.kind.toLowerCase()}s`;
  const { status, text, body } = await cluster.call(`${root}/namespaces/${object.metadata.namespace}/${plural}`, { method: 'POST', body: object });
  if (status >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${status} ${text}`);
  return body as { readonly metadata: { readonly uid: string } };
}

async function nothing(): Promise<void> {
  // Nobody acts.
}

/** What a source sets is put back, what it does not set stays. */
const SETS: Generation['outcomes'] = { else: 'undone', restart: 'stays', 'set-new': 'stays' };
const TRACKED = { 'argocd.argoproj.io/tracking-id': `storefront:apps/Deployment:${NAMESPACE}/web` };
const KUSTOMIZED = { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' };
const MOVED = { 'app.kubernetes.io/name': 'web', 'app.kubernetes.io/instance': 'web', 'app.kubernetes.io/managed-by': 'kustomize' };

/** The platforms' own manifests, kept beside the repository: they are not ours to ship. */
const PLATFORMS = join(ROOT, '..', 'shared', 'platforms');

/** A platform's Deployment with its autoscaler and disruption budget, under another name. */
function platform(files: readonly string[], workload: string): Pick<Generation, 'manager' | 'source' | 'reconcile'> {
  const objects = files
    .flatMap((file) => parseAllDocuments(readFileSync(join(PLATFORMS, file), 'utf8')).map((document) => document.toJS() as SourceObject | null))
    .filter((object) => object !== null);
  const text = (kind: string) => objects.filter((object) => object.kind === kind).map((object) => JSON.stringify(object));
  const about = ['Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'].flatMap(text).filter((one) => one.includes(`"${workload}`));
  return {
    manager: 'kubectl',
    reconcile: nothing,
    source: (name, image) =>
      about.map((one) => {
        const object = JSON.parse(
          one.replaceAll(`"name":"${workload}"`, `"name":"${name}"`).replace(/"image":"[^"]+"/g, `"image":"${image}"`),
        ) as SourceObject;
        return { ...object, metadata: { ...object.metadata, name, namespace: NAMESPACE } };
      }),
  };
}

/** Deployments as clusters have them. */
export const GENERATIONS: Readonly<Record<string, Generation>> = {
  aureus: { ...platform(['aureus/k8s/deployment.yaml'], 'aureus-frontend'), outcomes: { else: 'stays' }, says: { more: ['keeps between 3 and 10'] } },
  sark: { ...platform(['sark/k8s/deployment.yaml', 'sark/k8s/hpa.yaml'], 'sark-api'), outcomes: { else: 'stays' } },
  opa: { ...platform(['sark/k8s/opa-deployment.yaml'], 'opa'), outcomes: { else: 'stays' } },
  plain: { manager: 'kubectl', source: (name, image) => [deployment(name, image)], reconcile: nothing, outcomes: { else: 'stays' } },
  moved: {
    manager: 'kubectl',
    source: (name, image) => [deployment(name, image, { labels: MOVED, podLabels: { ...MOVED, 'app.kubernetes.io/component': name } })],
    reconcile: nothing,
    outcomes: { else: 'stays' },
  },
  argo: {
    manager: 'argocd-controller',
    source: (name, image) => [deployment(name, image, { annotations: TRACKED })],
    outcomes: SETS,
    says: { more: ['Argo CD (application storefront)', 'argocd app set storefront --sync-policy none'] },
  },
  'argo-leaves': {
    manager: 'argocd-controller',
    source: (name, image) => [deployment(name, image, { annotations: TRACKED, replicas: null })],
    async besides(name, cluster) {
      await cluster.kubectl(['scale', `deployment/${name}`, '--replicas=2', '-n', NAMESPACE]);
    },
    outcomes: { ...SETS, more: 'stays', fewer: 'stays' },
    says: { more: ['does not set replicas: this change stays'] },
  },
  flux: {
    manager: 'kustomize-controller',
    source: (name, image) => [deployment(name, image, { labels: KUSTOMIZED })],
    outcomes: SETS,
    says: { undo: ['Flux (kustomization apps in flux-system)', 'flux suspend kustomization apps -n flux-system'] },
  },
  'flux-told': {
    manager: 'kustomize-controller',
    source: (name, image) => [deployment(name, image, { labels: KUSTOMIZED, annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' } })],
    reconcile: nothing,
    outcomes: { else: 'stays' },
  },
  helm: {
    manager: 'helm',
    source: (name, image) => [
      deployment(name, image, { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': 'web' } }),
    ],
    outcomes: SETS,
    says: { fewer: ['at its next upgrade'] },
  },
  operated: {
    manager: 'storefront-operator',
    source: (name, image) => [deployment(name, image)],
    async besides(name, cluster) {
      const { metadata } = await make(cluster, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${name}-owner`, namespace: NAMESPACE } });
      const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: `${name}-owner`, uid: metadata.uid, controller: true }];
      const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${name}`;
      await cluster.call(path, { method: 'PATCH', contentType: 'application/merge-patch+json', body: { metadata: { ownerReferences } } });
    },
    outcomes: { else: 'unknown' },
  },
  hpa: {
    manager: 'kubectl',
    source: (name, image) => [deployment(name, image)],
    besides: async (name, cluster) => void (await make(cluster, autoscaler(name))),
    reconcile: nothing,
    outcomes: { else: 'stays' },
  },
  'hpa-argo': {
    manager: 'argocd-controller',
    source: (name, image) => [deployment(name, image, { annotations: TRACKED, replicas: null }), autoscaler(name, { annotations: TRACKED })],
    outcomes: SETS,
    says: { more: ['sets bounds of horizontalpodautoscaler/'] },
  },
  keda: {
    manager: 'kubectl',
    source: (name, image) => [deployment(name, image)],
    async besides(name, cluster) {
      const triggers = [{ type: 'cpu', metricType: 'Utilization', metadata: { value: '60' } }];
      const spec = { scaleTargetRef: { name }, minReplicaCount: 2, maxReplicaCount: 6, triggers };
      await make(cluster, { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata: { name, namespace: NAMESPACE }, spec });
      await make(cluster, autoscaler(name, { labels: { 'scaledobject.keda.sh/name': name } }));
    },
    async reconcile(name, cluster) {
      const path = `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers/${name}`;
      await cluster.call(path, { method: 'PATCH', contentType: 'application/merge-patch+json', body: { spec: { minReplicas: 2, maxReplicas: 6 } } });
    },
    outcomes: { else: 'stays', more: 'undone', fewer: 'undone' },
    says: { more: ['autoscaling.keda.sh/paused-replicas="5"'] },
  },
  pdb: {
    manager: 'kubectl',
    source: (name, image) => [
      deployment(name, image),
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name, namespace: NAMESPACE },
        spec: { minAvailable: 2, selector: { matchLabels: { app: name } } },
      },
    ],
    reconcile: nothing,
    outcomes: { else: 'stays' },
    says: { fewer: ['requires more pods than there will be'] },
  },
  vpa: {
    manager: 'kubectl',
    source: (name, image) => [deployment(name, image)],
    async besides(name, cluster) {
      const spec = { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, updatePolicy: { updateMode: 'Recreate' } };
      await make(cluster, { apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler', metadata: { name, namespace: NAMESPACE }, spec });
    },
    reconcile: nothing,
    outcomes: { else: 'stays' },
    says: { restart: ['may replace pods by itself (Recreate)'] },
  },
  denied: {
    manager: 'kubectl',
    source: (name, image) => [deployment(name, image)],
    async besides(name, cluster) {
      await cluster.kubectl(['label', `deployment/${name}`, 'tocsin.test/frozen=yes', '-n', NAMESPACE]);
    },
    reconcile: nothing,
    outcomes: { else: 'refused', more: 'stays', fewer: 'stays' },
    refusal: /The policy frozen of the cluster refuses to patch deployments\.apps\/denied-[a-z-]+ in namespace others: the release is frozen/,
  },
};

/** Admission that refuses changes of a frozen Deployment's template and says why. Its scale is another resource. */
export const DENIAL = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'frozen' },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] }] },
        validations: [
          {
            expression: "!has(oldObject.metadata.labels) || !('tocsin.test/frozen' in oldObject.metadata.labels) || object.spec == oldObject.spec",
            message: 'the release is frozen',
          },
        ],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'frozen' },
      spec: { policyName: 'frozen', validationActions: ['Deny'] },
    },
  ],
};

/** Workloads whose pods do not simply follow their template. */
interface PodGeneration {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly namespace: string;
  source(name: string, image: string): readonly SourceObject[];
  besides?(name: string, cluster: Cluster): Promise<void>;
  readonly action: string;
  readonly input: object;
  /** What the plan says. */
  readonly says: RegExp;
  /** What is seen then, and how many pods are new. */
  readonly looks: string;
  readonly comes: RegExp;
  readonly updated: number;
}

function statefulSet(name: string, image: string, updateStrategy: object) {
  const { spec, ...rest } = deployment(name, image);
  return { ...rest, kind: 'StatefulSet', spec: { ...spec, serviceName: name, updateStrategy } };
}

/** A namespace whose memory is two pods', and both are there: no third one fits. */
function full(namespace: string) {
  return {
    kind: 'Deployment',
    namespace,
    source(name: string, image: string) {
      const { metadata, ...rest } = deployment(name, image, { resources: { requests: { memory: '1Gi' } } });
      return [{ ...rest, metadata: { ...metadata, namespace } }];
    },
    async besides(_name: string, cluster: Cluster) {
      const spec = { hard: { 'requests.memory': '2Gi' } };
      await make(cluster, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small', namespace }, spec });
      const path = `/api/v1/namespaces/${namespace}/resourcequotas/small`;
      const used = async () => ((await cluster.call(path)).body as { status?: { used?: Record<string, string> } }).status?.used?.['requests.memory'];
      await until('the quota is counted', async () => ((await used()) === '2Gi' ? true : null), 60_000);
    },
  } as const;
}

const RESTART = { action: 'k8s.rollout-restart', input: { target: 'web' }, looks: 'k8s.rollout-status' } as const;
const HERE = { ...RESTART, namespace: NAMESPACE } as const;

export const POD_GENERATIONS: Readonly<Record<string, PodGeneration>> = {
  paused: {
    ...HERE,
    kind: 'Deployment',
    source: (name, image) => [deployment(name, image)],
    async besides(name, cluster) {
      await cluster.kubectl(['rollout', 'pause', `deployment/${name}`, '-n', NAMESPACE]);
    },
    says: /is paused: nothing rolls until somebody resumes it .*deadline of 600 s begins then/,
    comes: /is paused: resume it to continue/,
    updated: 0,
  },
  'on-delete': {
    ...HERE,
    kind: 'StatefulSet',
    source: (name, image) => [statefulSet(name, image, { type: 'OnDelete' })],
    says: /replaces pods only when they are deleted/,
    comes: /0 of 2 pods are new; the others are replaced only when somebody deletes them/,
    updated: 0,
  },
  partition: {
    ...HERE,
    kind: 'StatefulSet',
    source: (name, image) => [statefulSet(name, image, { type: 'RollingUpdate', rollingUpdate: { partition: 1 } })],
    says: /below 1 as they are: 1 of 2 pods are replaced/,
    comes: /1 of 2 pods are new; its partition \(1\) keeps the others as they were/,
    updated: 1,
  },
  'quota-more': {
    ...full('full-more'),
    action: 'k8s.scale',
    input: { target: 'web', at_least: 4 },
    says: /resourcequota\/small leaves room for 0 more of the 2 pods \(requests\.memory\): the others are refused until it is raised/,
    looks: 'k8s.pods',
    comes: /2 of 4 pods ready.*deployment\/quota-more: new pods are refused: exceeded quota: small/,
    updated: 2,
  },
  'quota-rollout': {
    ...full('full-rollout'),
    ...RESTART,
    says: /resourcequota\/small leaves no room for another pod \(requests\.memory\), and deployment\/quota-rollout starts a new pod before it stops an old one/,
    comes: /0 of 2 pods are new: new pods are refused: exceeded quota: small/,
    updated: 0,
  },
};
