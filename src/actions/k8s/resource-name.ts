import type { Kind, Right } from '../../ports/cluster.ts';

const IRREGULAR: Readonly<Record<string, string>> = { Endpoints: 'endpoints', NetworkPolicy: 'networkpolicies', Ingress: 'ingresses' };

/** The resource of a kind as RBAC names it: `rollbacks`, `networkpolicies`. */
export function resourceName(kind: string): string {
  const name = kind.toLowerCase();
  const known = IRREGULAR[kind];
  if (known !== undefined) return known;
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}

/** A right on a kind, in a namespace or (`*`) in the whole cluster. */
export function rightOn({ apiVersion, kind }: Kind, namespace: string, ...verbs: readonly string[]): Right {
  const slash = apiVersion.indexOf('/');
  const group = slash === -1 ? '' : apiVersion.slice(0, slash);
  return { group, resource: resourceName(kind), verbs, namespace: namespace === '*' ? '' : namespace };
}
