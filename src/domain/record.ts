/** Who did something. `id` is a Slack user id, a timer's name, a replica's name; never a person's name (ADR 1). */
export interface Actor {
  readonly kind: 'person' | 'timer' | 'tocsin';
  readonly id: string;
}

/** A pointer from a record to a file of evidence. `path` is relative to the stream's folder: `artifacts/sha256/<hex>`; `size` in bytes. */
export interface ArtifactRef {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

/** What JSON can hold in a record: no floats beyond safe integers, no `undefined`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type Outcome = 'done' | 'refused' | 'failed';

/**
 * What the decider says happened, before the store gives it a place in the chain.
 * `v` is the version of this type's `data`; upcasters lift old versions (evidence/upcast.ts).
 */
export interface NewRecord<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly v: number;
  readonly actor: Actor;
  /** What it is about: the incident's id, a person's id, a message. */
  readonly subject: string;
  readonly outcome: Outcome;
  readonly data: Data;
  readonly artifacts?: readonly ArtifactRef[];
}

/** One entry of evidence, as it is stored and hashed. Times are UTC with milliseconds and `Z`. */
export interface StoredRecord<Type extends string = string, Data = unknown> extends NewRecord<Type, Data> {
  readonly incident_id: string;
  readonly seq: number;
  /** SHA-256 (lower-case hex) of the exact bytes of the record before; 64 zeros for the first. */
  readonly prev: string;
  readonly event_id: string;
  readonly time: string;
  readonly artifacts: readonly ArtifactRef[];
}
