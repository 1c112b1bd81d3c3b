import { randomUUID } from 'node:crypto';
import type { Account } from '../account.ts';
import type { AlarmState } from '../services/cloudwatch/state.ts';
import { newJob } from '../services/qbusiness/data-sources.ts';
import { type ChatControls, type DataSource, type IndexedDocument, isRunning, type SyncJob } from '../services/qbusiness/state.ts';
import { logGroupOf } from '../services/qbusiness/sync-log.ts';
import { type DriftEvidence, type DriftRun, writeDriftEvidence } from './evidence.ts';
import { dataFile, NAMES } from './names.ts';
import { GIT_SHA, sourceControls } from './seed.ts';

/** Somebody who changes things by hand, in the console. */
export interface ConsoleChange {
  /** The user's name; `mallory`, when it is left out. */
  readonly by?: string;
  /** ms; ten minutes ago, when it is left out, so that CloudTrail knows of it. */
  readonly at?: number;
}

/** One version of an object as AWS has it. */
export interface ObjectVersion {
  readonly key: string;
  readonly versionId: string;
  readonly latest: boolean;
  readonly deleteMarker: boolean;
  readonly size: number;
  readonly etag: string;
  readonly modified: Date;
  readonly tags: Readonly<Record<string, string>>;
  /** `null` for a delete marker and for sparse objects. */
  readonly text: string | null;
}

/** The VaultMesh platform as AWS sees it, and what may happen to it. */
export interface VaultMesh {
  readonly names: typeof NAMES & { readonly topicArn: string; readonly roleArn: string; readonly logGroup: string };
  /** `02-qbusiness/guardrails/topic-controls.json` of the repository. */
  source(): string;
  chatControls(): ChatControls;
  /** What the source asks for, shaped like the API's answer. */
  sourceControls(): ChatControls;
  isInSync(): boolean;
  /** Somebody changes the chat controls in the console: a phrase goes, another comes, a topic goes. */
  startConsoleChange(change?: ConsoleChange): void;
  /** Whether what was changed in the console is still there. */
  isChangedInConsole(): boolean;
  /** Puts back what was before the change in the console, without a trace. */
  endConsoleChange(): void;
  /** What a run of the drift workflow leaves behind. */
  recordDrift(run?: Partial<DriftRun>): DriftEvidence;
  dataSource(id?: string): DataSource;
  /** Newest first. */
  syncJobs(dataSourceId?: string): readonly SyncJob[];
  /** Starts a sync, as the pipeline does; the running one, where there is one. */
  startSync(options?: { readonly dataSourceId?: string; readonly at?: number }): SyncJob;
  /** What the index holds. */
  documents(): readonly IndexedDocument[];
  /** Every version in a bucket, by key and newest first. */
  versions(bucket: string, prefix?: string): readonly ObjectVersion[];
  /** The live objects of a bucket. */
  objects(bucket: string, prefix?: string): readonly ObjectVersion[];
  putObject(bucket: string, key: string, text: string, at?: Date): void;
  /** From now on the bucket's policy denies what is written without these headers; what is in it was written with them. */
  demandHeaders(bucket: string, headers: Readonly<Record<string, string>>): void;
  /** An object that pretends to be of this size. */
  putSparseObject(bucket: string, key: string, size: number): void;
  deleteObject(bucket: string, key: string): void;
  /** Holds an alarm in a state, or lets its metric decide again. */
  holdAlarm(name: string, state: AlarmState | null): void;
  /** Subscribes an HTTP endpoint to the topic of the alarms; it confirms by visiting the link that it is sent. */
  subscribe(url: string): void;
  /** Publishes as a Lambda or a workflow of the platform does, `subject` empty for none; the message's id. */
  publish(subject: string, message: string): string;
}

const MINUTE = 60_000;
const CONSOLE = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';

