import { TocsinError } from '../domain/errors.ts';
import type { ArtifactRef, Json, NewRecord, StoredRecord } from '../domain/record.ts';

/** What an evidence store answered to a conditional PUT: `created`, or `exists` with the bytes that are there. */
export type PutOutcome = { readonly kind: 'created' } | { readonly kind: 'exists'; readonly bytes: Uint8Array };

/** Tags of an object in the store (S3 object tags; a directory keeps none). */
export interface ObjectTags {
  readonly 'incident-id': string;
  readonly kind: 'record' | 'checkpoint' | 'artifact' | 'pack' | 'key' | 'people';
}

/** One version of an object, newest first, as `verify` sees it. */
export interface ObjectVersion {
  readonly key: string;
  readonly versionId: string;
  readonly deleteMarker: boolean;
  readonly latest: boolean;
}

/**
 * The evidence store failed. `unreachable` and `uncertain` (it may or may not have happened) are worth another try;
 * `denied` and `misconfigured` need a person; `invalid` is a mistake of the caller.
 */
export class EvidenceStoreError extends TocsinError {
  readonly reason: 'unreachable' | 'uncertain' | 'denied' | 'misconfigured' | 'invalid';

  constructor(reason: EvidenceStoreError['reason'], message: string, options: { cause?: unknown } = {}) {
    super(`evidence-store-${reason}`, message, options);
    this.name = 'EvidenceStoreError';
    this.reason = reason;
  }
}

/** Where evidence lies: a directory or a bucket, the same keys in both (ADR 3). Keys use `/`. */
export interface EvidenceStore {
  /** Says where it is, for people: a path or `s3://bucket/prefix`. */
  readonly location: string;
  /** Writes an object once. Throws EvidenceStoreError when the store is unreachable, refuses, or the outcome is unknown. */
  put(key: string, bytes: Uint8Array, tags: ObjectTags): Promise<PutOutcome>;
  /** Replaces an object that lies outside the chain (`people.json`, nothing else). */
  replace(key: string, bytes: Uint8Array, tags: ObjectTags): Promise<void>;
  /** Reads the newest version's bytes, or `null` when there is none. */
  get(key: string): Promise<Uint8Array | null>;
  /** Keys below a prefix in lexical order, newest versions only. */
  list(prefix: string): AsyncIterable<string>;
  /** Every version and delete marker below a prefix; `null` where the store keeps no versions. */
  versions(prefix: string): AsyncIterable<ObjectVersion> | null;
  /**
   * What lies below a prefix and is no object, so that it is neither listed nor read: links, pipes, sockets, devices, folders without a file.
   * Only directories have such things.
   */
  strays?(prefix: string): AsyncIterable<{ readonly key: string; readonly what: 'empty folder' | 'link or special file' }>;
}

