import { TocsinError } from '../domain/errors.ts';
import type { NewRecord, StoredRecord } from '../domain/record.ts';

/** What an evidence store answered to a conditional PUT: `created`, or `exists` with the bytes that are there. */
export type PutOutcome = { readonly kind: 'created' } | { readonly kind: 'exists'; readonly bytes: Uint8Array };

/** Tags of an object in the store (S3 object tags; a directory keeps none). */
export interface ObjectTags {
  readonly 'incident-id': string;
  readonly kind: 'record' | 'checkpoint' | 'artifact' | 'pack' | 'key' | 'people' | 'status-page';
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
  list(prefix: string, options?: ListOptions): AsyncIterable<string>;
  /** Every version and delete marker below a prefix; `null` where the store keeps no versions. */
  versions(prefix: string, options?: Pick<ListOptions, 'skip'>): AsyncIterable<ObjectVersion> | null;
}

export interface ListOptions {
  /** Folders, each with its slash, whose content need not be listed: whoever asks has seen it. */
  readonly skip?: readonly string[];
  /** Hears of what lies there and is no object, so that it is neither listed nor read. Only directories have such things. */
  readonly onStray?: (stray: Stray) => void;
}

/** A link, a pipe, a socket, a device, or a folder without a file or that does not open. */
export interface Stray {
  readonly key: string;
  readonly what: 'empty folder' | 'folder that cannot be opened' | 'link or special file';
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

/** Gives a record its place behind a head: redacts, numbers, links, encodes (evidence/). Pure. */
export type ChainRecord = (
  head: { readonly seq: number; readonly hash: string },
  record: NewRecord,
  place: { readonly stream: string; readonly time: string; readonly eventId: string },
) => ChainedRecord;

/**
 * Reads records of a stream that the database no longer has from the evidence store: from `from` to the one of which `head` is the hash, each checked
 * by the record behind it. Throws TocsinError `archive-broken`, or EvidenceStoreError.
 */
export type ReadArchive = (stream: string, end: { readonly size: number; readonly head: string }, from: number) => Promise<readonly ChainedRecord[]>;

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
