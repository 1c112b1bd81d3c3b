/** Who asks. `groups` as the real authenticators give them. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** A user of the simulated cluster and its bearer token. */
export interface Account {
  readonly id: string;
  readonly token: string;
  readonly user: User;
}

export const ADMIN_GROUP = 'system:masters';

export function adminUser(): User {
  return { name: 'kubernetes-admin', groups: [ADMIN_GROUP, 'system:authenticated'] };
}

export function serviceAccountUser(namespace: string, name: string): User {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}
