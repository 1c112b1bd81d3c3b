import { TocsinError } from '../domain/errors.ts';
import type { Json, StoredRecord } from '../domain/record.ts';
import { TYPED } from '../lib/typed.ts';
import type { ChainedRecord, EvidenceKeys, EvidenceStore } from '../ports/evidence.ts';
import type { IncidentIndex, Timer } from '../ports/store.ts';

/** What one key of the evidence store is (evidence/layout.ts: parseKey). */
type ParseKey = (key: string) => { readonly kind: string; readonly stream?: string | null; readonly number?: number; readonly key?: string };

export interface RestorePorts {
  readonly evidence: EvidenceStore;
  readonly keys: EvidenceKeys;
  readonly parseKey: ParseKey;
  /** Where an object lies whose name somebody else has taken (evidence/layout.ts: repairKey). */
  readonly repairKey: (key: string) => string;
  /** The prefixes below which streams lie (evidence/layout.ts: STREAM_ROOTS). */
  readonly roots: readonly string[];
  /** Reads a record strictly from its exact bytes (evidence/record.ts: decodeRecord). */
  readonly decodeRecord: (bytes: Uint8Array) => ChainedRecord;
  /** Reads a checkpoint and checks that a key that is trusted signed it. `sha256` is that of `bytes`. @throws TocsinError when it is not good */
  readonly decodeCheckpoint: (bytes: Uint8Array, signature: Uint8Array) => Promise<Signed>;
  /** The state after a record; `null` for streams that keep none. */
  readonly evolve: (stream: string, state: Json | null, record: StoredRecord) => Json | null;
  /** The counter that gave a stream its number: `INC-2026-0042` is number 42 of `INC-2026`; `null` for streams without number. */
  readonly counterOf: (stream: string) => { readonly counter: string; readonly number: number } | null;
  readonly incidentIndex: (stream: string, state: Json | null) => IncidentIndex | null;
  readonly timers: (stream: string, state: Json | null) => readonly Timer[];
  /** A checkpoint of the global log that was published; `size` is `null` when only the digest is known. */
  readonly anchor?: { readonly size: number | null; readonly sha256: string } | null;
  /** Whether records behind the last signed checkpoint are taken too. They are listed either way. */
  readonly acceptUnsigned?: boolean;
}

/** What a trusted key signed. */
export interface Signed {
  readonly stream: string;
  readonly size: number;
  readonly head: string;
  readonly sha256: string;
}

/** An object that nothing is built on: somebody else's, or damaged. */
export interface Refused {
  readonly key: string;
  readonly why: string;
}

/** A record that no signed checkpoint covers: anybody who can write into the evidence store may have put it there. */
export interface UnsignedRecord {
  readonly stream: string;
  readonly seq: number;
  /** `unreadable` for what is no record. */
  readonly type: string;
  readonly time: string;
  readonly sha256: string;
}

export interface Restored {
  readonly streams: number;
  readonly records: number;
  readonly checkpoints: number;
  /** What no signature covers: taken when that was asked for, else left out. */
  readonly unsigned: readonly UnsignedRecord[];
  /** What was passed over. Whoever can write into the evidence store could otherwise keep it from ever being restored. */
  readonly refused: readonly Refused[];
}

/** What lies in the folder of a stream. */
export interface Found {
  readonly stream: string;
  /** The numbers of its records, ascending: names are listed in order. */
  readonly records: number[];
  /** By how many records they cover. */
  readonly checkpoints: Set<number>;
  /** Names that somebody else has taken. */
  readonly repaired: Set<string>;
}

/** What is in the store cannot be the evidence of this stream. */
export function broken(stream: string, what: string): TocsinError {
  return new TocsinError('restore-broken', `${stream} in the evidence store cannot be restored: ${what}. Run: ${TYPED} evidence verify`);
}
