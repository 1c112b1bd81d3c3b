export interface BlockedPhrases {
  readonly blockedPhrases: readonly string[];
  readonly systemMessageOverride?: string | undefined;
}

/** One topic-level control; Q Business API reference, TopicConfiguration. */
export interface Topic {
  readonly name: string;
  readonly description?: string | undefined;
  readonly exampleChatMessages?: readonly string[] | undefined;
  readonly rules: readonly unknown[];
}

/** What GetChatControlsConfiguration answers. */
export interface ChatControls {
  readonly responseScope: string;
  readonly blockedPhrases: BlockedPhrases;
  readonly topicConfigurations: readonly Topic[];
  readonly creatorModeConfiguration?: { readonly creatorModeControl: string } | undefined;
  readonly hallucinationReductionConfiguration?: { readonly hallucinationReductionControl?: string | undefined } | undefined;
  readonly orchestrationConfiguration?: { readonly control: string } | undefined;
}

export interface Application {
  readonly id: string;
  readonly displayName: string;
  readonly description: string;
  readonly identityType: 'AWS_IAM_IDC' | 'ANONYMOUS';
  readonly roleArn: string;
  readonly created: Date;
  updated: Date;
  controls: ChatControls;
  /** Changes by their client token, so that a repeated one is done once. */
  readonly tokens: Map<string, string>;
  readonly indices: Map<string, Index>;
}

export interface Index {
  readonly id: string;
  readonly displayName: string;
  readonly type: 'ENTERPRISE' | 'STARTER';
  readonly units: number;
  readonly created: Date;
  updated: Date;
  readonly dataSources: Map<string, DataSource>;
  /** By document id. */
  readonly documents: Map<string, IndexedDocument>;
}

export interface IndexedDocument {
  readonly id: string;
  /** `null`: put by BatchPutDocument. */
  readonly dataSourceId: string | null;
  readonly title: string;
  readonly etag: string;
  readonly text: string;
  readonly bytes: number;
  readonly created: Date;
  readonly updated: Date;
}

export interface DataSource {
  readonly id: string;
  displayName: string;
  description: string;
  configuration: Readonly<Record<string, unknown>>;
  /** An EventBridge schedule such as `cron(0 2 * * ? *)`; empty when syncs are started by hand only. */
  syncSchedule: string;
  roleArn: string;
  readonly created: Date;
  updated: Date;
  /** Newest last. */
  readonly jobs: SyncJob[];
}

export type SyncStatus = 'FAILED' | 'SUCCEEDED' | 'SYNCING' | 'INCOMPLETE' | 'STOPPING' | 'ABORTED' | 'SYNCING_INDEXING';

export interface SyncMetrics {
  readonly added: number;
  readonly modified: number;
  readonly deleted: number;
  readonly failed: number;
  readonly scanned: number;
}

export interface SyncJob {
  readonly executionId: string;
  /** ms */
  readonly start: number;
  /** ms; `null` while it runs. */
  end: number | null;
  status: SyncStatus;
  error?: { readonly errorMessage: string; readonly errorCode: string };
  dataSourceErrorCode?: string;
  metrics: SyncMetrics;
  /** When somebody asked it to stop, ms. */
  stopped?: number;
}

/** Q Business in one account and region. */
export class QBusinessState {
  readonly applications = new Map<string, Application>();
  /** Syncs that start before this time fail for throttling, ms. */
  throttledUntil = 0;
  /** How long a sync takes, ms. */
  syncTakesMs: number;

  constructor(syncTakesMs: number) {
    this.syncTakesMs = syncTakesMs;
  }
}

export function isRunning({ status }: SyncJob): boolean {
  return status === 'SYNCING' || status === 'SYNCING_INDEXING' || status === 'STOPPING';
}

/** The bucket that a data source of type S3 reads. */
export function bucketOf({ configuration }: DataSource): string | undefined {
  const connection = configuration['connectionConfiguration'] as { repositoryEndpointMetadata?: { BucketName?: string } } | undefined;
  return connection?.repositoryEndpointMetadata?.BucketName;
}