/** Signs checkpoints. `keyId` is the fingerprint that auditors pin. */
export interface Signer {
  readonly keyId: string;
  /** SPKI public key, PEM. */
  readonly publicKeyPem: string;
  /** Raw 64-byte Ed25519 signature over exactly these bytes. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** A record with the exact bytes that were hashed and are stored. */
export interface ChainedRecord {
  readonly record: StoredRecord;
  /** Canonical JSON (RFC 8785) and a newline. */
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`, lower-case hex. */
  readonly hash: string;
}

/** Where a stream stands: `INC-2026-0042`, `DRL-2026-0007`, `system` or `log`. `seq` 0 and 64 zeros before its first record. */
export interface StreamHead {
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
  /** What `evolve` made of the records up to `seq`; `null` for a stream that keeps no state. */
  readonly state: Json | null;
}

/** Gives a record its place behind a head: redacts, numbers, links, encodes (evidence/). Pure. */
export type ChainRecord = (
  head: { readonly seq: number; readonly hash: string },
  record: NewRecord,
  place: { readonly stream: string; readonly time: string; readonly eventId: string },
) => ChainedRecord;

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
}

/** One wait of a stream: `name` is unique within it, `dueAt` in ms of the one clock. */
export interface Timer {
  readonly name: string;
  readonly dueAt: number;
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

/** What may be asked of a job queue inside a transaction. The job exists if and only if the transaction commits. */
export interface EnqueueOptions {
  /** Jobs with the same key run one after another in order (`fifo` queues) or are merged while waiting (`merge` queues). */
  readonly key?: string;
  readonly delayMs?: number;
}

/** One database transaction. Everything in it is written, or nothing. */
export interface StoreTx {
  /** Milliseconds of the one clock: the database's time plus the workspace's offset. The same value throughout one transaction. */
  now(): Promise<number>;
  /** The next number of a gapless counter, e.g. `INC-2026`: 1, 2, 3 ... */
  nextNumber(counter: string): Promise<number>;
  /** Locks a stream's head until the end of the transaction (creating it at seq 0) and returns it. */
  lockStream(stream: string): Promise<StreamHead>;
  /** Records of a stream in order, as this transaction sees them. */
  records(stream: string): Promise<StoredRecord[]>;
  /** Stores records that follow the locked head, and the state they lead to. */
  append(head: StreamHead, records: readonly ChainedRecord[], state: Json | null): Promise<void>;
  /** Stores an artifact of a stream (once per digest) and returns its reference. */
  putArtifact(stream: string, bytes: Uint8Array): Promise<ArtifactRef>;
  /** Replaces all timers of a stream. */
  setTimers(stream: string, timers: readonly Timer[]): Promise<void>;
  saveIncidentIndex(index: IncidentIndex): Promise<void>;
  enqueue(queue: string, data: Json, options?: EnqueueOptions): Promise<void>;
  /** Stores a payload; false when its key is already there (a redelivery). */
  addInbox(entry: { id: string; key: string; kind: string; payload: Json }): Promise<boolean>;
  /** Locks a waiting payload and returns it; `null` when it already has its outcome. */
  takeInbox(id: string): Promise<InboxEntry | null>;
  finishInbox(id: string, outcome: Json): Promise<void>;
  /** Stores a message to send; a key that is already there changes nothing. */
  addMessage(message: OutgoingMessage): Promise<void>;
  updateMessage(
    key: string,
    change: Partial<Pick<SentMessage, 'channel' | 'ts' | 'shownSeq' | 'shownDigest' | 'state' | 'lane' | 'data'>>,
  ): Promise<void>;
  /** Starts a durable run once: an id that is already there changes nothing. */
  startRun(run: { id: string; kind: string; input: Json }): Promise<void>;
  signalRun(id: string, name: string, payload: Json): Promise<void>;
  /** Keeps what a revert needs, encrypted by the caller; a key that is there already changes nothing. */
  putSnapshot(key: string, bytes: Uint8Array): Promise<void>;
}

export interface Store {
  transaction<T>(work: (tx: StoreTx) => Promise<T>): Promise<T>;
  now(): Promise<number>;
  /** A stream's head without locking it; `null` when there is no such stream. */
  head(stream: string): Promise<StreamHead | null>;
  /** Records of a stream in order, `from` and `to` inclusive. */
  records(stream: string, range?: { from?: number; to?: number }): Promise<StoredRecord[]>;
  incidents(filter: { open?: boolean; closed?: boolean; channel?: string; service?: string; limit?: number }): Promise<IncidentIndex[]>;
  inbox(id: string): Promise<InboxEntry | null>;
  message(key: string): Promise<SentMessage | null>;
  /** An artifact's bytes while the database has them; `null` once they are only in the evidence store. */
  artifact(stream: string, sha256: string): Promise<Uint8Array | null>;
  /** What `putSnapshot` kept; `null` when it is not there (a restored database). */
  snapshot(key: string): Promise<Uint8Array | null>;
  /** Messages of a stream, oldest first. */
  messages(filter: { stream?: string; template?: string; state?: SentMessage['state'] }): Promise<SentMessage[]>;
}

/** The verbs of a durable run (ADR 2). Step names are part of the stored state: never rename one. */
export interface RunContext {
  readonly id: string;
  /** Does `work` once: its result is journalled. `key` (`run:step`) is for whatever is called, to make a repeat harmless. */
  step<T extends Json>(name: string, work: (key: string) => Promise<T>): Promise<T>;
  /** Writes to the database once: `work` and the journal's entry are one transaction, so what it records is never doubled. */
  write<T extends Json>(name: string, work: (tx: StoreTx) => Promise<T>): Promise<T>;
  /** The same for what `prepare` did or found out, which may happen again after a crash; what is recorded of it is recorded once. */
  writeAfter<P, T extends Json>(name: string, prepare: (key: string) => Promise<P>, work: (tx: StoreTx, prepared: P) => Promise<T>): Promise<T>;
  /** Waits `ms` of the one clock, across restarts. */
  sleep(name: string, ms: number): Promise<void>;
  /** Waits for a signal; `null` after `timeoutMs`. */
  signal(name: string, timeoutMs: number): Promise<Json | null>;
}

export type RunKind = (context: RunContext, input: Json) => Promise<void>;

// Durable work: what runs, timers, uploads and checkpoints ask of the database. `store/` implements it.

/**
 * Thrown by a job's handler: nothing failed, come back in `ms` (429 of Slack, a wave of edits to merge). The count of failures
 * starts anew, so the handler's own delay is what counts.
 */
export class RetryLater extends Error {
  readonly ms: number;

  constructor(ms: number, options: { cause?: unknown } = {}) {
    super(`retry in ${ms} ms`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RetryLater';
    this.ms = ms;
  }
}

/**
 * `fifo`: jobs of one key run one after another in the order in which they were enqueued; a failing one holds up its key.
 * `merge`: one job per key at a time, and all that wait when it starts are done by it, so `data` may depend on the key only.
 * `plain`: no key, no order.
 */
export interface QueueSpec {
  readonly name: string;
  readonly kind: 'fifo' | 'merge' | 'plain';
  /** Jobs at a time in one process; 4 unless told. */
  readonly concurrency?: number;
}

/** One attempt at one job. Another replica's attempt takes it away: `signal` aborts, and what is fenced by it is refused. */
export interface Claim {
  readonly queue: string;
  readonly id: string;
  readonly attempt: number;
  /** How often the handler has failed before this attempt, RetryLater not counted. */
  readonly failures: number;
  readonly signal: AbortSignal;
}

export type JobHandler = (data: Json, claim: Claim) => Promise<void>;

/** The job queue as its workers see it; jobs are put in by `StoreTx.enqueue`. At least once: a job of a killed replica runs again. */
export interface JobQueue {
  /** Starts to work on a queue. A handler that throws is called again, after RetryLater's delay or 1 s, 2 s, 4 s ... 60 s, for ever. */
  work(queue: string, handler: JobHandler): Promise<void>;
  /** Jobs that wait and jobs at work, by queue. */
  depths(): Promise<Record<string, { waiting: number; active: number }>>;
  /** Takes no more jobs and waits for those at work, at most `timeoutMs`; the rest goes to the other replicas at once. */
  stop(timeoutMs: number): Promise<void>;
}

/** The queues of durable runs (`{ id }`) and of timers that are due (`{ stream, name, dueAt }`). */
export const ENGINE_QUEUE = { flow: 'flow', timer: 'timer' } as const;

/** What is published on the bus after a commit: records were appended, evidence was acknowledged, timers were set, the clock was moved. */
export const TOPIC = { appended: 'appended', stored: 'stored', timers: 'timers', clock: 'clock' } as const;

/** Wakes whoever waits, in this process at once and in the other replicas soon. A hint that may get lost: always poll as well. */
export interface Bus {
  publish(topic: string): void;
  /** Calls back with each topic, or with `*` when topics may have been missed. Returns the end of it. */
  subscribe(listener: (topic: string) => void): () => void;
}

/** What a run has behind it. `steps` holds the results by step name. */
export interface RunState {
  readonly kind: string;
  readonly input: Json;
  readonly ended: boolean;
  readonly steps: ReadonlyMap<string, Json>;
}

/** The journal of durable runs. Every write is fenced: TocsinError `claim-lost` when another attempt has taken the job over. */
export interface RunJournal {
  load(id: string): Promise<RunState | null>;
  /** Throws TocsinError `claim-lost` when this attempt was replaced. */
  hold(claim: Claim): Promise<void>;
  record(claim: Claim, id: string, step: string, output: Json): Promise<void>;
  /** Does `work` and records its output in one transaction. */
  write(claim: Claim, id: string, step: string, work: (tx: StoreTx) => Promise<Json>): Promise<Json>;
  /** Notes as the step's output when it is due (ms of the one clock) and sets the timer that wakes the run then. */
  recordWait(claim: Claim, id: string, step: string, ms: number): Promise<number>;
  /** Sets a wait's timer again if it has fired: the run woke up before the time. */
  rearm(id: string, step: string, dueAt: number): Promise<void>;
  /** The signal's payload, wrapped because `null` is one; `null` when it has not come. */
  signal(id: string, name: string): Promise<{ readonly payload: Json } | null>;
  end(claim: Claim, id: string): Promise<void>;
  now(): Promise<number>;
}

/** The timer table as the timer loop sees it. */
export interface TimerTable {
  /** The one clock and the next timer that has not fired. */
  next(): Promise<{ readonly now: number; readonly dueAt: number | null }>;
  /** Turns timers that are due into jobs, each exactly once, at most `limit`; returns how many. */
  fire(limit: number): Promise<number>;
  /** Arms a timer that fired before its time, because the clock was moved back, once more. */
  rearm(stream: string, timer: Timer): Promise<void>;
}

/** Work that one replica at a time does. Times are the database's, so a wrong local clock neither steals nor keeps a lease. */
export interface Leases {
  /** Takes or prolongs a lease for `ms`; false while another holder has it. */
  acquire(name: string, holder: string, ms: number): Promise<boolean>;
  release(name: string, holder: string): Promise<void>;
}

/** A signed checkpoint as it is stored (evidence/checkpoint.ts makes it). */
export interface CheckpointRow {
  readonly stream: string;
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
  /** SHA-256 of `bytes`, lower-case hex. */
  readonly sha256: string;
}

/** What of one stream the evidence store has not acknowledged. */
export interface Unstored {
  readonly stream: string;
  readonly artifacts: readonly { readonly sha256: string; readonly bytes: Uint8Array }[];
  readonly records: readonly { readonly seq: number; readonly bytes: Uint8Array }[];
  readonly checkpoints: readonly CheckpointRow[];
}

/** How much waits to be stored as evidence, and for how long (ms). */
interface OutboxDepth {
  readonly records: number;
  readonly artifacts: number;
  readonly checkpoints: number;
  readonly oldestMs: number;
}

/** The record table as outbox (ADR 2). */
export interface EvidenceOutbox {
  /** Streams with something to store, those with a fork left out. */
  behind(): Promise<string[]>;
  /**
   * The next piece of work of a stream, or `null`: at most `limit` records, all artifacts that they may name, and the checkpoints that
   * cover nothing beyond these records.
   */
  unstored(stream: string, limit: number): Promise<Unstored | null>;
  artifactStored(stream: string, sha256: string): Promise<void>;
  recordsStored(stream: string, upTo: number): Promise<void>;
  checkpointStored(stream: string, size: number): Promise<void>;
  /** Notes a fork: nothing of this stream is uploaded until `clearFork`. */
  setFork(stream: string, reason: string): Promise<void>;
  clearFork(stream: string): Promise<void>;
  forks(): Promise<{ stream: string; reason: string }[]>;
  depth(): Promise<OutboxDepth>;
  /** How far a stream is acknowledged by the evidence store: records, and records covered by an acknowledged checkpoint. */
  durable(stream: string): Promise<{ readonly records: number; readonly covered: number; readonly fork: string | null }>;
}

/** A head that needs a checkpoint; `type` is the last record's, by which the closing one is known. */
export interface HeadToSign {
  readonly stream: string;
  readonly size: number;
  readonly hash: string;
  readonly type: string;
}

/** What the checkpointer reads and writes. */
export interface CheckpointTable {
  /** Streams that have records without checkpoint, with the age in ms of the oldest such record. */
  uncovered(): Promise<(HeadToSign & { readonly oldestMs: number })[]>;
  /** Throws TocsinError `database-altered` unless all that is to be signed is as Tocsin appended it. */
  vouch(head: HeadToSign): Promise<void>;
  /** Stores checkpoints and appends what the global log is told of them, in one transaction; what is there already is left out. */
  save(made: readonly MadeCheckpoint[]): Promise<void>;
  now(): Promise<number>;
}

/** A checkpoint and the record that tells the global log of it; `null` for the log's own. */
export interface MadeCheckpoint {
  readonly checkpoint: CheckpointRow;
  readonly logRecord: NewRecord | null;
}

/** Signs a head (evidence/checkpoint.ts, evidence/log.ts). `time` in ms of the one clock. */
export type MakeCheckpoint = (head: HeadToSign, time: number) => Promise<MadeCheckpoint>;

/** The keys of evidence (evidence/layout.ts). */
export interface EvidenceKeys {
  record(stream: string, seq: number): string;
  checkpoint(stream: string, size: number): string;
  signature(stream: string, size: number): string;
  artifact(stream: string, sha256: string): string;
}

/** Writes one object once (evidence/uploader.ts). Rejects with a TocsinError `evidence-fork` when other bytes are there. */
export type UploadObject = (key: string, bytes: Uint8Array) => Promise<unknown>;
