import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { type ActionContext, readAction } from '../../ports/action.ts';
import { type Aws, AwsError, type Role } from '../../ports/aws.ts';
import type { BucketTarget } from '../../ports/targets.ts';
import { awsAll, bucketArn, roleArn } from '../aws/permissions.ts';
import { type Answer, denials, judge, type Statement, statementsOf } from '../aws/policies.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { dataSourceOf, onDataSource } from '../qbusiness/data-source.ts';
import { targetField } from '../shared/fields.ts';

const input = z.strictObject({ target: targetField.describe('The data source, whose target names its bucket.') });

const answer = z.enum(['yes', 'no', 'maybe', 'unknown']);
const output = z.strictObject({
  ok: z.boolean(),
  listable: answer.describe('Whether Tocsin itself can list the bucket.'),
  trusted: answer.describe('Whether Amazon Q Business may assume the role.'),
  may_list: answer.describe('Whether the role may list the bucket.'),
  may_read: answer.describe('Whether the role may read its objects.'),
  judged_by: z.enum(['simulation', 'documents']),
  denied_by: z.array(z.string()).describe('Statements of the bucket’s policy that deny the role something.'),
  problems: z.array(z.string()),
  advice: z.string().describe('What to change, with the exact statements; empty when nothing is wrong or the cause is not known.'),
  statements: z.array(z.string()).describe('The parts of the advice to copy.'),
});
type Said = z.infer<typeof answer>;

/**
 * Whether a data source can read its bucket (VO-22, VO-27): trust of the role, its permissions by IAM's simulation or else judged from the documents,
 * the bucket's policy. Reading as the role itself cannot be tried.
 */
