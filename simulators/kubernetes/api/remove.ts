import { z } from 'zod';
import { timestamp } from '../clock.ts';
import type { Cluster } from '../cluster.ts';
import type { KubeObject, Pod } from '../kinds.ts';
import { isDryRun } from './options.ts';
import { existing, matcher } from './read.ts';
import { type Answer, bodyObject, ok, type ResourceRequest } from './request.ts';
import { apiVersionOf, type ResourceType } from './resources.ts';
import { badRequest, conflict, groupResource, invalid, unsupportedValue } from './status.ts';

const POLICIES = ['Orphan', 'Background', 'Foreground'];
const optionsSchema = z.looseObject({
  gracePeriodSeconds: z.number().int().nullish(),
  propagationPolicy: z.string().nullish(),
  dryRun: z.array(z.string()).nullish(),
  preconditions: z.looseObject({ uid: z.string().nullish(), resourceVersion: z.string().nullish() }).nullish(),
});

export interface DeleteOptions {
  readonly graceSeconds: number | undefined;
  readonly policy: string;
  readonly dryRun: boolean;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

/** Delete options of the query and the body; the body wins. @throws ApiError 400, 422 */
export function deleteOptions(request: ResourceRequest): DeleteOptions {
  const { query } = request;
  const parsed = optionsSchema.safeParse(request.body.length === 0 ? {} : bodyObject(request));
  if (!parsed.success) throw badRequest('the body is not a DeleteOptions');
  const body = parsed.data;
  const policy = body.propagationPolicy ?? query.get('propagationPolicy') ?? 'Background';
  if (!POLICIES.includes(policy))
    throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
      unsupportedValue('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']),
    ]);
  const grace = query.get('gracePeriodSeconds');
  return {
    graceSeconds: body.gracePeriodSeconds ?? (grace === null ? undefined : Number(grace)),
    policy,
    dryRun: isDryRun([...query.getAll('dryRun'), ...(body.dryRun ?? [])], 'DeleteOptions'),
    uid: body.preconditions?.uid ?? undefined,
    resourceVersion: body.preconditions?.resourceVersion ?? undefined,
  };
}

/** @throws ApiError 404, 409 */
export function remove(cluster: Cluster, request: ResourceRequest): Answer {
  const options = deleteOptions(request);
  const object = existing(cluster, request);
  checkPreconditions(request.type, object, options);
  const removed = removeObject(cluster, request.type, object, options);
  if (removed !== undefined) return ok(removed);
  const { type } = request;
  const details = { name: object.metadata.name, ...(type.group === '' ? {} : { group: type.group }), kind: type.plural, uid: object.metadata.uid };
  return ok({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

export function checkPreconditions(type: ResourceType, object: KubeObject, options: DeleteOptions): void {
  const { name, uid, resourceVersion } = object.metadata;
  if (options.uid !== undefined && options.uid !== uid)
    throw conflict(type, name, `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid}`);
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion)
    throw conflict(
      type,
      name,
      `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`,
    );
}

/** Deletes every object that the selectors let through, and answers with their list. */
export function removeCollection(cluster: Cluster, request: ResourceRequest): Answer {
  const { type, namespace } = request;
  const options = deleteOptions(request);
  const matches = matcher(request.query, type);
  const objects = cluster.store.list(groupResource(type), type.namespaced && namespace !== '' ? namespace : undefined).filter(matches);
  for (const object of objects) removeObject(cluster, type, object, options);
  return ok({
    kind: `${type.kind}List`,
    apiVersion: apiVersionOf(type),
    metadata: { resourceVersion: String(cluster.store.version) },
    items: objects,
  });
}

/** Deletes an object. Gives it back when it is not gone yet: a pod that is shutting down, an object with finalizers. */
export function removeObject(
  cluster: Cluster,
  type: ResourceType,
  object: KubeObject,
  options: Pick<DeleteOptions, 'graceSeconds' | 'policy' | 'dryRun'>,
): KubeObject | undefined {
  const resource = groupResource(type);
  const seconds = type.kind === 'Pod' ? (options.graceSeconds ?? (object as Pod).spec.terminationGracePeriodSeconds ?? 30) : 0;
  const waits = (seconds > 0 && (object as Pod).spec.nodeName !== undefined) || (object.metadata.finalizers ?? []).length > 0;
  if (waits) {
    if (object.metadata.deletionTimestamp !== undefined && type.kind !== 'Pod') return object;
    const deletionTimestamp = object.metadata.deletionTimestamp ?? timestamp(cluster.clock.now() + seconds * 1000);
    const marked = { ...object, metadata: { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: seconds } };
    return cluster.store.replace(resource, object, marked, { dryRun: options.dryRun });
  }
  if (options.dryRun) return type.kind === 'Pod' ? object : undefined;
  if (options.policy === 'Orphan') orphan(cluster, object);
  const last = cluster.store.remove(resource, object);
  return type.kind === 'Pod' ? last : undefined;
}

function orphan(cluster: Cluster, owner: KubeObject): void {
  for (const type of cluster.types.all()) {
    for (const object of cluster.store.list(groupResource(type))) {
      if (!(object.metadata.ownerReferences ?? []).some((reference) => reference.uid === owner.metadata.uid)) continue;
      cluster.store.change(groupResource(type), object, (draft) => {
        draft.metadata.ownerReferences = (draft.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid);
      });
    }
  }
}
