import type { PolicyDocument } from './services/iam/policy.ts';

/** Somebody who may sign requests. */
export interface PrincipalOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Temporary credentials carry a token as well. */
  readonly sessionToken?: string;
  /** Such as `arn:aws:iam::123456789012:user/tocsin` or `arn:aws:sts::123456789012:assumed-role/tocsin/session`. */
  readonly arn: string;
  /** What the principal may do; `admin` may do everything. */
  readonly policy: PolicyDocument | 'admin';
  /** Whether the credentials say for which person they act, as ChatSync wants to know. */
  readonly identityAware?: boolean;
}

export interface Principal extends Omit<PrincipalOptions, 'policy'> {
  readonly name: string;
  readonly policy: PolicyDocument;
}

const EVERYTHING: PolicyDocument = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

export function principalOf(name: string, { policy, ...options }: PrincipalOptions): Principal {
  return { ...options, name, policy: policy === 'admin' ? EVERYTHING : policy };
}

/** How CloudTrail describes a principal; CloudTrail user guide, "userIdentity element". */
export function userIdentity({ arn, accessKeyId }: Pick<Principal, 'arn' | 'accessKeyId'>): Record<string, unknown> {
  const [, , , , accountId = '', resource = ''] = arn.split(':');
  const [kind, name = '', session] = resource.split('/');
  if (kind !== 'assumed-role') return { type: 'IAMUser', principalId: `AIDA${idOf(name)}`, arn, accountId, accessKeyId, userName: name };
  const issuer = { type: 'Role', principalId: `AROA${idOf(name)}`, arn: `arn:aws:iam::${accountId}:role/${name}`, accountId, userName: name };
  return {
    type: 'AssumedRole',
    principalId: `${issuer.principalId}:${session ?? ''}`,
    arn,
    accountId,
    accessKeyId,
    sessionContext: { sessionIssuer: issuer, attributes: { mfaAuthenticated: 'false' } },
  };
}

/** Who CloudTrail lists an event under: the user, or the session of the role. */
export function userNameOf(arn: string): string {
  return arn.split('/').at(-1) ?? arn;
}

/** 16 letters and digits that stay the same for one name. */
export function idOf(name: string): string {
  return Buffer.from(name.padEnd(16, 'X')).toString('hex').toUpperCase().slice(0, 16);
}
