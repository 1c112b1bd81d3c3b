import type { Account } from '../account.ts';
import { crawl } from '../services/qbusiness/crawl.ts';
import { newJob } from '../services/qbusiness/data-sources.ts';
import type { Application, DataSource, Index, SyncJob, Topic } from '../services/qbusiness/state.ts';
import { logGroupOf, reportJob } from '../services/qbusiness/sync-log.ts';
import { KNOWLEDGE, REPORTS, type SeedVersion } from './documents.ts';
import { writeDriftEvidence } from './evidence.ts';
import { dataJson, NAMES } from './names.ts';
import { seedBuckets, seedRoles } from './seed-access.ts';
import { seedAlarms } from './seed-alarms.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The commit that the repository's default branch stands at. */
export const GIT_SHA = '518a928d72678a05418d7cb22d442068f1481b90';

/** The source of truth, as the repository keeps it: shaped like an update. */
interface Source {
  readonly responseScope: string;
  readonly blockedPhrasesConfigurationUpdate: { readonly blockedPhrasesToCreateOrUpdate: readonly string[]; readonly systemMessageOverride: string };
  readonly topicConfigurationsToCreateOrUpdate: readonly Topic[];
}

/** The chat controls that the source asks for. */
export function sourceControls(): Application['controls'] {
  const {
    responseScope,
    blockedPhrasesConfigurationUpdate: phrases,
    topicConfigurationsToCreateOrUpdate: topics,
  } = dataJson<Source>('topic-controls.json');
  return {
    responseScope,
    blockedPhrases: { blockedPhrases: phrases.blockedPhrasesToCreateOrUpdate, systemMessageOverride: phrases.systemMessageOverride },
    topicConfigurations: topics,
  };
}

/** Puts the VaultMesh platform into an account: in sync and healthy, with a history of some days. */
export function seedVaultMesh(account: Account): void {
  const now = account.now();
  const created = new Date(now - 120 * DAY);
  seedBuckets(account, created);
  seedRoles(account, created);
  seedApplication(account, created);
  seedKnowledge(account, now);
  seedAlarms(account, now);
  seedTrail(account, now);
  for (const [hours, runId] of [
    [26, '18630000001'],
    [3, '18630000002'],
  ] as const) {
    writeDriftEvidence(account, { at: now - hours * HOUR, gitSha: GIT_SHA, runId });
  }
  // The newest run broke off before it had written everything.
  writeDriftEvidence(account, { at: now - HOUR, gitSha: GIT_SHA, runId: '18630000003', missing: ['diff', 'remote'] });
}

function seedApplication(account: Account, created: Date): void {
  const source = (id: string, displayName: string, bucket: string, role: string, syncSchedule: string): DataSource => {
    const configuration = dataJson<Record<string, unknown>>('s3-ds.json');
    return {
      id,
      displayName,
      description: `Amazon S3 bucket ${bucket}`,
      configuration: { ...configuration, connectionConfiguration: { repositoryEndpointMetadata: { BucketName: bucket } } },
      syncSchedule,
      roleArn: account.iam.roleArn(role),
      created,
      updated: created,
      jobs: [],
    };
  };
  const index: Index = {
    id: NAMES.indexId,
    displayName: 'vaultmesh-index',
    type: 'ENTERPRISE',
    units: 1,
    created,
    updated: created,
    documents: new Map(),
    dataSources: new Map([
      [NAMES.dataSourceId, source(NAMES.dataSourceId, 'vaultmesh-s3', NAMES.knowledgeBucket, NAMES.role, '')],
      [
        NAMES.reportsDataSourceId,
        source(NAMES.reportsDataSourceId, 'vaultmesh-reports', NAMES.reportsBucket, `${NAMES.role}-reports`, 'cron(0 2 * * ? *)'),
      ],
    ]),
  };
  account.qbusiness.applications.set(NAMES.applicationId, {
    id: NAMES.applicationId,
    displayName: 'VaultMesh-Knowledge',
    description: 'VaultMesh knowledge assistant',
    identityType: 'AWS_IAM_IDC',
    roleArn: `arn:aws:iam::${account.id}:role/aws-service-role/qbusiness.amazonaws.com/AWSServiceRoleForQBusiness`,
    created,
    updated: created,
    controls: sourceControls(),
    tokens: new Map(),
    indices: new Map([[index.id, index]]),
  });
  account.logs.createGroup(logGroupOf(NAMES.applicationId), created.getTime(), 90);
  account.logs.createGroup('/aws/lambda/qbusiness-nosync', created.getTime());
}

