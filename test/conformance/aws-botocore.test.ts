import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AwsSimulator, startAwsSimulator } from '../../simulators/aws/index.ts';
import { run } from './helpers/program.ts';

const SCRIPT = new URL('./helpers/botocore_calls.py', import.meta.url).pathname;

let simulator: AwsSimulator;

beforeAll(async () => {
  simulator = await startAwsSimulator({ trailDelayMs: 0 });
  simulator.vaultmesh.startConsoleChange();
});
afterAll(async () => await simulator?.stop());

interface Call {
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

interface Result {
  readonly operation: string;
  readonly error: string | null;
  readonly problems: readonly string[];
  readonly output: Readonly<Record<string, unknown>> | null;
}

async function make(calls: readonly Call[]): Promise<readonly Result[]> {
  const environment = simulator.environment();
  const ran = await run('python3', [SCRIPT, simulator.url, JSON.stringify(calls)], { environment, install: 'pip install botocore awscli' });
  if (ran.code !== 0) throw new Error(`botocore is needed (pip install botocore awscli): ${ran.stderr}`);
  return JSON.parse(ran.stdout) as readonly Result[];
}

/** Calls of one service, in order; each answer must fit botocore's model of it. */
function fits(service: string, operations: () => readonly (readonly [operation: string, input: Readonly<Record<string, unknown>>])[]): void {
  test(`${service}: botocore's model takes every answer`, async () => {
    const calls = operations().map(([operation, input]) => ({ service, operation, input }));
    const results = await make(calls);
    expect(results.map(({ operation, error, problems }) => ({ operation, error, problems }))).toEqual(
      calls.map(({ operation }) => ({ operation: `${service}:${operation}`, error: null, problems: [] })),
    );
  });
}

const names = () => simulator.vaultmesh.names;
const application = () => ({ applicationId: names().applicationId });
const index = () => ({ ...application(), indexId: names().indexId });
const dataSource = () => ({ ...index(), dataSourceId: names().dataSourceId });

fits('qbusiness', () => [
  ['ListApplications', {}],
  ['GetApplication', application()],
  ['ListIndices', application()],
  ['GetIndex', index()],
  ['GetChatControlsConfiguration', { ...application(), maxResults: 1 }],
  ['UpdateChatControlsConfiguration', { ...application(), blockedPhrasesConfigurationUpdate: { blockedPhrasesToCreateOrUpdate: ['secret'] } }],
  ['ListDataSources', index()],
  ['GetDataSource', dataSource()],
  ['UpdateDataSource', { ...dataSource(), syncSchedule: 'cron(0 1 * * ? *)', configuration: simulator.vaultmesh.dataSource().configuration }],
  ['StartDataSourceSyncJob', dataSource()],
  ['ListDataSourceSyncJobs', { ...dataSource(), maxResults: 5, startTime: '2020-01-01T00:00:00Z' }],
  ['ListDataSourceSyncJobs', { ...dataSource(), statusFilter: 'SUCCEEDED' }],
  ['StopDataSourceSyncJob', dataSource()],
  ['ListDocuments', { ...index(), dataSourceIds: [names().dataSourceId], maxResults: 2 }],
  ['BatchPutDocument', { ...index(), documents: [{ id: 'note', title: 'A note', content: { blob: 'text' } }] }],
  ['BatchDeleteDocument', { ...index(), documents: [{ documentId: 'note' }, { documentId: `s3://${names().knowledgeBucket}/README.md` }] }],
]);

fits('cloudtrail', () => [
  [
    'LookupEvents',
    {
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'UpdateChatControlsConfiguration' }],
      StartTime: '2020-01-01T00:00:00Z',
      MaxResults: 1,
    },
  ],
]);

