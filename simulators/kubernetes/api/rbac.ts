import type { KubeObject } from '../kinds.ts';
import type { Store } from '../objects/store.ts';
import { ADMIN_GROUP, type User } from './users.ts';

export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

interface Role extends KubeObject {
  rules?: PolicyRule[] | null;
}

interface Binding extends KubeObject {
  subjects?: { kind: string; name: string; namespace?: string; apiGroup?: string }[];
  roleRef: { kind: string; name: string };
}

/** What somebody wants to do. `name` is empty for a whole list. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

const EVERYTHING: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** What everybody who is authenticated may do: `system:basic-user` and `system:discovery`. */
const EVERYBODY: PolicyRule[] = [
  { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'] },
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  {
    verbs: ['get'],
    nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', '/readyz', '/version', '/version/'],
  },
];

/** Decides by the roles and bindings in the store, as RBAC does: rules only ever add. */
export class Rbac {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  allows(user: User, attributes: Attributes): boolean {
    return this.rules(user, attributes.namespace).some((rule) => covers(rule, attributes));
  }

  allowsPath(user: User, verb: string, path: string): boolean {
    return this.rules(user, '').some(
      (rule) =>
        includes(rule.verbs, verb) &&
        (rule.nonResourceURLs ?? []).some((each) => each === '*' || each === path || (each.endsWith('*') && path.startsWith(each.slice(0, -1)))),
    );
  }

  /** The rules of a user that hold in a namespace; with an empty one, those that hold in all. */
  rules(user: User, namespace: string): PolicyRule[] {
    if (user.groups.includes(ADMIN_GROUP)) return EVERYTHING;
    const cluster = this.#store
      .list<Binding>('clusterrolebindings.rbac.authorization.k8s.io')
      .filter((binding) => names(binding, user))
      .flatMap((binding) => this.#rulesOf(binding));
    const local =
      namespace === ''
        ? []
        : this.#store
            .list<Binding>('rolebindings.rbac.authorization.k8s.io', namespace)
            .filter((binding) => names(binding, user))
            .flatMap((binding) => this.#rulesOf(binding));
    return [...EVERYBODY, ...cluster, ...local];
  }

  #rulesOf(binding: Binding): PolicyRule[] {
    const { kind, name } = binding.roleRef;
    const role =
      kind === 'ClusterRole'
        ? this.#store.get<Role>('clusterroles.rbac.authorization.k8s.io', undefined, name)
        : this.#store.get<Role>('roles.rbac.authorization.k8s.io', binding.metadata.namespace, name);
    return role?.rules ?? [];
  }
}

function names(binding: Binding, user: User): boolean {
  return (binding.subjects ?? []).some((subject) => {
    if (subject.kind === 'ServiceAccount')
      return user.name === `system:serviceaccount:${subject.namespace ?? binding.metadata.namespace}:${subject.name}`;
    if (subject.kind === 'Group') return user.groups.includes(subject.name);
    return subject.name === user.name;
  });
}

function includes(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(value));
}

function covers(rule: PolicyRule, wanted: Attributes): boolean {
  const { subresource } = wanted;
  const resource = subresource === '' ? wanted.resource : `${wanted.resource}/${subresource}`;
  const resources = rule.resources ?? [];
  const named = rule.resourceNames ?? [];
  return (
    includes(rule.verbs, wanted.verb) &&
    includes(rule.apiGroups, wanted.group) &&
    (resources.includes('*') || resources.includes(resource) || (subresource !== '' && resources.includes(`*/${subresource}`))) &&
    (named.length === 0 || named.includes(wanted.name))
  );
}
