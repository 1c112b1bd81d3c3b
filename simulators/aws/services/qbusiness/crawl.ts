import type { Account } from '../../account.ts';
import { like } from '../iam/policy.ts';
import { bucketOf, type DataSource, type Index, type IndexedDocument, isRunning, type SyncJob, type SyncMetrics } from './state.ts';
import { reportJob } from './sync-log.ts';

/** A document may have this many bytes; user guide, "Service quotas": 50 MB. */
const MAX_DOCUMENT = 50 * 1024 * 1024;
/** How long a job takes to stop, ms. */
const STOPS_WITHIN = 10_000;
const SEEN = /\.(md|txt|rst|json|csv|html)$/;

/** What became of one object during a crawl. */
export interface CrawledDocument {
  readonly id: string;
  readonly title: string;
  readonly action: 'Add' | 'Modify' | 'Delete' | 'Unchanged';
  readonly failure: string | null;
}

interface Failure {
  readonly message: string;
  readonly code: 'InternalError' | 'InvalidRequest' | 'ResourceInactive' | 'ResourceNotFound';
  readonly sourceCode?: string;
}

/** Brings every running job to where it is at the account's time. */
export function advanceJobs(account: Account): void {
  for (const application of account.qbusiness.applications.values()) {
    for (const index of application.indices.values()) {
      for (const dataSource of index.dataSources.values()) {
        for (const job of dataSource.jobs.filter(isRunning)) advance(account, application.id, index, dataSource, job);
      }
    }
  }
}

function advance(account: Account, applicationId: string, index: Index, dataSource: DataSource, job: SyncJob): void {
  const now = account.now();
  const takes = account.qbusiness.syncTakesMs;
  if (job.stopped !== undefined) {
    if (now < job.stopped + STOPS_WITHIN) return;
    Object.assign(job, { status: 'ABORTED', end: job.stopped + STOPS_WITHIN });
    return reportJob(account, applicationId, dataSource, job, []);
  }
  const crawled = job.start + takes / 3;
  if (now < crawled || (job.status === 'SYNCING_INDEXING' && now < job.start + takes)) return;
  const failure = failureOf(account, dataSource, job);
  if (failure !== null) {
    job.status = 'FAILED';
    job.end = crawled;
    job.error = { errorMessage: failure.message, errorCode: failure.code };
    if (failure.sourceCode !== undefined) job.dataSourceErrorCode = failure.sourceCode;
    return reportJob(account, applicationId, dataSource, job, []);
  }
  if (now < job.start + takes) {
    job.status = 'SYNCING_INDEXING';
    job.metrics = { ...job.metrics, scanned: objectsOf(account, dataSource).length };
    return;
  }
  job.end = job.start + takes;
  finish(account, applicationId, index, dataSource, job);
}

/** Ends a job now with what it finds. */
function finish(account: Account, applicationId: string, index: Index, dataSource: DataSource, job: SyncJob): void {
  const time = new Date(job.end ?? account.now());
  const documents = crawl(account, index, dataSource, time);
  job.metrics = metricsOf(documents);
  job.status = job.metrics.failed > 0 ? 'INCOMPLETE' : 'SUCCEEDED';
  index.updated = time;
  reportJob(account, applicationId, dataSource, job, documents);
}

/** Puts into the index what the bucket holds now, without a job; for the seed. */
export function crawl(account: Account, index: Index, dataSource: DataSource, time: Date): CrawledDocument[] {
  const bucket = bucketOf(dataSource) ?? '';
  const found = new Set<string>();
  const crawled = objectsOf(account, dataSource).map((object): CrawledDocument => {
    const id = `s3://${bucket}/${object.key}`;
    const title = object.key.split('/').at(-1) ?? object.key;
    found.add(id);
    const failure = mayRead(account, dataSource, `arn:aws:s3:::${bucket}/${object.key}`) ? null : 'Access denied: s3:GetObject';
    const before = index.documents.get(id);
    const action = before === undefined ? 'Add' : before.etag === object.etag ? 'Unchanged' : 'Modify';
    if (failure === null && action !== 'Unchanged') index.documents.set(id, documentOf(id, title, dataSource.id, object, before, time));
    return { id, title, action, failure };
  });
  const gone = [...index.documents.values()].filter(({ id, dataSourceId }) => dataSourceId === dataSource.id && !found.has(id));
  for (const { id } of gone) index.documents.delete(id);
  return [...crawled, ...gone.map(({ id, title }): CrawledDocument => ({ id, title, action: 'Delete', failure: null }))];
}

interface LiveObject {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly bytes: Buffer;
}

function documentOf(
  id: string,
  title: string,
  dataSourceId: string,
  { etag, size, bytes, key }: LiveObject,
  before: IndexedDocument | undefined,
  time: Date,
): IndexedDocument {
  const text = SEEN.test(key) ? bytes.toString('utf8').slice(0, 20_000) : title;
  return { id, dataSourceId, title, etag, text, bytes: size, created: before?.created ?? time, updated: time };
}