export function vaultMeshWorld(account: Account, gitSha: () => string = () => GIT_SHA): VaultMesh {
  const application = need(account.qbusiness.applications.get(NAMES.applicationId), 'application');
  const index = need(application.indices.get(NAMES.indexId), 'index');
  const topicArn = account.sns.arn(NAMES.topic);
  const bucketOf = (name: string) => need(account.s3.buckets.get(name), `bucket ${name}`);
  const dataSource = (id: string = NAMES.dataSourceId): DataSource => need(index.dataSources.get(id), `data source ${id}`);

  /** The chat controls before somebody changed them in the console. */
  let before: ChatControls | null = null;

  function versions(bucket: string, prefix = ''): ObjectVersion[] {
    return bucketOf(bucket)
      .entries(prefix)
      .flatMap(([key, all]) =>
        all.map(({ versionId, bytes, size, etag, modified, tags }, at) => ({
          key,
          versionId,
          latest: at === 0,
          deleteMarker: bytes === null,
          size,
          etag,
          modified,
          tags: Object.fromEntries(tags),
          text: bytes === null || bytes.length !== size ? null : bytes.toString('utf8'),
        })),
      );
  }

  return {
    names: { ...NAMES, topicArn, roleArn: account.iam.roleArn(NAMES.role), logGroup: logGroupOf(NAMES.applicationId) },
    source: () => dataFile('topic-controls.json'),
    chatControls: () => application.controls,
    sourceControls,
    isInSync: () => same(application.controls, sourceControls()),
    startConsoleChange({ by = 'mallory', at = account.now() - 10 * MINUTE } = {}) {
      const update = {
        blockedPhrasesConfigurationUpdate: { blockedPhrasesToCreateOrUpdate: ['project nightjar'], blockedPhrasesToDelete: ['secret'] },
        topicConfigurationsToDelete: application.controls.topicConfigurations.filter(({ name }) => name === 'confidential-business-info'),
      };
      before = application.controls;
      const { blockedPhrases, topicConfigurations } = application.controls;
      application.controls = {
        ...application.controls,
        blockedPhrases: {
          ...blockedPhrases,
          blockedPhrases: [...new Set([...blockedPhrases.blockedPhrases, 'project nightjar'])].filter((phrase) => phrase !== 'secret'),
        },
        topicConfigurations: topicConfigurations.filter(({ name }) => name !== 'confidential-business-info'),
      };
      application.updated = new Date(at);
      account.trail.record({
        name: 'UpdateChatControlsConfiguration',
        source: 'qbusiness.amazonaws.com',
        principal: { arn: `arn:aws:iam::${account.id}:user/${by}`, accessKeyId: 'ASIASIMULATEDCONSOLE' },
        request: { applicationId: NAMES.applicationId, clientToken: randomUUID(), ...update },
        sourceIp: '203.0.113.77',
        userAgent: CONSOLE,
        time: at,
      });
    },
    isChangedInConsole: () => before !== null && !same(application.controls, before),
    endConsoleChange() {
      application.controls = before ?? application.controls;
      application.updated = new Date(account.now());
    },
    recordDrift: (run = {}) =>
      writeDriftEvidence(account, { at: account.now(), gitSha: gitSha(), runId: String(18_630_000_000 + (account.now() % 1_000_000)), ...run }),
    dataSource,
    syncJobs(id) {
      account.advance();
      return dataSource(id).jobs.toReversed();
    },
    startSync({ dataSourceId, at = account.now() } = {}) {
      account.advance();
      const { jobs } = dataSource(dataSourceId);
      const running = jobs.find(isRunning);
      if (running !== undefined) return running;
      const job = newJob(at);
      jobs.push(job);
      account.advance();
      return job;
    },
    documents() {
      account.advance();
      return [...index.documents.values()];
    },
    versions,
    objects: (bucket, prefix) => versions(bucket, prefix).filter(({ latest, deleteMarker }) => latest && !deleteMarker),
    putObject: (bucket, key, text, at) => void bucketOf(bucket).put(key, Buffer.from(text), bucketOf(bucket).demands, [], at),
    demandHeaders(bucket, headers) {
      bucketOf(bucket).demands = headers;
    },
    putSparseObject: (bucket, key, size) => void bucketOf(bucket).putSparse(key, size),
    deleteObject: (bucket, key) => void bucketOf(bucket).remove(key),
    holdAlarm(name, state) {
      const alarm = need(account.cloudwatch.alarms.get(name), `alarm ${name}`);
      const reason = `Threshold Crossed: 1 datapoint [1.0] was ${state === 'ALARM' ? '' : 'not '}greater than or equal to the threshold (1.0).`;
      alarm.held = state === null ? null : { state, reason, until: Number.POSITIVE_INFINITY };
      account.cloudwatch.evaluate();
    },
    subscribe: (url) => void account.sns.subscribe(need(account.sns.topics.get(topicArn), 'topic'), url.split(':')[0] ?? 'http', url, false),
    publish: (subject, message) =>
      account.sns.publish(need(account.sns.topics.get(topicArn), 'topic'), { ...(subject === '' ? {} : { subject }), message }),
  };
}

function need<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`There is no ${what} in the simulated account.`);
  return found;
}

/** Whether two sets of controls mean the same: phrases and topics are sets. */
function same(left: ChatControls, right: ChatControls): boolean {
  const normal = ({ responseScope, blockedPhrases, topicConfigurations }: ChatControls): string =>
    JSON.stringify([
      responseScope,
      blockedPhrases.blockedPhrases.toSorted(),
      blockedPhrases.systemMessageOverride ?? '',
      topicConfigurations.toSorted((one, other) => (one.name < other.name ? -1 : 1)).map((topic) => sortedEntries(topic)),
    ]);
  return normal(left) === normal(right);
}

function sortedEntries(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedEntries);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => [name, sortedEntries(member)]);
}
