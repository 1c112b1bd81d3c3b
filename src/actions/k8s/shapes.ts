import { z } from 'zod';
import type { KubeObject } from '../../ports/cluster.ts';
import { ClusterError } from '../../ports/cluster.ts';

/** What of each kind of object is used here. Everything else is let through, as objects are patched and compared as they are. */

const text = z.string().default('');
const count = z.number().int().default(0);
const labels = z.record(z.string(), z.string()).default({});

export const metadataSchema = z.looseObject({
  name: z.string(),
  namespace: text,
  uid: text,
  resourceVersion: text,
  generation: count,
  creationTimestamp: text,
  deletionTimestamp: z.string().optional(),
  labels,
  annotations: labels,
  ownerReferences: z
    .array(z.looseObject({ apiVersion: text, kind: z.string(), name: z.string(), uid: z.string(), controller: z.boolean().default(false) }))
    .default([]),
  managedFields: z
    .array(z.looseObject({ manager: text, operation: text, time: text, subresource: text, fieldsV1: z.record(z.string(), z.unknown()).default({}) }))
    .default([]),
});

const keyRef = z.looseObject({ name: text, key: text, optional: z.boolean().default(false) });
export const envVarSchema = z.looseObject({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .looseObject({
      configMapKeyRef: keyRef.optional(),
      secretKeyRef: keyRef.optional(),
      fieldRef: z.looseObject({ fieldPath: text }).optional(),
      resourceFieldRef: z.looseObject({ resource: text }).optional(),
    })
    .optional(),
});
export type EnvVar = z.infer<typeof envVarSchema>;

/** Quantities are texts, and numbers where somebody wrote them so. */
const amounts = z.record(z.string(), z.union([z.string(), z.number().transform(String)])).default({});
const sourceRef = z.looseObject({ name: text, optional: z.boolean().default(false) });
const envFromSchema = z.looseObject({ prefix: text, configMapRef: sourceRef.optional(), secretRef: sourceRef.optional() });

export const containerSchema = z.looseObject({
  name: z.string(),
  image: text,
  env: z.array(envVarSchema).default([]),
  envFrom: z.array(envFromSchema).default([]),
  /** `Always` on an init container: a native sidecar, which runs as long as the pod. */
  restartPolicy: text,
  resources: z.looseObject({ requests: amounts, limits: amounts }).prefault({}),
});
export type Container = z.infer<typeof containerSchema>;

const volumeSchema = z.looseObject({
  name: z.string(),
  configMap: z.looseObject({ name: text }).optional(),
  secret: z.looseObject({ secretName: text }).optional(),
  persistentVolumeClaim: z.looseObject({ claimName: z.string() }).optional(),
});

export const podSpecSchema = z.looseObject({
  containers: z.array(containerSchema).default([]),
  initContainers: z.array(containerSchema).default([]),
  ephemeralContainers: z.array(containerSchema).default([]),
  volumes: z.array(volumeSchema).default([]),
  nodeName: text,
});
export type PodSpec = z.infer<typeof podSpecSchema>;

export const templateSchema = z.looseObject({
  metadata: z.looseObject({ labels, annotations: labels }).default({ labels: {}, annotations: {} }),
  spec: podSpecSchema,
});
export type Template = z.infer<typeof templateSchema>;

export const selectorSchema = z.looseObject({
  matchLabels: labels,
  matchExpressions: z.array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) })).default([]),
});
export type LabelSelector = z.infer<typeof selectorSchema>;

const conditionSchema = z.looseObject({ type: z.string(), status: z.string(), reason: text, message: text });

/** How many pods, or which share of them: `25%`. */
const share = z.union([z.number(), z.string()]);

/** Deployment, StatefulSet and DaemonSet alike. */
export const workloadSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: metadataSchema,
  spec: z.looseObject({
    replicas: z.number().int().default(1),
    paused: z.boolean().default(false),
    progressDeadlineSeconds: z.number().int().default(600),
    strategy: z
      .looseObject({ type: text, rollingUpdate: z.looseObject({ maxUnavailable: share.optional(), maxSurge: share.optional() }).optional() })
      .optional(),
    selector: selectorSchema,
    template: templateSchema,
    updateStrategy: z.looseObject({ type: text, rollingUpdate: z.looseObject({ partition: count }).optional() }).optional(),
  }),
  status: z
    .looseObject({
      observedGeneration: count,
      replicas: count,
      readyReplicas: count,
      updatedReplicas: count,
      availableReplicas: count,
      currentRevision: text,
      updateRevision: text,
      desiredNumberScheduled: count,
      currentNumberScheduled: count,
      numberReady: count,
      updatedNumberScheduled: count,
      numberAvailable: count,
      conditions: z.array(conditionSchema).default([]),
    })
    .prefault({}),
});
export type WorkloadObject = z.infer<typeof workloadSchema>;

