import type { Cluster } from '../cluster.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { NewObject } from '../objects/store.ts';
import type { ResourceRequest } from './request.ts';
import { apiVersionOf } from './resources.ts';

/** What the API server keeps by itself, or notes under a subresource. */
const NOT_NOTED: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'status']);
const NOTED_METADATA: ReadonlySet<string> = new Set(['labels', 'annotations', 'ownerReferences', 'finalizers']);

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: JsonObject;
}

/**
 * The `managedFields` of an object after a write: which client wrote which of its fields last, and when. Lists are noted as a whole, not by
 * their keys as the real server does.
 */
export function managedFields(cluster: Cluster, request: ResourceRequest, before: NewObject | undefined, after: NewObject): unknown[] {
  const entries = (before?.metadata.managedFields ?? []) as readonly Entry[];
  const written = fieldsOf(noted(before), noted(after));
  if (written === null) return [...entries];
  const manager = managerOf(request);
  const own = entries.find((entry) => entry.manager === manager && entry.operation === 'Update');
  const entry: Entry = {
    manager,
    operation: 'Update',
    apiVersion: apiVersionOf(request.type),
    time: new Date(cluster.clock.now()).toISOString().replace(/\.\d+/, ''),
    fieldsType: 'FieldsV1',
    fieldsV1: joined(own?.fieldsV1 ?? {}, written),
  };
  return [...entries.filter((one) => one !== own), entry];
}

/** As the client names itself, else by its user agent (API concepts, field management). */
function managerOf({ query, headers }: ResourceRequest): string {
  const named = query.get('fieldManager');
  if (named !== null && named !== '') return named;
  return (headers['user-agent'] ?? '').split('/')[0] || 'unknown';
}

function noted(object: NewObject | undefined): JsonObject {
  const { metadata, ...rest } = (object ?? { metadata: {} }) as unknown as JsonObject;
  const kept = Object.entries(isObject(metadata) ? metadata : {}).filter(([key]) => NOTED_METADATA.has(key));
  return { metadata: Object.fromEntries(kept), ...Object.fromEntries(Object.entries(rest).filter(([key]) => !NOT_NOTED.has(key))) };
}

/** The fields of `after` that `before` has not, or has otherwise; `null` when there is none. */
function fieldsOf(before: JsonObject, after: JsonObject): JsonObject | null {
  const fields = Object.entries(after).flatMap(([key, value]): [string, Json][] => {
    const old = before[key];
    if (isObject(value)) {
      const below = fieldsOf(isObject(old) ? old : {}, value);
      return below === null ? [] : [[`f:${key}`, below]];
    }
    return JSON.stringify(old) === JSON.stringify(value) ? [] : [[`f:${key}`, {}]];
  });
  return fields.length === 0 ? null : Object.fromEntries(fields);
}

function joined(one: JsonObject, other: JsonObject): JsonObject {
  const both = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const old = both[key];
    both[key] = isObject(old) && isObject(value) ? joined(old, value) : value;
  }
  return both;
}