fits('cloudwatch', () => [
  ['DescribeAlarms', {}],
  ['DescribeAlarms', { AlarmNames: [names().alarm], StateValue: 'OK' }],
  ['ListMetrics', { Namespace: names().metricNamespace, Dimensions: [{ Name: 'App' }] }],
  ['PutMetricData', { Namespace: 'Test', MetricData: [{ MetricName: 'Seen', Value: 3, Unit: 'Count', Dimensions: [{ Name: 'App', Value: 'x' }] }] }],
  [
    'GetMetricStatistics',
    {
      Namespace: 'Test',
      MetricName: 'Seen',
      Dimensions: [{ Name: 'App', Value: 'x' }],
      StartTime: new Date(Date.now() - 3_600_000).toISOString(),
      EndTime: new Date(Date.now() + 3_600_000).toISOString(),
      Period: 60,
      Statistics: ['Sum', 'Average'],
    },
  ],
  [
    'GetMetricData',
    {
      StartTime: new Date(Date.now() - 3_600_000).toISOString(),
      EndTime: new Date(Date.now() + 3_600_000).toISOString(),
      MetricDataQueries: [
        {
          Id: 'seen',
          MetricStat: {
            Metric: { Namespace: 'Test', MetricName: 'Seen', Dimensions: [{ Name: 'App', Value: 'x' }] },
            Period: 60,
            Stat: 'Sum',
          },
        },
      ],
    },
  ],
  [
    'PutMetricAlarm',
    {
      AlarmName: 'test',
      Namespace: 'Test',
      MetricName: 'Seen',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1.5,
      ComparisonOperator: 'GreaterThanThreshold',
    },
  ],
  ['SetAlarmState', { AlarmName: 'test', StateValue: 'ALARM', StateReason: 'a test' }],
]);

fits('logs', () => [
  ['DescribeLogGroups', { logGroupNamePrefix: '/aws/qbusiness' }],
  ['DescribeLogStreams', { logGroupName: names().logGroup, orderBy: 'LastEventTime', descending: true }],
  ['FilterLogEvents', { logGroupName: names().logGroup, filterPattern: '{ $.LogLevel = "Info" }', limit: 3 }],
  [
    'GetLogEvents',
    {
      logGroupName: names().logGroup,
      logStreamName: `${names().dataSourceId}/${simulator.vaultmesh.syncJobs().at(-1)?.executionId}`,
      startFromHead: true,
    },
  ],
]);

fits('iam', () => [
  ['GetRole', { RoleName: names().role }],
  ['ListRolePolicies', { RoleName: names().role }],
  ['GetRolePolicy', { RoleName: names().role, PolicyName: names().inlinePolicy }],
  ['ListAttachedRolePolicies', { RoleName: names().role }],
  ['GetPolicy', { PolicyArn: `arn:aws:iam::${simulator.accountId}:policy/${names().rolePolicy}` }],
  ['GetPolicyVersion', { PolicyArn: `arn:aws:iam::${simulator.accountId}:policy/${names().rolePolicy}`, VersionId: 'v1' }],
  [
    'SimulatePrincipalPolicy',
    { PolicySourceArn: names().roleArn, ActionNames: ['s3:GetObject', 's3:DeleteObject'], ResourceArns: ['arn:aws:s3:::x/y'] },
  ],
]);

fits('events', () => [
  ['PutRule', { Name: 'test', EventPattern: '{"source":["aws.qbusiness"]}', Description: 'a test' }],
  ['PutTargets', { Rule: 'test', Targets: [{ Id: 'topic', Arn: names().topicArn }] }],
  ['DescribeRule', { Name: 'test' }],
  ['ListRules', { NamePrefix: 'te' }],
  ['ListTargetsByRule', { Rule: 'test' }],
  ['RemoveTargets', { Rule: 'test', Ids: ['topic', 'other'] }],
  ['DeleteRule', { Name: 'test' }],
]);

fits('sns', () => [
  ['ListTopics', {}],
  ['GetTopicAttributes', { TopicArn: names().topicArn }],
  ['SetTopicAttributes', { TopicArn: names().topicArn, AttributeName: 'SignatureVersion', AttributeValue: '2' }],
  ['Subscribe', { TopicArn: names().topicArn, Protocol: 'email', Endpoint: 'a@example.org', ReturnSubscriptionArn: true }],
  ['ListSubscriptionsByTopic', { TopicArn: names().topicArn }],
  ['Publish', { TopicArn: names().topicArn, Subject: 'a test', Message: 'of Ü' }],
]);

