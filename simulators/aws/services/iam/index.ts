import { z } from 'zod';
import type { Account } from '../../account.ts';
import { idOf } from '../../principals.ts';
import { ApiError } from '../../protocol/error.ts';
import { text, textInteger } from '../../protocol/input.ts';
import { page } from '../../protocol/pages.ts';
import { operation, type Service } from '../../protocol/service.ts';
import { applies, evaluate, type PolicyDocument, type Question, some } from './policy.ts';
import type { ManagedPolicy, Role } from './state.ts';

const RoleName = text(1, 64, /[\w+=,.@-]+/);
const PolicyName = text(1, 128, /[\w+=,.@-]+/);
const Arn = text(20, 2048);
const Paging = { Marker: text(1, 320).optional(), MaxItems: textInteger(1, 1000).optional() };

function findRole({ iam }: Account, name: string): Role {
  const role = iam.roles.get(name);
  if (role === undefined) throw missing(`The role with name ${name} cannot be found.`);
  return role;
}

function findPolicy({ iam }: Account, arn: string): ManagedPolicy {
  const policy = iam.policies.get(arn);
  if (policy === undefined) throw missing(`Policy ${arn} does not exist or is not attachable.`);
  return policy;
}

function missing(message: string): ApiError {
  return new ApiError(404, 'NoSuchEntity', message);
}

function listed<T>(all: readonly T[], { Marker, MaxItems }: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined }) {
  const { items, next } = page(all, Marker, MaxItems ?? 100, () => new ApiError(400, 'ValidationError', 'Invalid Marker.'));
  return { items, rest: { IsTruncated: next !== undefined, Marker: next } };
}

/** Policy documents travel URL-encoded (RFC 3986); IAM API reference, GetRole. */
function encoded(document: PolicyDocument): string {
  return encodeURIComponent(JSON.stringify(document));
}

/** Identity and Access Management, as far as it is read. */
export const iam: Service = {
  name: 'iam',
  prefix: 'iam',
  source: 'iam.amazonaws.com',
  protocol: { kind: 'query', version: '2010-05-08', namespace: 'https://iam.amazonaws.com/doc/2010-05-08/' },
  global: true,
  invalid: ({ text: message }) => new ApiError(400, 'ValidationError', message),
  operations: [
    operation({
      name: 'GetRole',
      input: z.strictObject({ RoleName }),
      resource: (input, { account }) => account.iam.roleArn(input.RoleName),
      run(input, { account }) {
        const { name, created, description, trust } = findRole(account, input.RoleName);
        return {
          Role: {
            Path: '/',
            RoleName: name,
            RoleId: `AROA${idOf(name)}`,
            Arn: account.iam.roleArn(name),
            CreateDate: created,
            AssumeRolePolicyDocument: encoded(trust),
            Description: description,
            MaxSessionDuration: 3600,
          },
        };
      },
    }),
    operation({
      name: 'ListRolePolicies',
      input: z.strictObject({ RoleName, ...Paging }),
      resource: (input, { account }) => account.iam.roleArn(input.RoleName),
      run(input, { account }) {
        const { items, rest } = listed([...findRole(account, input.RoleName).inline.keys()], input);
        return { PolicyNames: items, ...rest };
      },
    }),
    operation({
      name: 'GetRolePolicy',
      input: z.strictObject({ RoleName, PolicyName }),
      resource: (input, { account }) => account.iam.roleArn(input.RoleName),
      run(input, { account }) {
        const document = findRole(account, input.RoleName).inline.get(input.PolicyName);
        if (document === undefined) throw missing(`The role policy with name ${input.PolicyName} cannot be found.`);
        return { ...input, PolicyDocument: encoded(document) };
      },
    }),
    operation({
      name: 'ListAttachedRolePolicies',
      input: z.strictObject({ RoleName, PathPrefix: text(1, 512).optional(), ...Paging }),
      resource: (input, { account }) => account.iam.roleArn(input.RoleName),
      run(input, { account }) {
        const attached = [...findRole(account, input.RoleName).attached];
        const { items, rest } = listed(attached, input);
        return { AttachedPolicies: items.map((arn) => ({ PolicyName: findPolicy(account, arn).name, PolicyArn: arn })), ...rest };
      },
    }),
    operation({
      name: 'GetPolicy',
      input: z.strictObject({ PolicyArn: Arn }),
      resource: ({ PolicyArn }) => PolicyArn,
      run(input, { account }) {
        const { name, created } = findPolicy(account, input.PolicyArn);
        const attachments = [...account.iam.roles.values()].filter(({ attached }) => attached.has(input.PolicyArn)).length;
        return {
          Policy: {
            PolicyName: name,
            PolicyId: `ANPA${idOf(name)}`,
            Arn: input.PolicyArn,
            Path: '/',
            DefaultVersionId: 'v1',
            AttachmentCount: attachments,
            PermissionsBoundaryUsageCount: 0,
            IsAttachable: true,
            CreateDate: created,
            UpdateDate: created,
          },
        };
      },
    }),
    operation({
      name: 'GetPolicyVersion',
      input: z.strictObject({ PolicyArn: Arn, VersionId: text(2, 16, /v[1-9][0-9]*/) }),
      resource: ({ PolicyArn }) => PolicyArn,
      run(input, { account }) {
        const { document, created } = findPolicy(account, input.PolicyArn);
        if (input.VersionId !== 'v1') throw missing(`Policy ${input.PolicyArn} version ${input.VersionId} does not exist or is not attachable.`);
        return { PolicyVersion: { Document: encoded(document), VersionId: 'v1', IsDefaultVersion: true, CreateDate: created } };
      },
    }),
    operation({
      name: 'SimulatePrincipalPolicy',
      input: z.strictObject({
        PolicySourceArn: Arn,
        ActionNames: z.array(text(3, 128)).min(1),
        ResourceArns: z.array(text(1, 2048)).optional(),
        ContextEntries: z
          .array(z.strictObject({ ContextKeyName: text(5, 256), ContextKeyValues: z.array(z.string()), ContextKeyType: z.string() }))
          .optional(),
        ...Paging,
      }),
      resource: ({ PolicySourceArn }) => PolicySourceArn,
      run(input, { account }) {
        const policies = account.iam.policiesOf(input.PolicySourceArn);
        if (policies === null) throw missing(`The entity ${input.PolicySourceArn} cannot be found.`);
        const context = Object.fromEntries((input.ContextEntries ?? []).map((one) => [one.ContextKeyName, one.ContextKeyValues[0] ?? '']));
        const results = input.ActionNames.flatMap((action) =>
          (input.ResourceArns ?? ['*']).map((resource) => simulate(policies, { action, resource, context })),
        );
        const { items, rest } = listed(results, input);
        return { EvaluationResults: items, ...rest };
      },
    }),
  ],
};

/** As the service does it: by the policies of the principal alone, without those of the resource. */
function simulate(policies: readonly (readonly [id: string, document: PolicyDocument])[], question: Question): unknown {
  const decision = evaluate(
    policies.map(([, document]) => document),
    question,
  );
  const matched = policies.flatMap(([id, { Statement }]) =>
    some(Statement)
      .filter((statement) => applies(statement, question))
      .map(() => ({ SourcePolicyId: id, SourcePolicyType: 'IAM Policy' })),
  );
  return {
    EvalActionName: question.action,
    EvalResourceName: question.resource,
    EvalDecision: decision,
    MatchedStatements: matched,
    MissingContextValues: [],
  };
}
