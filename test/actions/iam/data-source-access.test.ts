import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PolicyDocument } from '../../../simulators/aws/index.ts';
import { iamDataSourceAccess } from '../../../src/actions/iam/data-source-access.ts';
import { preflightOf } from '../aws/preflight-of.ts';
import { startWorld, type World } from '../aws/world.ts';
import { read } from '../helpers/context.ts';

let world: World;
/** May read everything, but not simulate. */
const READS: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['iam:Get*', 'iam:List*', 's3:*', 'sts:*', 'qbusiness:Get*'], Resource: '*' }],
};

beforeAll(async () => {
  world = await startWorld({ policies: { reads: READS } });
});
afterAll(() => world.stop());

const looking = (as = 'tocsin', target = 'knowledge') => read(iamDataSourceAccess, { target }, world.context({ as }));
const role = () => {
  const found = world.aws.account.iam.roles.get(world.aws.vaultmesh.names.role);
  if (found === undefined) throw new Error('no role');
  return found as { trust: PolicyDocument };
};

describe('iam.data-source-access', () => {
  test.each([
    ['tocsin', 'simulation'],
    ['reads', 'documents'],
  ])('as %s everything is well, by %s', async (as, by) => {
    const { output, files } = await looking(as);
    expect(output).toEqual({
      ok: true,
      listable: 'yes',
      trusted: 'yes',
      may_list: 'yes',
      may_read: 'yes',
      judged_by: by,
      denied_by: [],
      problems: [],
      advice: '',
      statements: [],
    });
    expect(files?.map(({ name }) => name)).toEqual(['role-vaultmesh-qbusiness-datasource.json', 'bucket-policy-vaultmesh-knowledge-base.json']);
  });

  test.each(['tocsin', 'reads'])('a permission that was taken away (as %s)', async (as) => {
    await world.aws.faults.set('sync-access-denied', true);
    const { output } = await looking(as);
    const statement = '{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::vaultmesh-knowledge-base/*"}';
    expect(output).toMatchObject({
      ok: false,
      may_list: 'yes',
      may_read: 'no',
      advice: `Add to the policy of the role vaultmesh-qbusiness-datasource: ${statement}`,
      statements: [statement],
    });
    expect(output['problems']).toEqual([
      'The role vaultmesh-qbusiness-datasource may not read objects of s3://vaultmesh-knowledge-base (s3:GetObject).',
    ]);
    await world.aws.faults.set('sync-access-denied', false);
  });

  test('a trust for another service, and one without a condition', async () => {
    const before = role().trust;
    role().trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    expect((await looking()).output).toMatchObject({ ok: false, trusted: 'no' });
    role().trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'qbusiness.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    expect((await looking()).output).toMatchObject({
      ok: true,
      problems: ['The trust of vaultmesh-qbusiness-datasource has no aws:SourceAccount: the Q Business of any account could assume it.'],
    });
    role().trust = before;
  });

  test('a bucket’s policy that denies', async () => {
    const bucket = world.aws.account.bucketSettings.get('vaultmesh-knowledge-base') as { policy?: unknown } | undefined;
    if (bucket === undefined) throw new Error('no bucket');
    const before = bucket.policy;
    bucket.policy = {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'KeepOut',
          Effect: 'Deny',
          Principal: { AWS: world.aws.vaultmesh.names.roleArn },
          Action: 's3:GetObject',
          Resource: 'arn:aws:s3:::vaultmesh-knowledge-base/*',
        },
      ],
    };
    expect((await looking()).output).toMatchObject({ ok: false, may_list: 'yes', may_read: 'no', denied_by: ['KeepOut'] });
    bucket.policy = before;
  });

  test('what may not be seen is said', async () => {
    await expect(looking('nobody')).rejects.toMatchObject({ reason: 'denied' });
    expect(await preflightOf(iamDataSourceAccess, { target: 'knowledge' }, world.context({ as: 'nobody' }))).toMatchObject([{ state: 'failure' }]);
    expect(await preflightOf(iamDataSourceAccess, { target: 'reports' }, world.context())).toMatchObject([
      { state: 'ok', what: 'The role vaultmesh-qbusiness-datasource-reports can be read' },
    ]);
  });
});
