import type { Json } from '../domain/record.ts';

/** Where a data source of Amazon Q Business is. */
export interface DataSourceRef {
  readonly application: string;
  readonly index: string;
  readonly dataSource: string;
}

/** One call of UpdateChatControlsConfiguration, in the API's own words; it merges with what is there. */
export interface ChatControlsUpdate {
  readonly responseScope?: string;
  readonly blockedPhrasesConfigurationUpdate?: {
    readonly blockedPhrasesToCreateOrUpdate?: readonly string[];
    readonly blockedPhrasesToDelete?: readonly string[];
    readonly systemMessageOverride?: string;
  };
  readonly topicConfigurationsToCreateOrUpdate?: readonly Json[];
  readonly topicConfigurationsToDelete?: readonly Json[];
  readonly orchestrationConfiguration?: { readonly control: string };
  readonly creatorModeConfiguration?: { readonly creatorModeControl: string };
  readonly hallucinationReductionConfiguration?: { readonly hallucinationReductionControl: string };
}

export interface DataSource {
  readonly arn: string;
  readonly name: string;
  readonly type: string;
  readonly status: string;
  /** `cron(...)`; empty when it runs on demand only. */
  readonly schedule: string;
  readonly role: string;
  readonly configuration: Json;
  readonly updated: number | null;
  readonly error: string | null;
}

export interface SyncJob {
  readonly id: string;
  /** SUCCEEDED, FAILED, SYNCING, SYNCING_INDEXING, INCOMPLETE, STOPPING, ABORTED. */
  readonly status: string;
  readonly started: number | null;
  /** `null` while it runs. */
  readonly ended: number | null;
  readonly errorMessage: string | null;
  readonly errorCode: string | null;
  readonly dataSourceErrorCode: string | null;
  /** `null` where the service says nothing (it sends them as text). */
  readonly added: number | null;
  readonly modified: number | null;
  readonly deleted: number | null;
  readonly failed: number | null;
  readonly scanned: number | null;
}

export interface SearchIndex {
  readonly name: string;
  readonly status: string;
  readonly documents: number;
  /** Bytes of text that are indexed. */
  readonly bytes: number;
  readonly updated: number | null;
  readonly error: string | null;
}

export interface IndexedDocument {
  readonly id: string;
  readonly status: string;
  readonly updated: number | null;
  readonly error: string | null;
}

export interface ChatAnswer {
  readonly text: string;
  readonly sources: readonly { readonly title: string; readonly url: string; readonly document: string }[];
}

export interface QBusiness {
  /** The chat controls as GetChatControlsConfiguration answers them, all pages as one. */
  chatControls(application: string): Promise<Json>;
  /** The same `token` twice is one update. */
  updateChatControls(application: string, update: ChatControlsUpdate, token: string): Promise<void>;
  dataSource(ref: DataSourceRef): Promise<DataSource>;
  /** Changes only what is named. An empty `schedule` takes it away. */
  updateDataSource(ref: DataSourceRef, change: { readonly schedule?: string; readonly configuration?: Json }): Promise<void>;
  /** The newest first, `limit` at most. */
  syncJobs(ref: DataSourceRef, options: { readonly limit: number; readonly status?: string }): Promise<SyncJob[]>;
  /** Answers the job's execution id. @throws AwsError `conflict` while one runs */
  startSync(ref: DataSourceRef): Promise<string>;
  stopSync(ref: DataSourceRef): Promise<void>;
  index(application: string, index: string): Promise<SearchIndex>;
  documents(application: string, index: string, dataSource?: string): AsyncIterable<IndexedDocument>;
  /** Asks a question as a person would. The same `token` twice is one question. */
  ask(application: string, question: string, token: string): Promise<ChatAnswer>;
}
