import type { ArtifactRef, Json, StoredRecord } from '../domain/record.ts';
import type { ChainedRecord } from './evidence.ts';
import type { Job } from './queue.ts';
import type { RunStart } from './runs.ts';

/** Where a stream stands: `INC-2026-0042`, `DRL-2026-0007`, `system` or `log`. `seq` 0 and 64 zeros before its first record. */
export interface StreamHead {
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
  /** What `evolve` made of the records up to `seq`; `null` for a stream that keeps no state. */
  readonly state: Json | null;
}

/** What is kept beside a stream's state so that incidents can be found without reading every state. */
export interface IncidentIndex {
  readonly id: string;
  readonly service: string;
  readonly severity: string;
  readonly status: string;
  readonly open: boolean;
  readonly private: boolean;
  /** The incident's own channel, or null in thread mode and before the channel exists. */
  readonly channel: string | null;
  readonly declaredAt: number;
  /** Whether a change of it waits, is in force, or is being planned; missing where an older release wrote it. */
  readonly pending?: boolean;
}

/** Which incidents are meant, as the index knows them; the newest first, `limit` of them. */
export interface IncidentFilter {
  readonly open?: boolean;
  readonly closed?: boolean;
  /** Those with a change that waits, is in force, or is being planned; and those of which that is not known. */
  readonly pending?: true;
  readonly channel?: string;
  readonly service?: string;
  readonly private?: boolean;
  /** Declared at this moment (ms) or later. */
  readonly since?: number;
  /** Declared before this moment (ms). */
  readonly before?: number;
  /** Drills too, which are kept out of every list and figure. They are found by their channel anyway. */
  readonly drills?: true;
  /** The gravest first, and of one severity the newest; all by age otherwise. */
  readonly gravestFirst?: true;
  readonly limit?: number;
}

/** One wait of a stream: `name` is unique within it, `dueAt` in ms of the one clock. */
export interface Timer {
  readonly name: string;
  readonly dueAt: number;
}

/** When an alert was last said to fire and to be over, by the events themselves (ms); `null` for never. */
export interface ToldTimes {
  readonly firedAt: number | null;
  readonly resolvedAt: number | null;
}

/** A payload from Slack, stored before it is acked. `key` is what a redelivery has in common with the first delivery. */
export interface InboxEntry {
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly payload: Json;
  readonly receivedAt: number;
  /** `null` until it has its one outcome. */
  readonly outcome: Json | null;
}

/** A message (or edit, or invitation) that Slack is to be told, once. `key` makes it idempotent. */
export interface OutgoingMessage {
  readonly key: string;
  readonly stream: string;
  /** The record it tells of; 0 when it tells of none. */
  readonly seq: number;
  /** FIFO lane: messages of one lane go out one after another. A channel id, a person id, or an incident's id before it has a channel. */
  readonly lane: string;
  readonly template: string;
  readonly to: Json;
  readonly data: Json;
}

export interface SentMessage extends OutgoingMessage {
  /** Where Slack put it, once it did. */
  readonly channel: string | null;
  readonly ts: string | null;
  /** The stream's seq that the message shows: an edit is due when the state has moved on. */
  readonly shownSeq: number;
  /** Digest of what Slack accepted last; `null` when nothing was, or when an edit is under way and its fate unknown. */
  readonly shownDigest: string | null;
  readonly state: 'waiting' | 'sending' | 'sent' | 'failed';
}

/** What becomes of a message that is to be sent. */
export type MessageChange = Partial<Pick<SentMessage, 'channel' | 'ts' | 'shownSeq' | 'shownDigest' | 'state' | 'lane' | 'data'>>;

