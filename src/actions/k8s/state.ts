import type { WorkloadObject } from './shapes.ts';

/** How many pods there should be and are, the same for all kinds of workloads. */
export interface Counts {
  readonly desired: number;
  readonly ready: number;
  readonly updated: number;
  readonly available: number;
  /** All pods, those of old revisions too. */
  readonly total: number;
}

export function countsOf(workload: WorkloadObject): Counts {
  const { status, spec } = workload;
  if (workload.kind === 'DaemonSet') {
    return {
      desired: status.desiredNumberScheduled,
      ready: status.numberReady,
      updated: status.updatedNumberScheduled,
      available: status.numberAvailable,
      total: status.currentNumberScheduled,
    };
  }
  return {
    desired: spec.replicas,
    ready: status.readyReplicas,
    updated: status.updatedReplicas,
    available: status.availableReplicas,
    total: status.replicas,
  };
}

/** Why the cluster makes no more pods of a workload: a quota or a policy refuses them; `null` when it refuses none. */
export function refusalOf({ status }: Pick<WorkloadObject, 'status'>): string | null {
  const failed = status.conditions.find((one) => one.type === 'ReplicaFailure' && one.status === 'True');
  return failed === undefined ? null : sayRefusal(failed.message);
}

/** `new pods are refused: exceeded quota: small, requested: pods=1, used: pods=3, limited: pods=3` */
export function sayRefusal(message: string): string {
  return `new pods are refused: ${message.replace(/^.*?(?:is forbidden|pods? "[^"]*"): /, '').trim()}`;
}

export interface Progress extends Counts {
  readonly complete: boolean;
  readonly stuck: boolean;
  readonly message: string;
}

/** Whether a rollout has come to its end, by the rules of `kubectl rollout status`. */
export function progressOf(workload: WorkloadObject): Progress {
  const counts = countsOf(workload);
  const name = `${workload.kind.toLowerCase()}/${workload.metadata.name}`;
  const state = (complete: boolean, message: string, stuck = false): Progress => ({ ...counts, complete, stuck, message });
  if (workload.metadata.generation > workload.status.observedGeneration) return state(false, `${name}: its controller has not seen the change yet`);
  const failed = workload.status.conditions.find((one) => one.type === 'Progressing' && one.reason === 'ProgressDeadlineExceeded');
  if (failed !== undefined) return state(false, `${name}: the rollout is stuck: ${failed.message}`, true);
  if (workload.spec.paused) return state(false, `${name} is paused: resume it to continue`, true);
  const old = counts.desired - counts.updated;
  if (workload.spec.updateStrategy?.type === 'OnDelete' && old > 0)
    return state(
      false,
      `${name}: ${counts.updated} of ${counts.desired} pods are new; the others are replaced only when somebody deletes them (OnDelete)`,
      true,
    );
  const partition = workload.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const wanted = workload.kind === 'StatefulSet' ? Math.max(0, counts.desired - partition) : counts.desired;
  const refusal = refusalOf(workload);
  const why = refusal === null ? '' : `: ${refusal}`;
  if (counts.updated < wanted) return state(false, `${name}: ${counts.updated} of ${wanted} pods are new${why}`);
  if (workload.kind === 'Deployment' && counts.total > counts.updated)
    return state(false, `${name}: ${counts.total - counts.updated} old pods are still there`);
  if (old > 0 && partition > 0)
    return state(
      false,
      `${name}: ${counts.updated} of ${counts.desired} pods are new; its partition (${partition}) keeps the others as they were`,
      true,
    );
  const running = workload.kind === 'StatefulSet' ? counts.ready : counts.available;
  if (running < counts.desired) return state(false, `${name}: ${running} of ${counts.desired} new pods are available${why}`);
  return state(true, `${name}: all ${counts.desired} pods are new and available`);
}
