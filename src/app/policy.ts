import type { Permission } from '../ports/action.ts';

/** A policy as IAM reads it. */
export interface IamPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly { readonly Effect: 'Allow'; readonly Action: readonly string[]; readonly Resource: readonly string[] }[];
}

/**
 * The least policy that gives these permissions: one statement for each set of resources. `role`: the role that Tocsin runs as, whose own
 * permissions it may look at, for the pre-flight.
 */
export function iamPolicy(permissions: readonly Permission[], role: string): IamPolicy {
  const resources = new Map<string, Set<string>>([['iam:SimulatePrincipalPolicy', new Set([`arn:aws:iam::*:role/${role}`])]]);
  for (const permission of permissions) {
    if (permission.provider !== 'aws') continue;
    const known = resources.get(permission.action) ?? new Set();
    resources.set(permission.action, known.add(permission.resource));
  }
  const actions = new Map<string, string[]>();
  for (const [action, on] of resources) {
    const key = JSON.stringify([...on].sort());
    actions.set(key, [...(actions.get(key) ?? []), action]);
  }
  const statements = [...actions].map(([key, list]) => ({ Effect: 'Allow' as const, Action: list.sort(), Resource: JSON.parse(key) as string[] }));
  return { Version: '2012-10-17', Statement: statements.sort((a, b) => (a.Action[0] ?? '').localeCompare(b.Action[0] ?? '')) };
}

/** The permissions of a GitHub App, as its manifest writes them; where one thing is read and written, writing says both. */
export function githubPermissions(permissions: readonly Permission[]): Readonly<Record<string, 'read' | 'write'>> {
  const found: Record<string, 'read' | 'write'> = {};
  for (const permission of permissions) {
    if (permission.provider !== 'github') continue;
    if (found[permission.permission] !== 'write') found[permission.permission] = permission.access;
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => a.localeCompare(b)));
}
