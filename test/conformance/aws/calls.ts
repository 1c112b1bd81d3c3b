import type { AwsSimulator } from '../../../simulators/aws/index.ts';

export type Input = Readonly<Record<string, unknown>>;
type Calls = readonly (readonly [operation: string, input: Input])[];

/** What an earlier answer of an operation had. */
function from(operation: string, member: string): object {
  return { $from: operation, member };
}

/** The token of a subscription that waits for its confirmation, as it is sent to its endpoint. */
function pending({ account, vaultmesh }: AwsSimulator): string {
  const topic = account.sns.topics.get(vaultmesh.names.topicArn);
  if (topic === undefined) throw new Error('There is no topic.');
  return account.sns.subscribe(topic, 'email', 'b@example.org', false).token;
}

/** Calls of every operation that is played, by service; those of a service are made in order. */
export function callsOf(simulator: AwsSimulator): Readonly<Record<string, Calls>> {
  const { names } = simulator.vaultmesh;
  const application = { applicationId: names.applicationId };
  const index = { ...application, indexId: names.indexId };
  const dataSource = { ...index, dataSourceId: names.dataSourceId };
  const UploadId = from('CreateMultipartUpload', 'UploadId');
  const { auditBucket: Bucket, knowledgeBucket } = names;
  return {
    qbusiness: [
      ['ListApplications', {}],
      ['GetApplication', application],
      ['ListIndices', application],
      ['GetIndex', index],
      ['GetChatControlsConfiguration', { ...application, maxResults: 1 }],
      ['UpdateChatControlsConfiguration', { ...application, blockedPhrasesConfigurationUpdate: { blockedPhrasesToCreateOrUpdate: ['secret'] } }],
      ['ListDataSources', index],
      ['GetDataSource', dataSource],
      ['UpdateDataSource', { ...dataSource, syncSchedule: 'cron(0 1 * * ? *)', configuration: simulator.vaultmesh.dataSource().configuration }],
      ['StartDataSourceSyncJob', dataSource],
      ['ListDataSourceSyncJobs', { ...dataSource, maxResults: 5, startTime: '2020-01-01T00:00:00Z' }],
      ['ListDataSourceSyncJobs', { ...dataSource, statusFilter: 'SUCCEEDED' }],
      ['StopDataSourceSyncJob', dataSource],
      ['ListDocuments', { ...index, dataSourceIds: [names.dataSourceId], maxResults: 2 }],
      ['ChatSync', { ...application, userMessage: 'Who approves?' }],
      ['BatchPutDocument', { ...index, documents: [{ id: 'note', title: 'A note', content: { blob: 'text' } }] }],
      ['BatchDeleteDocument', { ...index, documents: [{ documentId: 'note' }, { documentId: `s3://${names.knowledgeBucket}/README.md` }] }],
    ],
    cloudtrail: [
      [
        'LookupEvents',
        {
          LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'UpdateChatControlsConfiguration' }],
          StartTime: '2020-01-01T00:00:00Z',
          MaxResults: 1,
        },
      ],
    ],
    cloudwatch: [
      ['DescribeAlarms', {}],
      ['DescribeAlarms', { AlarmNames: [names.alarm], StateValue: 'OK' }],
      ['DescribeAlarmHistory', { AlarmName: names.alarm, HistoryItemType: 'StateUpdate', ScanBy: 'TimestampDescending' }],
      ['ListMetrics', { Namespace: names.metricNamespace, Dimensions: [{ Name: 'App' }] }],
      [
        'PutMetricData',
        { Namespace: 'Test', MetricData: [{ MetricName: 'Seen', Value: 3, Unit: 'Count', Dimensions: [{ Name: 'App', Value: 'x' }] }] },
      ],
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
    ],
    logs: [
      ['DescribeLogGroups', { logGroupNamePrefix: '/aws/qbusiness' }],
      ['DescribeLogStreams', { logGroupName: names.logGroup, orderBy: 'LastEventTime', descending: true }],
      ['FilterLogEvents', { logGroupName: names.logGroup, filterPattern: '{ $.LogLevel = "Info" }', limit: 3 }],
      [
        'GetLogEvents',
        {
          logGroupName: names.logGroup,
          logStreamName: `${names.dataSourceId}/${simulator.vaultmesh.syncJobs().at(-1)?.executionId}`,
          startFromHead: true,
        },
      ],
    ],
    iam: [
      ['GetRole', { RoleName: names.role }],
      ['ListRolePolicies', { RoleName: names.role }],
      ['GetRolePolicy', { RoleName: names.role, PolicyName: names.inlinePolicy }],
      ['ListAttachedRolePolicies', { RoleName: names.role }],
      ['GetPolicy', { PolicyArn: `arn:aws:iam::${simulator.accountId}:policy/${names.rolePolicy}` }],
      ['GetPolicyVersion', { PolicyArn: `arn:aws:iam::${simulator.accountId}:policy/${names.rolePolicy}`, VersionId: 'v1' }],
      [
        'SimulatePrincipalPolicy',
        { PolicySourceArn: names.roleArn, ActionNames: ['s3:GetObject', 's3:DeleteObject'], ResourceArns: ['arn:aws:s3:::x/y'] },
      ],
    ],
    events: [
      ['PutRule', { Name: 'test', EventPattern: '{"source":["aws.qbusiness"]}', Description: 'a test' }],
      ['PutTargets', { Rule: 'test', Targets: [{ Id: 'topic', Arn: names.topicArn }] }],
      ['DescribeRule', { Name: 'test' }],
      ['ListRules', { NamePrefix: 'te' }],
      ['ListTargetsByRule', { Rule: 'test' }],
      ['RemoveTargets', { Rule: 'test', Ids: ['topic', 'other'] }],
      ['DeleteRule', { Name: 'test' }],
    ],
    sns: [
      ['ListTopics', {}],
      ['GetTopicAttributes', { TopicArn: names.topicArn }],
      ['SetTopicAttributes', { TopicArn: names.topicArn, AttributeName: 'SignatureVersion', AttributeValue: '2' }],
      ['Subscribe', { TopicArn: names.topicArn, Protocol: 'email', Endpoint: 'a@example.org', ReturnSubscriptionArn: true }],
      ['ConfirmSubscription', { TopicArn: names.topicArn, Token: pending(simulator) }],
      ['ListSubscriptionsByTopic', { TopicArn: names.topicArn }],
      ['Unsubscribe', { SubscriptionArn: from('ConfirmSubscription', 'SubscriptionArn') }],
      ['Publish', { TopicArn: names.topicArn, Subject: 'a test', Message: 'of Ü' }],
    ],
    sts: [['GetCallerIdentity', {}]],
    s3: [
      [
        'CreateBucket',
        { Bucket: 'made-here', ObjectLockEnabledForBucket: true, CreateBucketConfiguration: { LocationConstraint: simulator.region } },
      ],
      ['PutBucketVersioning', { Bucket: 'made-here', VersioningConfiguration: { Status: 'Enabled' } }],
      [
        'PutObjectLockConfiguration',
        {
          Bucket: 'made-here',
          ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 365 } } },
        },
      ],
      ['GetObjectLockConfiguration', { Bucket: 'made-here' }],
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
      ['UploadPart', { Bucket, Key: 'large', UploadId, PartNumber: 1, Body: { $bytes: 5 * 1024 * 1024 } }],
      ['UploadPartCopy', { Bucket, Key: 'large', UploadId, PartNumber: 2, CopySource: { Bucket, Key: 'copy' } }],
      ['ListParts', { Bucket, Key: 'large', UploadId }],
      [
        'CompleteMultipartUpload',
        {
          Bucket,
          Key: 'large',
          UploadId,
          MultipartUpload: {
            Parts: [
              { PartNumber: 1, ETag: from('UploadPart', 'ETag') },
              { PartNumber: 2, ETag: from('UploadPartCopy', 'CopyPartResult.ETag') },
            ],
          },
        },
      ],
      ['CreateMultipartUpload', { Bucket, Key: 'larger' }],
      ['AbortMultipartUpload', { Bucket, Key: 'larger', UploadId }],
      ['DeleteObjectTagging', { Bucket, Key: 'copy' }],
      ['DeleteObject', { Bucket, Key: 'copy' }],
      ['DeleteObjects', { Bucket, Delete: { Objects: [{ Key: 'copy' }, { Key: 'a key:with+signs&' }] } }],
    ],
  };
}
