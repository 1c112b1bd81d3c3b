import type { Cluster } from '../cluster.ts';
import type { DisruptionBudget, Pod } from '../kinds.ts';
import { intOrPercent } from '../quantity.ts';
import { existing } from './read.ts';
import { checkPreconditions, deleteOptions, removeObject } from './remove.ts';
import { type Answer, bodyObject, ok, type ResourceRequest } from './request.ts';
import { selects } from './selectors.ts';
import { ApiError } from './status.ts';

/** Whether a pod is ready, as its condition says. */
export function isReady(pod: Pod): boolean {
  return (
    pod.metadata.deletionTimestamp === undefined && pod.status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true
  );
}

/** The figures of a budget, now. */
export function budgetFigures(cluster: Cluster, budget: DisruptionBudget): DisruptionBudget['status'] {
  const pods = cluster.store.list<Pod>('pods', budget.metadata.namespace).filter((pod) => selects(budget.spec.selector, pod.metadata.labels));
  const expected = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined).length;
  const healthy = pods.filter(isReady).length;
  const { minAvailable, maxUnavailable } = budget.spec;
  const desired =
    minAvailable === undefined ? expected - intOrPercent(maxUnavailable, expected, 'up', 1) : intOrPercent(minAvailable, expected, 'up', 0);
  return {
    currentHealthy: healthy,
    desiredHealthy: Math.max(0, desired),
    expectedPods: expected,
    disruptionsAllowed: Math.max(0, healthy - desired),
  };
}

/** Answers `pods/eviction`. @throws ApiError 404, 409, 429 when a budget forbids it */
export function evict(cluster: Cluster, request: ResourceRequest): Answer {
  const pod = existing<Pod>(cluster, request);
  const body = bodyObject(request);
  const options = deleteOptions({ ...request, body: Buffer.from(JSON.stringify(body['deleteOptions'] ?? {})), headers: {} });
  checkPreconditions(request.type, pod, options);
  const budgets = cluster.store
    .list<DisruptionBudget>('poddisruptionbudgets.policy', pod.metadata.namespace)
    .filter((budget) => selects(budget.spec.selector, pod.metadata.labels));
  for (const budget of budgets) {
    const { disruptionsAllowed, desiredHealthy, currentHealthy } = budgetFigures(cluster, budget);
    if (disruptionsAllowed > 0 || !isReady(pod)) continue;
    const message = `The disruption budget ${budget.metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
    throw new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [{ reason: 'DisruptionBudget', message }],
    });
  }
  removeObject(cluster, request.type, pod, options);
  return ok({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
}