fits('sts', () => [['GetCallerIdentity', {}]]);

fits('s3', () => {
  const { auditBucket: Bucket, knowledgeBucket } = names();
  return [
    ['ListBuckets', {}],
    ['GetBucketLocation', { Bucket }],
    ['GetBucketVersioning', { Bucket }],
    ['GetBucketPolicy', { Bucket }],
    ['GetBucketLifecycleConfiguration', { Bucket: knowledgeBucket }],
    ['HeadBucket', { Bucket }],
    ['PutObject', { Bucket, Key: 'a key:with+signs&', Body: 'content', Tagging: 'a=b', Metadata: { who: 'me' } }],
    ['HeadObject', { Bucket, Key: 'a key:with+signs&' }],
    ['GetObject', { Bucket, Key: 'a key:with+signs&', Range: 'bytes=1-3' }],
    ['CopyObject', { Bucket, Key: 'copy', CopySource: { Bucket, Key: 'a key:with+signs&' } }],
    ['PutObjectTagging', { Bucket, Key: 'copy', Tagging: { TagSet: [{ Key: 'incident_id', Value: 'INC-2026-0001' }] } }],
    ['GetObjectTagging', { Bucket, Key: 'copy' }],
    ['ListObjectsV2', { Bucket, Delimiter: '/', MaxKeys: 2 }],
    ['ListObjectVersions', { Bucket, Prefix: 'c' }],
    ['CreateMultipartUpload', { Bucket, Key: 'large' }],
    ['ListMultipartUploads', { Bucket }],
    ['DeleteObject', { Bucket, Key: 'copy' }],
    ['DeleteObjects', { Bucket, Delete: { Objects: [{ Key: 'copy' }, { Key: 'a key:with+signs&' }] } }],
  ];
});

test('errors have the codes that botocore knows', async () => {
  const missing = { applicationId: '00000000-0000-4000-8000-00000000000f' };
  const calls: readonly (readonly [Call, string])[] = [
    [{ service: 'qbusiness', operation: 'GetApplication', input: missing }, 'ResourceNotFoundException'],
    [{ service: 'qbusiness', operation: 'ChatSync', input: { ...application(), userMessage: 'Who?' } }, 'AccessDeniedException'],
    [{ service: 'cloudwatch', operation: 'SetAlarmState', input: { AlarmName: 'no', StateValue: 'OK', StateReason: '' } }, 'ResourceNotFound'],
    [{ service: 'logs', operation: 'FilterLogEvents', input: { logGroupName: 'no' } }, 'ResourceNotFoundException'],
    [{ service: 'iam', operation: 'GetRole', input: { RoleName: 'no' } }, 'NoSuchEntity'],
    [{ service: 'events', operation: 'DescribeRule', input: { Name: 'no' } }, 'ResourceNotFoundException'],
    [{ service: 'sns', operation: 'GetTopicAttributes', input: { TopicArn: `${names().topicArn}-no` } }, 'NotFound'],
    [{ service: 's3', operation: 'GetObject', input: { Bucket: names().auditBucket, Key: 'no' } }, 'NoSuchKey'],
    [{ service: 's3', operation: 'HeadObject', input: { Bucket: names().auditBucket, Key: 'no' } }, '404'],
    [{ service: 's3', operation: 'GetObjectLockConfiguration', input: { Bucket: names().auditBucket } }, 'ObjectLockConfigurationNotFoundError'],
    [{ service: 's3', operation: 'GetBucketLifecycleConfiguration', input: { Bucket: names().auditBucket } }, 'NoSuchLifecycleConfiguration'],
  ];
  const results = await make(calls.map(([call]) => call));
  expect(results.map(({ operation, error }) => [operation, error])).toEqual(
    calls.map(([{ service, operation }, code]) => [`${service}:${operation}`, code]),
  );
});