/** The objects that the connector's configuration asks for, delete markers left out. */
function objectsOf(account: Account, dataSource: DataSource): LiveObject[] {
  const bucket = account.s3.buckets.get(bucketOf(dataSource) ?? '');
  const wanted = filterOf(dataSource);
  return (bucket?.entries('') ?? []).flatMap(([key, [newest]]) =>
    newest?.bytes == null || !wanted(key) ? [] : [{ key, etag: newest.etag, size: newest.size, bytes: newest.bytes }],
  );
}

function filterOf({ configuration }: DataSource): (key: string) => boolean {
  const repository = configuration['repositoryConfigurations'] as { document?: Record<string, unknown> } | undefined;
  const settings = { ...repository?.document, ...(configuration['additionalProperties'] as Record<string, unknown> | undefined) };
  const list = (name: string): string[] => (Array.isArray(settings[name]) ? settings[name].map(String) : []);
  const [included, excluded] = [list('inclusionPatterns'), list('exclusionPatterns')].map((patterns) => patterns.map(patternOf));
  const [prefixes, unwanted] = [list('inclusionPrefixes'), list('exclusionPrefixes')];
  return (key) =>
    (included?.length === 0 || included?.some((pattern) => pattern.test(key)) === true) &&
    !excluded?.some((pattern) => pattern.test(key)) &&
    (prefixes.length === 0 || prefixes.some((prefix) => key.startsWith(prefix))) &&
    !unwanted.some((prefix) => key.startsWith(prefix));
}

/** Patterns are regular expressions, or globs as the console writes them. */
function patternOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch {
    return { test: (key: string) => like(pattern, key) } as RegExp;
  }
}

function failureOf(account: Account, dataSource: DataSource, job: SyncJob): Failure | null {
  const name = bucketOf(dataSource) ?? '';
  if (job.start < account.qbusiness.throttledUntil) {
    return { code: 'InternalError', message: 'ThrottlingException: Rate exceeded while calling BatchPutDocument. Try the sync again later.' };
  }
  if (!account.s3.buckets.has(name)) {
    return { code: 'ResourceNotFound', sourceCode: 'NoSuchBucket', message: `The bucket ${name} does not exist or is in another Region.` };
  }
  if (!isTrusted(account, dataSource)) {
    return { code: 'InvalidRequest', message: `Amazon Q Business cannot assume the role ${dataSource.roleArn}. Check the trust policy of the role.` };
  }
  const listable = may(account, dataSource, 's3:ListBucket', `arn:aws:s3:::${name}`);
  const objects = objectsOf(account, dataSource);
  const readable = objects.filter(({ key }) => mayRead(account, dataSource, `arn:aws:s3:::${name}/${key}`));
  if (!listable || (readable.length === 0 && objects.length > 0)) {
    const action = listable ? 's3:GetObject' : 's3:ListBucket';
    const message = `Access Denied: the role ${dataSource.roleArn} is not authorized to perform ${action} on the bucket ${name}.`;
    return { code: 'InvalidRequest', sourceCode: 'AccessDenied', message };
  }
  const large = objects.find(({ size }) => size > MAX_DOCUMENT);
  if (large === undefined) return null;
  const message = `The sync timed out: the document s3://${name}/${large.key} of ${large.size} bytes exceeds the maximum of ${MAX_DOCUMENT} bytes.`;
  return { code: 'InternalError', sourceCode: 'RequestTimeout', message };
}

function mayRead(account: Account, dataSource: DataSource, resource: string): boolean {
  return may(account, dataSource, 's3:GetObject', resource);
}

function may(account: Account, { roleArn }: DataSource, action: string, resource: string): boolean {
  return (
    account.decide({ arn: roleArn, policies: (account.iam.policiesOf(roleArn) ?? []).map(([, policy]) => policy) }, { action, resource }) ===
    'allowed'
  );
}

function isTrusted({ id, iam }: Account, { roleArn }: DataSource): boolean {
  const role = [...iam.roles.values()].find(({ name }) => iam.roleArn(name) === roleArn);
  return role !== undefined && iam.isTrusted(role, 'qbusiness.amazonaws.com', id);
}

function metricsOf(documents: readonly CrawledDocument[]): SyncMetrics {
  const count = (test: (document: CrawledDocument) => boolean): number => documents.filter(test).length;
  const worked = (action: CrawledDocument['action']): number => count((one) => one.action === action && one.failure === null);
  return {
    added: worked('Add'),
    modified: worked('Modify'),
    deleted: worked('Delete'),
    failed: count(({ failure }) => failure !== null),
    scanned: count(({ action }) => action !== 'Delete'),
  };
}
