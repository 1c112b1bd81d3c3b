import { budgetFigures } from '../api/evict.ts';
import { selects } from '../api/selectors.ts';
import type { Cluster } from '../cluster.ts';
import type { Machine } from '../containers/machine.ts';
import type { Autoscaler, Condition, Deployment, DisruptionBudget, Pod } from '../kinds.ts';
import { parseQuantity } from '../quantity.ts';
import { withCondition } from './owned.ts';

/** How often autoscalers look, in ms; the real default is 15 s. */
const PERIOD = 2_000;
const TOLERANCE = 0.1;

/** What the pods use of a resource, on average, in percent of what they ask for. */
interface Usage {
  readonly name: string;
  readonly average: number;
  readonly target: number;
  readonly value: string;
}

/** What the autoscaler and disruption controllers do. */
export class Autoscaling {
  readonly #cluster: Cluster;
  readonly #machine: Machine;
  #next = 0;
  /** What the metrics asked for of late, by uid of the autoscaler. */
  readonly #recommended = new Map<string, readonly { readonly at: number; readonly replicas: number }[]>();

  constructor(cluster: Cluster, machine: Machine) {
    this.#cluster = cluster;
    this.#machine = machine;
  }

  reconcile(): void {
    for (const budget of this.#cluster.store.list<DisruptionBudget>('poddisruptionbudgets.policy')) this.#budget(budget);
    if (this.#cluster.clock.now() < this.#next) return;
    this.#next = this.#cluster.clock.now() + PERIOD;
    for (const scaler of this.#cluster.store.list<Autoscaler>('horizontalpodautoscalers.autoscaling')) this.#scale(scaler);
  }

  #budget(budget: DisruptionBudget): void {
    this.#cluster.store.change<DisruptionBudget>('poddisruptionbudgets.policy', budget, (draft) => {
      draft.status = { ...budgetFigures(this.#cluster, budget), observedGeneration: budget.metadata.generation ?? 1 };
    });
  }

  #scale(scaler: Autoscaler): void {
    const { scaleTargetRef } = scaler.spec;
    const resource = scaleTargetRef.kind === 'StatefulSet' ? 'statefulsets.apps' : 'deployments.apps';
    const target = this.#cluster.store.get<Deployment>(resource, scaler.metadata.namespace, scaleTargetRef.name);
    if (target === undefined) {
      const message = `the HPA controller was unable to get the target's current scale: ${resource} "${scaleTargetRef.name}" not found`;
      this.#store(scaler, { type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message }, {});
      this.#cluster.event({
        about: scaler,
        type: 'Warning',
        reason: 'FailedGetScale',
        message: `${resource} "${scaleTargetRef.name}" not found`,
        component: 'horizontal-pod-autoscaler',
      });
      return;
    }
    const current = target.spec.replicas;
    const usage = this.#utilization(scaler, target);
    const { desired, reason } = this.#wanted(scaler, current, usage);
    const able: Condition = { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
    this.#store(scaler, able, {
      currentReplicas: target.status?.replicas ?? 0,
      desiredReplicas: desired,
      currentMetrics: usage.map(({ name, average, value }) => ({
        type: 'Resource',
        resource: { name, current: { averageUtilization: average, averageValue: value } },
      })),
      ...(desired === current ? {} : { lastScaleTime: this.#cluster.time }),
    });
    if (desired === current) return;
    this.#cluster.store.change<Deployment>(resource, target, (draft) => {
      draft.spec.replicas = desired;
    });
    this.#cluster.event({
      about: scaler,
      reason: 'SuccessfulRescale',
      message: `New size: ${desired}; reason: ${reason}`,
      component: 'horizontal-pod-autoscaler',
    });
  }

  /** Outside of its bounds it goes to the nearer one, whatever the metrics say. Between them it follows the metrics. */
  #wanted(scaler: Autoscaler, current: number, usage: readonly Usage[]): { readonly desired: number; readonly reason: string } {
    const { minReplicas = 1, maxReplicas } = scaler.spec;
    if (current === 0) return { desired: 0, reason: '' };
    if (current > maxReplicas) return { desired: maxReplicas, reason: 'Current number of replicas above Spec.MaxReplicas' };
    if (current < minReplicas) return { desired: minReplicas, reason: 'Current number of replicas below Spec.MinReplicas' };
    if (usage.length === 0) return { desired: current, reason: '' };
    const highest = this.#stabilised(scaler, current, Math.max(...usage.map((each) => wantedReplicas(current, each.average, each.target))));
    const desired = Math.min(maxReplicas, Math.max(minReplicas, highest));
    return { desired, reason: desired > current ? 'cpu resource utilization (percentage of request) above target' : 'All metrics below target' };
  }

  /**
   * The most that the metrics asked for within the stabilisation window. The bounds are no part of that: when its least is lowered after a long
   * time of little load, it scales down at once.
   */
  #stabilised(scaler: Autoscaler, current: number, recommended: number): number {
    const { uid } = scaler.metadata;
    const now = this.#cluster.clock.now();
    const windowMs = (scaler.spec.behavior?.scaleDown?.stabilizationWindowSeconds ?? 300) * 1000;
    const before = this.#recommended.get(uid) ?? [{ at: now, replicas: current }];
    const all = [...before.filter(({ at }) => now - at < windowMs), { at: now, replicas: recommended }];
    this.#recommended.set(uid, all);
    return Math.max(...all.map(({ replicas }) => replicas));
  }

  #utilization(scaler: Autoscaler, target: Deployment): Usage[] {
    const pods = this.#cluster.store
      .list<Pod>('pods', target.metadata.namespace)
      .filter(
        (pod) => pod.status.phase === 'Running' && pod.metadata.deletionTimestamp === undefined && selects(target.spec.selector, pod.metadata.labels),
      );
    if (pods.length === 0) return [];
    return (scaler.spec.metrics ?? []).flatMap(({ resource }) => {
      if (resource?.target.averageUtilization === undefined) return [];
      let used = 0;
      let requested = 0;
      for (const pod of pods) {
        for (const container of pod.spec.containers) {
          const { cpu, memory } = this.#machine.usage(pod, container);
          used += resource.name === 'cpu' ? cpu / 1000 : memory;
          requested += parseQuantity(container.resources?.requests?.[resource.name] ?? '0');
        }
      }
      if (!(requested > 0)) return [];
      const each = used / pods.length;
      const value = resource.name === 'cpu' ? `${Math.round(each * 1000)}m` : String(Math.round(each));
      return [{ name: resource.name, average: Math.round((used / requested) * 100), target: resource.target.averageUtilization, value }];
    });
  }

  #store(scaler: Autoscaler, able: Condition, status: Partial<Autoscaler['status']>): void {
    this.#cluster.store.change<Autoscaler>('horizontalpodautoscalers.autoscaling', scaler, (draft) => {
      draft.status = { ...draft.status, ...status, conditions: withCondition(draft.status?.conditions, able, this.#cluster.time) };
    });
  }
}

function wantedReplicas(current: number, average: number, target: number): number {
  const ratio = average / target;
  return Math.abs(ratio - 1) <= TOLERANCE ? current : Math.ceil(current * ratio);
}