/** One database transaction. Everything in it is written, or nothing. */
export interface StoreTx {
  /** Milliseconds of the one clock: the database's time plus the workspace's offset. The same value throughout one transaction. */
  now(): Promise<number>;
  /** The next number of a gapless counter, e.g. `INC-2026`: 1, 2, 3 ... */
  nextNumber(counter: string): Promise<number>;
  /** Locks a stream's head until the end of the transaction (creating it at seq 0) and returns it. */
  lockStream(stream: string): Promise<StreamHead>;
  /** A stream's head without locking it, as this transaction sees it; `null` when there is no such stream. */
  head(stream: string): Promise<StreamHead | null>;
  /** Records of a stream in order, as this transaction sees them. */
  records(stream: string): Promise<StoredRecord[]>;
  /** Stores records that follow the locked head, and the state they lead to. */
  append(head: StreamHead, records: readonly ChainedRecord[], state: Json | null): Promise<void>;
  /** Stores an artifact of a stream (once per digest) and returns its reference. */
  putArtifact(stream: string, bytes: Uint8Array): Promise<ArtifactRef>;
  /** Replaces all timers of a stream. */
  setTimers(stream: string, timers: readonly Timer[]): Promise<void>;
  saveIncidentIndex(index: IncidentIndex): Promise<void>;
  /** Incidents that the index finds, as this transaction sees them. */
  incidents(filter: IncidentFilter): Promise<IncidentIndex[]>;
  /** Puts a job into its queue. The job exists if and only if the transaction commits. */
  enqueue(job: Job): Promise<void>;
  /** Stores a payload; false when its key is already there (a redelivery). */
  addInbox(entry: { id: string; key: string; kind: string; payload: Json }): Promise<boolean>;
  /** Locks a waiting payload and returns it; `null` when it already has its outcome. */
  takeInbox(id: string): Promise<InboxEntry | null>;
  finishInbox(id: string, outcome: Json): Promise<void>;
  /** When an alert was last told, by its key; remembered for a while. The caller holds the lock of `system`. */
  told(key: string): Promise<ToldTimes>;
  setTold(key: string, times: ToldTimes): Promise<void>;
  /** Stores a message to send; a key that is already there changes nothing. */
  addMessage(message: OutgoingMessage): Promise<void>;
  updateMessage(key: string, change: MessageChange): Promise<void>;
  /** Starts a durable run once: an id that is already there changes nothing. */
  startRun(run: RunStart & { readonly id: string }): Promise<void>;
  signalRun(id: string, name: string, payload: Json): Promise<void>;
  /** Keeps what a revert needs, encrypted by the caller; a key that is there already changes nothing. */
  putSnapshot(key: string, bytes: Uint8Array): Promise<void>;
  /** The copies of rotas that are kept elsewhere, by rota, as this transaction sees them. */
  rotaLists(): Promise<Readonly<Record<string, Json>>>;
  /** Puts a copy in the place of the one before. */
  setRotaList(rota: string, copy: Json): Promise<void>;
}

export interface MessageFilter {
  readonly stream?: string;
  readonly templates?: readonly string[];
  readonly state?: SentMessage['state'];
  /** Those that do not show this record of their stream yet. */
  readonly without?: number;
}

export interface Store {
  transaction<T>(work: (tx: StoreTx) => Promise<T>): Promise<T>;
  now(): Promise<number>;
  /** A stream's head without locking it; `null` when there is no such stream. */
  head(stream: string): Promise<StreamHead | null>;
  /** The heads of many streams by one look, without those that do not exist. */
  heads(streams: readonly string[]): Promise<StreamHead[]>;
  /** Records of a stream in order, `from` and `to` inclusive. */
  records(stream: string, range?: { from?: number; to?: number }): Promise<StoredRecord[]>;
  /** The same, with the time (ms of the one clock) at which they were read; `null` for a stream that does not exist. */
  recordsAt(
    stream: string,
    range: { from?: number; to?: number },
  ): Promise<{ readonly records: readonly StoredRecord[]; readonly now: number | null }>;
  incidents(filter: IncidentFilter): Promise<IncidentIndex[]>;
  /** How many the index knows; its limit does not matter. */
  countIncidents(filter: IncidentFilter): Promise<number>;
  inbox(id: string): Promise<InboxEntry | null>;
  message(key: string): Promise<SentMessage | null>;
  /** Notes one thing of a message, in a transaction of its own. */
  updateMessage(key: string, change: MessageChange): Promise<void>;
  /** The stream of the message at a place in Slack; `null` for one that is not Tocsin’s. */
  streamAt(channel: string, ts: string): Promise<string | null>;
  /** An artifact's bytes while the database has them; `null` once they are only in the evidence store. */
  artifact(stream: string, sha256: string): Promise<Uint8Array | null>;
  /** What `putSnapshot` kept; `null` when it is not there (a restored database). */
  snapshot(key: string): Promise<Uint8Array | null>;
  /** Stored messages, oldest first. */
  messages(filter: MessageFilter): Promise<SentMessage[]>;
  /** The copies of rotas that are kept elsewhere, by rota. */
  rotaLists(): Promise<Readonly<Record<string, Json>>>;
}
