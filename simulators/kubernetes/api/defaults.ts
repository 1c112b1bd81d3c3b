import { isObject, type JsonObject } from '../json.ts';
import type { NewObject } from '../objects/store.ts';

function fill(target: JsonObject, values: JsonObject): void {
  for (const [key, value] of Object.entries(values)) if (target[key] === undefined) target[key] = value;
}

function child(target: JsonObject, key: string): JsonObject {
  const value = target[key];
  if (isObject(value)) return value;
  const made: JsonObject = {};
  target[key] = made;
  return made;
}

function each(target: JsonObject, key: string, edit: (item: JsonObject) => void): void {
  const value = target[key];
  if (Array.isArray(value)) for (const item of value) if (isObject(item)) edit(item);
}

function probe(container: JsonObject, name: string): void {
  const value = container[name];
  if (!isObject(value)) return;
  fill(value, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  const http = value['httpGet'];
  if (isObject(http)) fill(http, { path: '/', scheme: 'HTTP' });
}

function podSpec(spec: JsonObject, restartPolicy = 'Always'): void {
  fill(spec, {
    restartPolicy,
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
  });
  if (typeof spec['serviceAccountName'] === 'string') spec['serviceAccount'] = spec['serviceAccountName'];
  for (const list of ['containers', 'initContainers']) {
    each(spec, list, (container) => {
      const image = typeof container['image'] === 'string' ? container['image'] : '';
      const latest = !/:[^/]+$/.test(image) || image.endsWith(':latest');
      fill(container, {
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: latest ? 'Always' : 'IfNotPresent',
      });
      each(container, 'ports', (port) => fill(port, { protocol: 'TCP' }));
      each(container, 'env', (entry) => {
        const from = entry['valueFrom'];
        if (isObject(from) && isObject(from['fieldRef'])) fill(from['fieldRef'], { apiVersion: 'v1' });
      });
      for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) probe(container, name);
    });
  }
  each(spec, 'volumes', (volume) => {
    for (const kind of ['configMap', 'secret']) {
      const source = volume[kind];
      if (isObject(source)) fill(source, { defaultMode: 420 });
    }
  });
}

function template(spec: JsonObject, restartPolicy?: string): void {
  const value = child(spec, 'template');
  const metadata = child(value, 'metadata');
  // The real server writes null here.
  if (metadata['creationTimestamp'] === undefined) metadata['creationTimestamp'] = null;
  podSpec(child(value, 'spec'), restartPolicy);
}

function job(spec: JsonObject): void {
  fill(spec, {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: 'TerminatingOrFailed',
  });
}

const BY_KIND: Readonly<Record<string, (object: JsonObject) => void>> = {
  Pod(object) {
    podSpec(child(object, 'spec'));
    fill(child(object, 'status'), { phase: 'Pending', qosClass: 'Burstable' });
  },
  Deployment(object) {
    const spec = child(object, 'spec');
    fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
    const strategy = child(spec, 'strategy');
    fill(strategy, { type: 'RollingUpdate' });
    if (strategy['type'] === 'RollingUpdate') fill(child(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
    template(spec);
  },
  ReplicaSet(object) {
    const spec = child(object, 'spec');
    fill(spec, { replicas: 1 });
    template(spec);
  },
  StatefulSet(object) {
    const spec = child(object, 'spec');
    fill(spec, { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: 'OrderedReady' });
    const strategy = child(spec, 'updateStrategy');
    fill(strategy, { type: 'RollingUpdate' });
    if (strategy['type'] === 'RollingUpdate') fill(child(strategy, 'rollingUpdate'), { partition: 0 });
    fill(spec, { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' } });
    template(spec);
  },
  DaemonSet(object) {
    const spec = child(object, 'spec');
    fill(spec, { revisionHistoryLimit: 10 });
    fill(child(spec, 'updateStrategy'), { type: 'RollingUpdate' });
    template(spec);
  },
  Job(object) {
    const spec = child(object, 'spec');
    job(spec);
    template(spec, 'Never');
  },
  CronJob(object) {
    const spec = child(object, 'spec');
    fill(spec, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
    const jobSpec = child(child(spec, 'jobTemplate'), 'spec');
    template(jobSpec, 'Never');
  },
  Service(object) {
    const spec = child(object, 'spec');
    fill(spec, { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
    each(spec, 'ports', (port) => fill(port, { protocol: 'TCP', targetPort: port['port'] }));
  },
  PersistentVolumeClaim(object) {
    fill(child(object, 'spec'), { volumeMode: 'Filesystem', storageClassName: 'standard' });
    fill(child(object, 'status'), { phase: 'Pending' });
  },
  HorizontalPodAutoscaler(object) {
    fill(child(object, 'spec'), { minReplicas: 1 });
  },
  Secret(object) {
    fill(object, { type: 'Opaque' });
    const text = object['stringData'];
    if (!isObject(text)) return;
    const data = child(object, 'data');
    for (const [key, value] of Object.entries(text)) data[key] = Buffer.from(typeof value === 'string' ? value : '').toString('base64');
    delete object['stringData'];
  },
  Namespace(object) {
    fill(child(object, 'spec'), { finalizers: ['kubernetes'] });
    fill(child(object, 'status'), { phase: 'Active' });
    const metadata = child(object, 'metadata');
    fill(child(metadata, 'labels'), { 'kubernetes.io/metadata.name': metadata['name'] });
  },
  StorageClass(object) {
    fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
  },
};

/** Fills in what the API server fills in (k8s.io/kubernetes/pkg/apis/…/defaults.go), in place. */
export function applyDefaults(object: NewObject): void {
  BY_KIND[object.kind]?.(object as JsonObject);
}
