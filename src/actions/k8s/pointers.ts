import { z } from 'zod';
import type { KubeObject } from '../../ports/cluster.ts';
import type { Manager } from './managers.ts';
import { metadataSchema, type WorkloadObject } from './shapes.ts';

/* What points at a workload from outside of it, and what it will do with a change. Pure. */

/** How a change meets the pods: how many there are to be where that is changed, and whether pods are made anew. */
export interface PodChange {
  /** `null` when how many there are is not changed. */
  readonly replicas: number | null;
  /** The bounds of its autoscaler are changed. */
  readonly bounds: boolean;
  readonly newPods: boolean;
}

/** Kinds that a cluster may have, whose objects name a workload. */
export const POINTERS = [
  { kind: { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject' }, resource: 'scaledobjects', what: 'KEDA', points: kedaManager },
  {
    kind: { apiVersion: 'autoscaling.k8s.io/v1', kind: 'VerticalPodAutoscaler' },
    resource: 'verticalpodautoscalers',
    what: 'a VPA',
    points: vpaManager,
  },
  { kind: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' }, resource: 'rollouts', what: 'Argo Rollouts', points: rolloutManager },
] as const;

const reference = z.looseObject({ kind: z.string().default('Deployment'), name: z.string() });
const scaledObject = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({ scaleTargetRef: reference, minReplicaCount: z.number().default(0), maxReplicaCount: z.number().default(100) }),
});
const vpa = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({
    targetRef: reference,
    updatePolicy: z.looseObject({ updateMode: z.string().default('Recreate') }).prefault({}),
  }),
});
const rollout = z.looseObject({ metadata: metadataSchema, spec: z.looseObject({ workloadRef: reference.optional() }) });

/** KEDA makes an HPA of a ScaledObject and keeps its bounds (KEDA, "Scaling Deployments, StatefulSets & Custom Resources"). */
function kedaManager(object: KubeObject, workload: WorkloadObject, change: PodChange): Manager | null {
  const read = scaledObject.safeParse(object);
  if (!read.success || !isMeant(read.data.spec.scaleTargetRef, workload) || (change.replicas === null && !change.bounds)) return null;
  const { metadata, spec } = read.data;
  const { [PAUSED_AT]: pausedAt, [PAUSED]: paused } = metadata.annotations;
  const wanted = change.replicas ?? spec.minReplicaCount;
  const instead = `What lasts: kubectl annotate scaledobject ${metadata.name} -n ${metadata.namespace} ${PAUSED_AT}="${wanted}", and ${PAUSED_AT}- afterwards; or its minReplicaCount.`;
  const who = `KEDA (scaledobject/${metadata.name})`;
  const label = labelOf(workload);
  if (pausedAt !== undefined) return { outcome: 'undone', says: `${who} keeps ${label} at ${pausedAt} by its annotation ${PAUSED_AT}.`, instead };
  if (paused === 'true' && !change.bounds) return { outcome: 'stays', says: `${who} is paused: this change of ${label} stays.`, instead: null };
  if (change.bounds) return { outcome: 'undone', says: `${who} sets the bounds of its autoscaler, and puts them back when it next looks.`, instead };
  const within = wanted >= spec.minReplicaCount && wanted <= spec.maxReplicaCount;
  const says = `${who} keeps ${label} between ${spec.minReplicaCount} and ${spec.maxReplicaCount} by its metrics${within ? '' : ', and puts this back'}.`;
  return { outcome: within ? 'unknown' : 'undone', says, instead };
}

export const PAUSED_AT = 'autoscaling.keda.sh/paused-replicas';
const PAUSED = 'autoscaling.keda.sh/paused';

function vpaManager(object: KubeObject, workload: WorkloadObject, change: PodChange): Manager | null {
  const read = vpa.safeParse(object);
  if (!read.success || !isMeant(read.data.spec.targetRef, workload) || !change.newPods) return null;
  const { updateMode } = read.data.spec.updatePolicy;
  if (updateMode === 'Off') return null;
  const replaces = updateMode === 'Initial' ? '' : `, and may replace pods by itself (${updateMode})`;
  const name = `verticalpodautoscaler/${read.data.metadata.name}`;
  return { outcome: 'stays', says: `New pods of ${labelOf(workload)} get the requests that ${name} recommends${replaces}.`, instead: null };
}

/** A Rollout takes the pod template of the Deployment that it names, and runs the pods itself (Argo Rollouts, "Migrating"). */
function rolloutManager(object: KubeObject, workload: WorkloadObject, change: PodChange): Manager | null {
  const read = rollout.safeParse(object);
  const ref = read.data?.spec.workloadRef;
  if (!read.success || ref === undefined || !isMeant(ref, workload)) return null;
  const name = read.data.metadata.name;
  const who = `Argo Rollouts (rollout/${name})`;
  const label = labelOf(workload);
  if (change.replicas !== null || change.bounds) {
    const says = `${who} runs the pods of ${label}: how many there are is the rollout’s, and pods of the deployment’s own come beside them.`;
    return { outcome: 'undone', says, instead: `What lasts: kubectl scale rollout ${name}.` };
  }
  const says = `${who} runs the pods of ${label}: a change of its template goes out by the rollout’s own steps, not at once.`;
  return { outcome: 'unknown', says, instead: `Follow it: kubectl argo rollouts get rollout ${name}.` };
}

function isMeant(ref: z.infer<typeof reference>, workload: WorkloadObject): boolean {
  return ref.kind === workload.kind && ref.name === workload.metadata.name;
}

function labelOf(workload: WorkloadObject): string {
  return `${workload.kind.toLowerCase()}/${workload.metadata.name}`;
}
