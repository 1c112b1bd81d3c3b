import type { Cluster } from '../cluster.ts';
import { clone, isObject, type Json, type JsonObject } from '../json.ts';
import type { KubeObject, StorageClass } from '../kinds.ts';
import type { NewObject } from '../objects/store.ts';
import { jsonPatch } from '../patch/json-patch.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import { strategicMergePatch } from '../patch/strategic-merge.ts';
import { prune } from './custom-schema.ts';
import { applyDefaults } from './defaults.ts';
import { managedFields } from './managed-fields.ts';
import { fieldValidation, isDryRun, judgeUnknownFields } from './options.ts';
import { existing } from './read.ts';
import { type Answer, bodyObject, contentType, ok, type ResourceRequest } from './request.ts';
import { apiVersionOf, type ResourceType } from './resources.ts';
import {
  ApiError,
  alreadyExists,
  badRequest,
  type Cause,
  conflict,
  groupResource,
  invalid,
  methodNotAllowed,
  notFound,
  unsupportedMediaType,
} from './status.ts';
import { type Decoded, decode } from './strict.ts';
import { validate, validateUpdate } from './validate.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';

/** Stores a new object. @throws ApiError 400, 404, 409, 422 */
export function create(cluster: Cluster, request: ResourceRequest): Answer {
  const { type, namespace } = request;
  const dryRun = isDryRun(request.query.getAll('dryRun'), 'CreateOptions');
  if (request.name !== '') throw methodNotAllowed();
  const { object, warnings } = incoming(request, bodyObject(request), 'CreateOptions');
  const metadata = object.metadata;
  if (metadata.namespace !== undefined && metadata.namespace !== '' && metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '')
    throw badRequest('resourceVersion should not be set on objects to be created');
  if (type.namespaced) metadata.namespace = namespace;
  else delete metadata.namespace;
  if ((metadata.name ?? '') === '' && metadata.generateName !== undefined) metadata.name = `${metadata.generateName}${cluster.suffix()}`;
  if (type.namespaced && cluster.store.get('namespaces', undefined, namespace) === undefined)
    throw notFound({ group: '', plural: 'namespaces' }, namespace);
  if ('status' in type.subresources) delete object['status'];
  for (const field of ['uid', 'generation', 'deletionTimestamp', 'managedFields'] as const) delete metadata[field];
  applyDefaults(object);
  validate(type, object);
  if (cluster.store.get(groupResource(type), type.namespaced ? namespace : undefined, metadata.name ?? '') !== undefined)
    throw alreadyExists(type, metadata.name ?? '');
  if (type.kind === 'PersistentVolumeClaim') metadata.finalizers = ['kubernetes.io/pvc-protection'];
  metadata.managedFields = managedFields(cluster, request, undefined, object);
  const stored = cluster.store.create(type, object, { dryRun });
  return ok(stored, 201, warningHeader(warnings));
}

/** Replaces an object, or its status. @throws ApiError 400, 404, 409, 422 */
export function update(cluster: Cluster, request: ResourceRequest): Answer {
  const dryRun = isDryRun(request.query.getAll('dryRun'), 'UpdateOptions');
  const body = bodyObject(request);
  const current = existing(cluster, request);
  const { object, warnings } = incoming(request, body, 'UpdateOptions');
  if (object.metadata.name !== request.name)
    throw badRequest(`the name of the object (${object.metadata.name ?? ''}) does not match the name on the URL (${request.name})`);
  return ok(replace(cluster, request, current, object, dryRun), 200, warningHeader(warnings));
}

/** Patches an object, or its status. @throws ApiError 400, 404, 409, 415, 422 */
export function patch(cluster: Cluster, request: ResourceRequest): Answer {
  const dryRun = isDryRun(request.query.getAll('dryRun'), 'PatchOptions');
  const mode = fieldValidation(request.query.get('fieldValidation'), 'PatchOptions');
  const current = existing(cluster, request);
  const patched = applyPatch(request, current);
  const decoded = withoutUnknown(request.type, patched);
  const warnings = judgeUnknownFields(decoded.unknown, mode, request.type.kind, apiVersionOf(request.type));
  return ok(replace(cluster, request, current, shaped(request.type, decoded.object), dryRun), 200, warningHeader(warnings));
}

/** Applies the patch in a request's body to an object, by its content type. @throws ApiError 400, 415, 422 */
export function applyPatch(request: ResourceRequest, current: object, kind = request.type.kind): JsonObject {
  const type = contentType(request.headers);
  const accepted = [JSON_PATCH, MERGE_PATCH, ...(request.type.custom ? [] : [STRATEGIC_PATCH]), 'application/apply-patch+yaml'];
  if (![JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH].includes(type) || !accepted.includes(type)) throw unsupportedMediaType(accepted);
  const body = parsePatch(request.body);
  const target = clone(current) as JsonObject;
  const patched =
    type === JSON_PATCH ? jsonPatch(target, body) : type === MERGE_PATCH ? mergePatch(target, body) : strategicMergePatch(kind, target, body);
  if (!isObject(patched)) throw badRequest('the patched object is none');
  return patched;
}

