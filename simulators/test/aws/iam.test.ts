import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AwsSimulator } from '../../aws/index.ts';
import { evaluate, like, type PolicyDocument, type Statement } from '../../aws/services/iam/policy.ts';
import { type Clients, clientsOf, refused, startStill } from './clients.ts';

let simulator: AwsSimulator;
let clients: Clients;

beforeAll(async () => {
  simulator = await startStill();
  clients = clientsOf(simulator);
});
afterAll(async () => {
  clients?.close();
  await simulator?.stop();
});

const decoded = (document = ''): PolicyDocument => JSON.parse(decodeURIComponent(document)) as PolicyDocument;

describe('the data source role', () => {
  test('trusts Q Business in this account', async () => {
    const { Role } = await clients.iam.send(new GetRoleCommand({ RoleName: simulator.vaultmesh.names.role }));
    expect(Role?.AssumeRolePolicyDocument).toMatch(/^%7B/);
    expect(decoded(Role?.AssumeRolePolicyDocument).Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'qbusiness.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      },
    ]);
  });

  test('has an inline and a managed policy', async () => {
    const { role: RoleName } = simulator.vaultmesh.names;
    const { PolicyNames = [] } = await clients.iam.send(new ListRolePoliciesCommand({ RoleName }));
    const { PolicyDocument } = await clients.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: PolicyNames[0] ?? '' }));
    expect(JSON.stringify(decoded(PolicyDocument))).toContain('s3:GetObject');
    const { AttachedPolicies = [] } = await clients.iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    const PolicyArn = AttachedPolicies[0]?.PolicyArn ?? '';
    const { Policy } = await clients.iam.send(new GetPolicyCommand({ PolicyArn }));
    const { PolicyVersion } = await clients.iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId ?? '' }));
    expect(JSON.stringify(decoded(PolicyVersion?.Document))).toContain('KMSDecryptIfNeeded');
    expect(await refused(clients.iam.send(new GetRoleCommand({ RoleName: 'nobody' })))).toMatchObject({ name: 'NoSuchEntityException', status: 404 });
  });

  test('is simulated for real, before and after its rights are taken', async () => {
    const { roleArn } = simulator.vaultmesh.names;
    const ask = async () => {
      const { EvaluationResults = [] } = await clients.iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: roleArn,
          ActionNames: ['s3:GetObject', 's3:ListBucket'],
          ResourceArns: ['arn:aws:s3:::vaultmesh-knowledge-base', 'arn:aws:s3:::vaultmesh-knowledge-base/README.md'],
        }),
      );
      return EvaluationResults.map(({ EvalActionName, EvalDecision }) => `${EvalActionName} ${EvalDecision}`);
    };
    expect(await ask()).toEqual(['s3:GetObject allowed', 's3:GetObject allowed', 's3:ListBucket allowed', 's3:ListBucket allowed']);
    await simulator.faults.set('sync-access-denied', true);
    expect(await ask()).toEqual(['s3:GetObject implicitDeny', 's3:GetObject implicitDeny', 's3:ListBucket allowed', 's3:ListBucket allowed']);
    await simulator.faults.set('sync-access-denied', false);
  });
});

describe('policies', () => {
  const allow = (more: Partial<Statement>): PolicyDocument => ({ Statement: { Effect: 'Allow', Action: '*', Resource: '*', ...more } });

  test.each<[string, PolicyDocument, string, string]>([
    ['action in another case', allow({ Action: 'S3:getobject' }), 's3:GetObject', 'allowed'],
    ['wildcard in the middle', allow({ Action: 's3:*Object' }), 's3:GetObject', 'allowed'],
    ['another action', allow({ Action: 's3:Put*' }), 's3:GetObject', 'implicitDeny'],
    ['all but the action', { Statement: { Effect: 'Allow', NotAction: 's3:GetObject', Resource: '*' } }, 's3:GetObject', 'implicitDeny'],
    ['all but another action', { Statement: { Effect: 'Allow', NotAction: 's3:PutObject', Resource: '*' } }, 's3:GetObject', 'allowed'],
    ['resource in another case', allow({ Resource: 'arn:aws:s3:::A/*' }), 's3:GetObject', 'implicitDeny'],
    ['a condition that does not hold', allow({ Condition: { StringEquals: { 'aws:SourceAccount': '2' } } }), 's3:GetObject', 'implicitDeny'],
    ['a condition whose key is missing', allow({ Condition: { StringEquals: { 'aws:other': '1' } } }), 's3:GetObject', 'implicitDeny'],
    ['one that may be missing', allow({ Condition: { StringEqualsIfExists: { 'aws:other': '1' } } }), 's3:GetObject', 'allowed'],
  ])('%s', (_what, policy, action, decision) => {
    expect(evaluate([policy], { action, resource: 'arn:aws:s3:::a/b', context: { 'AWS:SourceAccount': '1' } })).toBe(decision);
  });

  test('a denial wins, whatever else is allowed and in whatever order', () => {
    const deny: PolicyDocument = { Statement: [{ Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::a/*' }] };
    fc.assert(
      fc.property(fc.shuffledSubarray([allow({}), allow({ Action: 's3:GetObject' }), deny], { minLength: 3 }), (policies) => {
        expect(evaluate(policies, { action: 's3:GetObject', resource: 'arn:aws:s3:::a/b' })).toBe('explicitDeny');
        expect(evaluate(policies, { action: 's3:GetObject', resource: 'arn:aws:s3:::b/b' })).toBe('allowed');
      }),
    );
  });

  test('a pattern fits itself with any part starred, and nothing else is special', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, middle, after) => {
        const plain = (text: string): string => text.replace(/[*?]/g, '.');
        expect(like(`${plain(before)}*${plain(after)}`, plain(before) + middle + plain(after))).toBe(true);
        expect(like(plain(before), `${plain(before)}x`)).toBe(false);
      }),
    );
  });
});
