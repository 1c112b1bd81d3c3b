import type { Cluster } from '../../ports/cluster.ts';
import type { FoundWorkload } from '../shared/pods.ts';
import { eventSchema, type KubeEvent, type Pod, parsed } from './shapes.ts';

export const EVENT = { apiVersion: 'v1', kind: 'Event' } as const;

export interface EventRow {
  readonly time: string;
  readonly type: string;
  readonly reason: string;
  readonly object: string;
  readonly message: string;
  readonly count: number;
}

/** Events of a namespace since `sinceMs`, newest last. `of` narrows them to a workload, what it owns, and its pods, living or not. */
export async function eventsOf(
  cluster: Cluster,
  sinceMs: number,
  of: { readonly found: FoundWorkload; readonly pods: readonly Pod[] } | null,
  namespace?: string,
): Promise<readonly EventRow[]> {
  const objects = await cluster.list(EVENT, namespace === undefined ? {} : { namespace });
  return objects
    .map((object) => parsed(eventSchema, object))
    .filter((event) => of === null || concerns(event, of.found, of.pods))
    .map((event) => rowOf(event, namespace === '*'))
    .filter((row) => Date.parse(row.time) >= sinceMs)
    .sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
}

function concerns(event: KubeEvent, found: FoundWorkload, pods: readonly Pod[]): boolean {
  const { kind, name } = event.involvedObject;
  const own = found.workload.metadata.name;
  if (kind === found.workload.kind) return name === own;
  if (kind === 'Pod' && pods.some((pod) => pod.metadata.name === name)) return true;
  if (kind === 'HorizontalPodAutoscaler') return name === own || event.message.includes(own);
  // Names of what a workload makes begin with its own; a suffix of hashes and numbers alone tells `api` from `api-worker`.
  return (
    (kind === 'Pod' || kind === 'ReplicaSet') && name.startsWith(`${own}-`) && /^[a-z0-9]{1,12}(-[a-z0-9]{5})?$/.test(name.slice(own.length + 1))
  );
}

function rowOf(event: KubeEvent, withNamespace: boolean): EventRow {
  const time = [event.series?.lastObservedTime, event.lastTimestamp, event.eventTime, event.firstTimestamp, event.metadata.creationTimestamp].find(
    (one) => one !== undefined && one !== null && one !== '',
  );
  return {
    time: new Date(Date.parse(time ?? '') || 0).toISOString(),
    type: event.type,
    reason: event.reason,
    object: `${withNamespace && event.metadata.namespace !== '' ? `${event.metadata.namespace} ` : ''}${event.involvedObject.kind.toLowerCase()}/${event.involvedObject.name}`,
    message: event.message.trim(),
    count: event.series?.count ?? event.count ?? 1,
  };
}
