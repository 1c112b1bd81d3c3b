import { z } from 'zod';
import type { Cluster } from '../cluster.ts';
import { type Answer, bodyObject, ok, type ResourceRequest } from './request.ts';
import { badRequest } from './status.ts';

const text = z.string().default('');
const accessSchema = z.looseObject({
  spec: z.looseObject({
    resourceAttributes: z
      .looseObject({ namespace: text, verb: text, group: text, version: text, resource: text, subresource: text, name: text })
      .optional(),
    nonResourceAttributes: z.looseObject({ path: text, verb: text }).optional(),
  }),
});
const rulesSchema = z.looseObject({ spec: z.looseObject({ namespace: text }) });

/** Answers the reviews that a client makes of itself. Nothing is stored. @throws ApiError 400 */
export function review(cluster: Cluster, request: ResourceRequest): Answer {
  const { type, user } = request;
  const body = bodyObject(request);
  const head = { kind: type.kind, apiVersion: `${type.group}/${type.version}`, metadata: { creationTimestamp: null } };
  if (type.kind === 'SelfSubjectReview') return ok({ ...head, status: { userInfo: { username: user.name, groups: user.groups } } }, 201);
  if (type.kind === 'SelfSubjectRulesReview') {
    const parsed = rulesSchema.safeParse(body);
    if (!parsed.success || parsed.data.spec.namespace === '') throw badRequest('no namespace on request');
    const rules = cluster.rbac.rules(user, parsed.data.spec.namespace);
    return ok(
      {
        ...head,
        spec: parsed.data.spec,
        status: {
          resourceRules: rules.filter((rule) => (rule.resources ?? []).length > 0),
          nonResourceRules: rules.filter((rule) => (rule.nonResourceURLs ?? []).length > 0),
          incomplete: false,
        },
      },
      201,
    );
  }
  const parsed = accessSchema.safeParse(body);
  if (!parsed.success) throw badRequest('the body is no SelfSubjectAccessReview');
  const { resourceAttributes: resource, nonResourceAttributes: path } = parsed.data.spec;
  if ((resource === undefined) === (path === undefined))
    throw badRequest('spec.resourceAttributes: Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified');
  const allowed =
    resource === undefined ? path !== undefined && cluster.rbac.allowsPath(user, path.verb, path.path) : cluster.rbac.allows(user, resource);
  return ok({ ...head, spec: parsed.data.spec, status: { allowed, ...(allowed ? { reason: 'RBAC: allowed by the rules in the store' } : {}) } }, 201);
}