/** Documents and syncs in the order of time: each sync finds what was there then. */
function seedKnowledge(account: Account, now: number): void {
  const index = account.qbusiness.applications.get(NAMES.applicationId)?.indices.get(NAMES.indexId);
  if (index === undefined) throw new Error('The index is not there.');
  const writes = [
    ...KNOWLEDGE.map((version) => ({ hours: version.hoursAgo, run: () => write(account, NAMES.knowledgeBucket, version, now) })),
    ...REPORTS.map((version) => ({ hours: version.hoursAgo, run: () => write(account, NAMES.reportsBucket, version, now) })),
  ];
  const syncs = [
    ...[101, 77, 53, 29, 5].map((hours) => ({ hours, run: () => sync(account, index, NAMES.dataSourceId, now - hours * HOUR) })),
    ...[61, 37, 13].map((hours) => ({ hours, run: () => sync(account, index, NAMES.reportsDataSourceId, now - hours * HOUR) })),
  ];
  for (const { run } of [...writes, ...syncs].sort((left, right) => right.hours - left.hours)) run();
}

function write(account: Account, bucket: string, { key, hoursAgo, text }: SeedVersion, now: number): void {
  const at = new Date(now - hoursAgo * HOUR);
  const store = account.s3.buckets.get(bucket);
  if (text === null) store?.remove(key, at);
  else store?.put(key, Buffer.from(text), { 'content-type': key.endsWith('.json') ? 'application/json' : 'text/markdown' }, [], at);
}

function sync(account: Account, index: Index, dataSourceId: string, start: number): void {
  const dataSource = index.dataSources.get(dataSourceId);
  if (dataSource === undefined) return;
  const end = start + 7 * MINUTE;
  const documents = crawl(account, index, dataSource, new Date(end));
  const count = (action: string): number => documents.filter((one) => one.action === action).length;
  const metrics = {
    added: count('Add'),
    modified: count('Modify'),
    deleted: count('Delete'),
    failed: 0,
    scanned: documents.length - count('Delete'),
  };
  const job: SyncJob = { ...newJob(start), end, status: 'SUCCEEDED', metrics };
  dataSource.jobs.push(job);
  index.updated = new Date(end);
  reportJob(account, NAMES.applicationId, dataSource, job, documents);
}

/** The pipeline's own changes, which are expected. */
function seedTrail(account: Account, now: number): void {
  const principal = { arn: `arn:aws:sts::${account.id}:assumed-role/${NAMES.pipelineRole}/GitHubActions`, accessKeyId: 'ASIASIMULATEDPIPELN0' };
  const shared = { source: 'qbusiness.amazonaws.com', principal, sourceIp: '20.102.38.122', userAgent: 'aws-cli/2.31.0 exec-env/GitHubActions' };
  const request = { applicationId: NAMES.applicationId, ...sourceControlsRequest() };
  account.trail.record({ ...shared, name: 'UpdateChatControlsConfiguration', request, time: now - 30 * DAY });
  account.trail.record({ ...shared, name: 'UpdateChatControlsConfiguration', request, time: now - 9 * DAY });
}

function sourceControlsRequest(): Record<string, unknown> {
  const { responseScope, blockedPhrasesConfigurationUpdate, topicConfigurationsToCreateOrUpdate } = dataJson<Source>('topic-controls.json');
  return { responseScope, blockedPhrasesConfigurationUpdate, topicConfigurationsToCreateOrUpdate };
}