export const iamDataSourceAccess = readAction({
  name: 'iam.data-source-access',
  about: 'Judges whether a data source’s role can be assumed and may read its bucket.',
  input,
  output,
  permissions: ({ target }, context) => {
    const { found } = dataSourceOf(context, target);
    const bucket = bucketArn(context.target(bucketName(found.bucket, target), 'bucket'));
    const role = roleArn(found.role === undefined ? '*' : context.target(found.role, 'role').role);
    return [
      ...(found.role === undefined ? onDataSource(context, target, 'GetDataSource') : []),
      ...awsAll(['s3:ListBucket', 's3:GetBucketPolicy'], bucket),
      ...awsAll(['iam:GetRole', 'iam:ListRolePolicies', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies', 'iam:SimulatePrincipalPolicy'], role),
      ...awsAll(['iam:GetPolicy', 'iam:GetPolicyVersion'], 'arn:aws:iam::*:policy/*'),
    ];
  },
  preflight: ({ target }, context) => {
    const { aws } = dataSourceOf(context, target);
    return awsPreflight(aws, async () => `The role ${(await aws.iam.role(await roleNameOf(context, target))).name} can be read`);
  },

  async run({ target }, context) {
    const { aws, found, ref } = dataSourceOf(context, target);
    const bucket = context.target(bucketName(found.bucket, target), 'bucket');
    const name = await roleNameOf(context, target);
    const [role, { account }, listable, policy] = await Promise.all([
      aws.iam.role(name),
      aws.identity(),
      firstKey(context, bucket),
      visible(() => context.aws(bucket.region).s3.policy(bucket.bucket)),
    ]);
    const application = `arn:aws:qbusiness:${aws.region}:${account}:application/${ref.application}`;
    const trust = judgeTrust(role, account, application);
    const sample = listable.key ?? `${bucket.prefix}document`;
    const arn = bucketArn(bucket);
    const own = await permissionsOf(aws, role, arn, sample);
    const theirs = policy === 'denied' ? null : statementsOf(policy);
    const list = combined(own.list, theirs, role.arn, 's3:ListBucket', arn);
    const read = combined(own.read, theirs, role.arn, 's3:GetObject', `${arn}/${sample}`);
    const denied = [...new Set([...list.denied, ...read.denied])];
    const problems = [
      ...(listable.answer === 'no' ? [`Tocsin cannot list s3://${bucket.bucket}: ${listable.why}`] : []),
      ...trust.problems,
      ...(list.answer === 'no' ? [`The role ${name} may not list s3://${bucket.bucket} (s3:ListBucket)${own.list.why}.`] : []),
      ...(read.answer === 'no' ? [`The role ${name} may not read objects of s3://${bucket.bucket} (s3:GetObject)${own.read.why}.`] : []),
      ...(list.answer === 'maybe' || read.answer === 'maybe'
        ? [`Whether the role ${name} may read depends on a condition that Tocsin cannot judge.`]
        : []),
      ...denied.map((statement) => `The bucket’s policy denies it: ${statement}.`),
      ...(theirs === null ? ['The bucket’s policy may not be read: it may deny the role.'] : []),
      ...(role.boundary === null ? [] : [`The role has a permissions boundary (${role.boundary}), which may restrict it.`]),
    ];
    const advice = adviceOn({ role: name, account, application, arn, denied, trust: trust.answer, list: list.answer, read: read.answer });
    const ok = trust.answer === 'yes' && list.answer === 'yes' && read.answer === 'yes';
    return {
      state: ok ? 'good' : 'bad',
      output: {
        ok,
        listable: listable.answer,
        trusted: trust.answer,
        may_list: list.answer,
        may_read: read.answer,
        judged_by: own.by,
        denied_by: denied,
        problems,
        advice: advice.says,
        statements: [...advice.statements],
      },
      summary: `${ok ? `The role ${name} can be assumed and may read s3://${bucket.bucket}` : `The role ${name} may not be able to read s3://${bucket.bucket}`} (judged by ${own.by}, as it cannot be tried).${problems.length === 0 ? '' : ` ${problems.join(' ')}`}`,
      table: {
        columns: ['what', 'is'],
        rows: [
          ['Tocsin can list the bucket', listable.answer],
          ['Q Business may assume the role', trust.answer],
          ['the role may list the bucket', list.answer],
          ['the role may read its objects', read.answer],
          ...problems.map((problem) => ['problem', problem]),
        ],
      },
      files: [
        { name: `role-${name}.json`, content: `${JSON.stringify(role, null, 2)}\n` },
        ...(policy === 'denied' || policy === null
          ? []
          : [{ name: `bucket-policy-${bucket.bucket}.json`, content: `${JSON.stringify(policy, null, 2)}\n` }]),
      ],
    };
  },
});

/** What somebody has to change by hand, and the statements in it to copy: the bot must not give permissions. */
function adviceOn(found: {
  readonly role: string;
  readonly account: string;
  readonly application: string;
  /** Of the bucket. */
  readonly arn: string;
  readonly denied: readonly string[];
  readonly trust: Said;
  readonly list: Said;
  readonly read: Said;
}): { readonly says: string; readonly statements: readonly string[] } {
  const { role, account, application, arn, denied } = found;
  if (denied.length > 0) {
    return {
      says: `Remove this from the policy of the bucket, or exclude the role ${role} from it: ${denied.join(', ')}.`,
      statements: denied,
    };
  }
  const trust = {
    Effect: 'Allow',
    Principal: { Service: 'qbusiness.amazonaws.com' },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:SourceAccount': account }, ArnEquals: { 'aws:SourceArn': application } },
  };
  const granted = [
    ...(found.list === 'no' ? [{ Effect: 'Allow', Action: 's3:ListBucket', Resource: arn }] : []),
    ...(found.read === 'no' ? [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `${arn}/*` }] : []),
  ];
  const wanted = granted.map((one) => JSON.stringify(one));
  const trusting = found.trust === 'no' ? [JSON.stringify(trust)] : [];
  return {
    says: [
      ...(wanted.length === 0 ? [] : [`Add to the policy of the role ${role}: ${wanted.join(' ')}`]),
      ...trusting.map((statement) => `Add to the trust policy of the role ${role}: ${statement}`),
    ].join(' '),
    statements: [...wanted, ...trusting],
  };
}

/** @throws UserError `no-bucket` */
function bucketName(bucket: string | undefined, target: string): string {
  if (bucket !== undefined) return bucket;
  throw new UserError('no-bucket', `The target ${target} does not say which bucket it reads. Set \`bucket\` in tocsin.yml.`);
}

async function roleNameOf(context: ActionContext, target: string): Promise<string> {
  const { aws, found, ref } = dataSourceOf(context, target);
  if (found.role !== undefined) return context.target(found.role, 'role').role;
  return (await aws.qbusiness.dataSource(ref)).role.split('/').at(-1) ?? '';
}

async function firstKey(
  context: ActionContext,
  bucket: BucketTarget,
): Promise<{ readonly answer: Said; readonly key: string | null; readonly why: string }> {
  try {
    for await (const { key } of context.aws(bucket.region).s3.list(bucket.bucket, bucket.prefix)) return { answer: 'yes', key, why: '' };
    return { answer: 'yes', key: null, why: '' };
  } catch (error) {
    if (error instanceof AwsError && (error.reason === 'denied' || error.reason === 'not-found'))
      return { answer: 'no', key: null, why: error.message };
    throw error;
  }
}

/** Q Business takes on the role for one account and application: a trust without that condition would let any account's Q Business in. */
function judgeTrust({ trust, name }: Role, account: string, application: string): { readonly answer: Said; readonly problems: string[] } {
  const statements = statementsOf(trust);
  if (statements === null) return { answer: 'unknown', problems: [`The trust policy of ${name} cannot be understood.`] };
  const asks = (keys: Readonly<Record<string, string>>) =>
    judge(statements, { action: 'sts:AssumeRole', resource: '*', principal: { kind: 'Service', name: 'qbusiness.amazonaws.com' }, keys }).allowed;
  const allowed = asks({ 'aws:SourceAccount': account, 'aws:SourceArn': application });
  const anybody = asks({ 'aws:SourceAccount': '000000000000', 'aws:SourceArn': 'arn:aws:qbusiness:xx-none-1:000000000000:application/none' });
  return {
    answer: allowed,
    problems: [
      ...(allowed === 'no' ? [`The role ${name} does not trust qbusiness.amazonaws.com of account ${account}.`] : []),
      ...(allowed === 'maybe' ? [`The trust of ${name} depends on a condition that Tocsin cannot judge.`] : []),
      ...(anybody === 'yes' ? [`The trust of ${name} has no aws:SourceAccount: the Q Business of any account could assume it.`] : []),
    ],
  };
}

interface Own {
  readonly by: 'simulation' | 'documents';
  readonly list: { readonly answer: Answer; readonly why: string };
  readonly read: { readonly answer: Answer; readonly why: string };
}

async function permissionsOf(aws: Aws, role: Role, bucket: string, key: string): Promise<Own> {
  try {
    const [list, read] = await Promise.all([
      aws.iam.simulate(role.arn, ['s3:ListBucket'], [bucket]),
      aws.iam.simulate(role.arn, ['s3:GetObject'], [`${bucket}/${key}`]),
    ]);
    const said = (results: typeof list) => {
      const [result] = results;
      const why = result?.explicitly === true ? ': one of its policies denies it' : '';
      return { answer: result?.allowed === true ? ('yes' as const) : ('no' as const), why };
    };
    return { by: 'simulation', list: said(list), read: said(read) };
  } catch (error) {
    if (!(error instanceof AwsError) || error.reason !== 'denied') throw error;
    const known = role.policies.map(({ document }) => statementsOf(document));
    const statements = known.flatMap((some): Statement[] => some ?? []);
    const asks = (action: string, resource: string) => {
      const { allowed, denied, by } = judge(statements, { action, resource, keys: {} });
      return { answer: allowed === 'no' && known.includes(null) ? ('maybe' as const) : allowed, why: denied ? `: ${by} denies it` : '' };
    };
    return { by: 'documents', list: asks('s3:ListBucket', bucket), read: asks('s3:GetObject', `${bucket}/${key}`) };
  }
}

/** Within one account the role's own policies or the bucket's may allow, and either may deny. */
function combined(
  own: Own['list'],
  theirs: readonly Statement[] | null,
  role: string,
  action: string,
  resource: string,
): { readonly answer: Said; readonly denied: string[] } {
  const request = {
    action,
    resource,
    principal: { kind: 'AWS' as const, name: role },
    keys: { 'aws:SecureTransport': 'true', 'aws:PrincipalArn': role },
  };
  const against = denials(theirs ?? [], request);
  const denied = against.filter(({ surely }) => surely).map(({ name }) => name);
  if (denied.length > 0) return { answer: 'no', denied };
  const granted = theirs === null ? 'no' : judge(theirs, request).allowed;
  const best = own.answer === 'yes' || granted === 'yes' ? 'yes' : own.answer === 'maybe' || granted === 'maybe' ? 'maybe' : 'no';
  return { answer: best === 'yes' && against.length > 0 ? 'maybe' : best, denied: [] };
}

async function visible<T>(look: () => Promise<T>): Promise<T | 'denied'> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof AwsError && error.reason === 'denied') return 'denied';
    throw error;
  }
}
