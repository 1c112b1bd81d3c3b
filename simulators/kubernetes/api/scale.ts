import type { Cluster } from '../cluster.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Deployment } from '../kinds.ts';
import type { NewObject } from '../objects/store.ts';
import { isDryRun } from './options.ts';
import { existing } from './read.ts';
import { type Answer, bodyObject, ok, type ResourceRequest } from './request.ts';
import { selectorText } from './selectors.ts';
import { conflict, invalid, invalidValue } from './status.ts';
import { applyPatch, replace } from './write.ts';

function scaleOf(workload: Deployment): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = workload.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: workload.spec.replicas },
    status: { replicas: workload.status?.replicas ?? 0, selector: selectorText(workload.spec.selector) },
  };
}

/** Answers `/scale` of a workload. @throws ApiError 404, 409, 415, 422 */
export function scale(cluster: Cluster, request: ResourceRequest, verb: string): Answer {
  const workload = existing<Deployment>(cluster, request);
  if (verb === 'get') return ok(scaleOf(workload));
  const patched = verb === 'patch' ? applyPatch(request, scaleOf(workload), 'Scale') : bodyObject(request);
  const dryRun = isDryRun(request.query.getAll('dryRun'), verb === 'patch' ? 'PatchOptions' : 'UpdateOptions');
  const metadata = isObject(patched['metadata']) ? patched['metadata'] : {};
  const version = metadata['resourceVersion'];
  if (typeof version === 'string' && version !== '' && version !== workload.metadata.resourceVersion) throw conflict(request.type, request.name);
  const replicas = isObject(patched['spec']) ? (patched['spec']['replicas'] ?? 0) : 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0)
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, request.name, [
      invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'),
    ]);
  const next: NewObject = { ...workload, spec: { ...workload.spec, replicas } };
  return ok(scaleOf(replace(cluster, { ...request, subresource: '' }, workload, next, dryRun) as Deployment));
}