function parsePatch(body: Buffer): Json {
  try {
    return JSON.parse(body.toString('utf8')) as Json;
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : 'invalid'}`);
  }
}

/** Puts `next` in the place of `current`, after what the server checks of every update. */
export function replace(cluster: Cluster, request: ResourceRequest, current: KubeObject, next: NewObject, dryRun: boolean): KubeObject {
  const { type, subresource } = request;
  const { metadata } = next;
  const name = current.metadata.name;
  if (metadata.name !== undefined && metadata.name !== name)
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  if (metadata.uid !== undefined && metadata.uid !== '' && metadata.uid !== current.metadata.uid)
    throw conflict(type, name, `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${current.metadata.uid}`);
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '' && metadata.resourceVersion !== current.metadata.resourceVersion)
    throw conflict(type, name);
  const merged = subresource === 'status' ? withStatusOf(current, next) : withStatusKept(type, current, next);
  if (subresource !== 'status') {
    applyDefaults(merged);
    const storageClass = (wanted: string): StorageClass | undefined =>
      cluster.store.get<StorageClass>('storageclasses.storage.k8s.io', undefined, wanted);
    together(
      type,
      name,
      () => validate(type, merged),
      () => validateUpdate(type, current, merged, storageClass),
    );
  }
  const tidied = tidy(merged, current);
  tidied.metadata.managedFields =
    subresource === 'status' ? (current.metadata.managedFields ?? []) : managedFields(cluster, request, current, tidied);
  const stored = cluster.store.replace(groupResource(type), current, tidied, { dryRun });
  if (!dryRun && stored.metadata.deletionTimestamp !== undefined && (stored.metadata.finalizers ?? []).length === 0 && type.kind !== 'Pod')
    cluster.store.remove(groupResource(type), stored);
  return stored;
}

/** Runs checks and throws what they refuse as one refusal, as the server lists all that is wrong. */
function together(type: ResourceType, name: string, ...checks: readonly (() => void)[]): void {
  const causes: Cause[] = [];
  for (const check of checks) {
    try {
      check();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 422) throw error;
      causes.push(...(error.details?.causes ?? []));
    }
  }
  if (causes.length > 0) throw invalid(type, name, causes);
}

function withStatusOf(current: KubeObject, next: NewObject): NewObject {
  return { ...current, metadata: { ...current.metadata, ...pick(next.metadata, ['labels', 'annotations']) }, status: next['status'] };
}

function withStatusKept(type: ResourceType, current: KubeObject, next: NewObject): NewObject {
  const object = {
    ...next,
    metadata: { ...next.metadata, ...pick(current.metadata, ['namespace', 'deletionTimestamp', 'deletionGracePeriodSeconds']) },
  };
  if (!('status' in type.subresources)) return object;
  const { status: _ignored, ...rest } = object;
  return { ...rest, ...(current.status === undefined ? {} : { status: current.status }) };
}

/** Drops empty maps of labels and annotations, as the server does when it writes JSON. */
function tidy(object: NewObject, current: KubeObject): KubeObject {
  const metadata = { ...current.metadata, ...object.metadata };
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    const value = object.metadata[field];
    if (value === undefined || Object.keys(value).length === 0) delete metadata[field];
  }
  return { ...object, metadata };
}

function pick<T extends object, K extends keyof T>(object: T, keys: readonly K[]): Partial<T> {
  return Object.fromEntries(keys.filter((key) => object[key] !== undefined).map((key) => [key, object[key]])) as unknown as Partial<T>;
}

function incoming(request: ResourceRequest, body: JsonObject, options: string): { object: NewObject; warnings: string[] } {
  const { type } = request;
  const mode = fieldValidation(request.query.get('fieldValidation'), options);
  const kind = body['kind'] ?? type.kind;
  const apiVersion = body['apiVersion'] ?? apiVersionOf(type);
  if (kind !== type.kind || apiVersion !== apiVersionOf(type)) {
    const group = type.group === '' ? '' : `${type.group}/`;
    throw badRequest(
      `the API version in the data (${typeof apiVersion === 'string' ? apiVersion : ''}) does not match the expected API version (${group}${type.version})`,
    );
  }
  const decoded = withoutUnknown(type, body);
  const warnings = judgeUnknownFields(decoded.unknown, mode, type.kind, type.version);
  return { object: shaped(type, clone(decoded.object)), warnings };
}

/** Without the fields that the kind does not have; those are told. */
function withoutUnknown(type: ResourceType, object: JsonObject): Decoded {
  return type.schema === undefined ? decode(type.kind, object) : prune(type.schema, object);
}

function shaped(type: ResourceType, object: JsonObject): NewObject {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  return { ...object, apiVersion: apiVersionOf(type), kind: type.kind, metadata };
}

function warningHeader(warnings: readonly string[]): Record<string, string> {
  return warnings.length === 0 ? {} : { warning: warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ') };
}