const containerStateSchema = z
  .looseObject({
    waiting: z.looseObject({ reason: text, message: text }).optional(),
    running: z.looseObject({ startedAt: text }).optional(),
    terminated: z.looseObject({ reason: text, message: text, exitCode: count, startedAt: text, finishedAt: text }).optional(),
  })
  .prefault({});
export type ContainerState = z.infer<typeof containerStateSchema>;

const containerStatusSchema = z.looseObject({
  name: z.string(),
  ready: z.boolean().default(false),
  restartCount: count,
  image: text,
  state: containerStateSchema,
  lastState: containerStateSchema,
});

export const podSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: metadataSchema,
  spec: podSpecSchema,
  status: z
    .looseObject({
      phase: text,
      reason: text,
      message: text,
      podIP: text,
      startTime: text,
      conditions: z.array(conditionSchema).default([]),
      containerStatuses: z.array(containerStatusSchema).default([]),
      initContainerStatuses: z.array(containerStatusSchema).default([]),
    })
    .prefault({}),
});
export type Pod = z.infer<typeof podSchema>;

export const eventSchema = z.looseObject({
  metadata: metadataSchema,
  type: text,
  reason: text,
  message: text,
  count: z.number().int().nullish(),
  eventTime: z.string().nullish(),
  firstTimestamp: z.string().nullish(),
  lastTimestamp: z.string().nullish(),
  series: z.looseObject({ count, lastObservedTime: text }).nullish(),
  involvedObject: z.looseObject({ kind: text, name: text, uid: text, namespace: text }).prefault({}),
});
export type KubeEvent = z.infer<typeof eventSchema>;

export const hpaSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: metadataSchema,
  spec: z.looseObject({
    scaleTargetRef: z.looseObject({ kind: z.string(), name: z.string() }),
    minReplicas: z.number().int().default(1),
    maxReplicas: z.number().int(),
  }),
  status: z.looseObject({ currentReplicas: count, desiredReplicas: count }).prefault({}),
});
export type Hpa = z.infer<typeof hpaSchema>;

export const pdbSchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({
    minAvailable: z.union([z.number(), z.string()]).optional(),
    maxUnavailable: z.union([z.number(), z.string()]).optional(),
    selector: selectorSchema.optional(),
  }),
  status: z.looseObject({ disruptionsAllowed: count }).prefault({}),
});
export type Pdb = z.infer<typeof pdbSchema>;

export const claimSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: metadataSchema,
  spec: z.looseObject({
    storageClassName: text,
    volumeName: text,
    accessModes: z.array(z.string()).default([]),
    resources: z.looseObject({ requests: z.looseObject({ storage: text }).prefault({}) }).prefault({}),
  }),
  status: z
    .looseObject({ phase: text, capacity: z.looseObject({ storage: text }).prefault({}), conditions: z.array(conditionSchema).default([]) })
    .prefault({}),
});
export type Claim = z.infer<typeof claimSchema>;

export const storageClassSchema = z.looseObject({ metadata: metadataSchema, allowVolumeExpansion: z.boolean().default(false), provisioner: text });

export const replicaSetSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: metadataSchema,
  spec: z.looseObject({ replicas: count, template: templateSchema }),
  status: z.looseObject({ replicas: count, readyReplicas: count }).prefault({}),
});
export type ReplicaSet = z.infer<typeof replicaSetSchema>;

export const controllerRevisionSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: metadataSchema,
  revision: z.number().int(),
  /** A strategic merge patch of the workload: `spec.template` with `$patch: replace`. */
  data: z.looseObject({ spec: z.looseObject({ template: z.record(z.string(), z.unknown()) }) }),
});
export type ControllerRevision = z.infer<typeof controllerRevisionSchema>;

export const configMapSchema = z.looseObject({ metadata: metadataSchema, data: z.record(z.string(), z.string()).default({}) });

/** @throws ClusterError `invalid` when the server sent something else than the API says */
export function parsed<T>(schema: z.ZodType<T>, object: KubeObject): T {
  const result = schema.safeParse(object);
  if (result.success) return result.data;
  const place = result.error.issues[0]?.path.join('.') ?? '';
  throw new ClusterError('invalid', `The cluster sent ${object.kind}/${object.metadata.name} in a form that is not known here (at ${place}).`);
}
