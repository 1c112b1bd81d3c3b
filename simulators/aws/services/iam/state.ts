import type { Principal } from '../../principals.ts';
import { evaluate, type PolicyDocument, some } from './policy.ts';

/** A role: who may take it on, and what it may do then. */
export interface Role {
  readonly name: string;
  readonly created: Date;
  description: string;
  trust: PolicyDocument;
  readonly inline: Map<string, PolicyDocument>;
  /** ARNs of managed policies. */
  readonly attached: Set<string>;
}

export interface ManagedPolicy {
  readonly name: string;
  readonly created: Date;
  document: PolicyDocument;
}

/** Users, roles and policies of the account. */
export class IamState {
  readonly roles = new Map<string, Role>();
  /** By ARN. */
  readonly policies = new Map<string, ManagedPolicy>();
  readonly #accountId: string;
  readonly #principals: readonly Principal[];

  constructor(accountId: string, principals: readonly Principal[]) {
    this.#accountId = accountId;
    this.#principals = principals;
  }

  roleArn(name: string): string {
    return `arn:aws:iam::${this.#accountId}:role/${name}`;
  }

  /** Every policy of a user or role, each with what it is called; `null` when there is nobody with this ARN. */
  policiesOf(arn: string): readonly (readonly [id: string, PolicyDocument])[] | null {
    const principal = this.#principals.find((one) => one.arn === arn || sessionRole(one.arn) === arn);
    if (principal !== undefined) return [[`${principal.name}-policy`, principal.policy]];
    const role = [...this.roles.values()].find(({ name }) => this.roleArn(name) === arn);
    if (role === undefined) return null;
    const attached = [...role.attached].flatMap((policy) => {
      const found = this.policies.get(policy);
      return found === undefined ? [] : ([[found.name, found.document]] as const);
    });
    return [...role.inline, ...attached];
  }

  /** Whether a service may take a role on, for work in this account. */
  isTrusted({ name, trust }: Role, service: string, sourceAccount: string): boolean {
    const context = { 'aws:SourceAccount': sourceAccount };
    // Trust policies name no resource: the role is what they are on.
    const statements = some(trust.Statement).map((statement) => ({ ...statement, Resource: '*' }));
    const question = { action: 'sts:AssumeRole', resource: this.roleArn(name), principal: { Service: service }, context };
    return evaluate([{ Statement: statements }], question) === 'allowed';
  }
}

/** The role behind `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
function sessionRole(arn: string): string | null {
  const [, account, role] = /^arn:aws:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  return role === undefined ? null : `arn:aws:iam::${account}:role/${role}`;
}
