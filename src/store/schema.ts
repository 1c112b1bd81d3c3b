import type { ColumnType, Generated } from 'kysely';
import type { Json } from '../domain/record.ts';

/** A `bigint` column: drivers read it as text, because not every bigint is a number. Ours are (ms and counts below 2^53). */
type Int8 = ColumnType<string, number, number>;
type Int8Default = ColumnType<string, number | undefined, number>;
type NullableInt8 = ColumnType<string | null, number | null, number | null>;
/** A `json` column, not `jsonb`: it keeps the text as it is, U+0000 included. Written as text, read as a value. */
type JsonColumn = ColumnType<Json, string, string>;
type NullableJson = ColumnType<Json | null, string | null, string | null>;

export interface Schema {
  clock: { one: Generated<boolean>; offset_ms: Int8 };
  counter: { name: string; value: Int8 };
  stream: {
    name: string;
    seq: Int8Default;
    hash: string;
    state: NullableJson;
    /** Records up to here are acknowledged by the evidence store. */
    uploaded: Int8Default;
    /** Records up to here have a checkpoint in the table `checkpoint`. */
    checkpointed: Int8Default;
    /** Records up to here are in the evidence store only. Behind them there is always one. */
    archived: Int8Default;
    /** Whether records are not uploaded, or not covered: kept by the database. */
    to_upload: ColumnType<boolean, never, never>;
    to_cover: ColumnType<boolean, never, never>;
    /** Why uploads of this stream stopped; null while nothing is wrong. */
    fork: string | null;
    /** Of all that a head is: its number, its hash, its state (store/seal.ts). */
    mac: string | null;
  };
  record: { stream: string; seq: Int8; type: string; time: string; event_id: string; bytes: Uint8Array; appended_at: Int8; mac: string | null };
  artifact: { stream: string; sha256: string; size: Int8; bytes: Uint8Array | null; stored: Generated<boolean>; added_at: Int8 };
  checkpoint: { stream: string; size: Int8; bytes: Uint8Array; signature: Uint8Array; sha256: string; stored: Generated<boolean>; made_at: Int8 };
  incident: {
    id: string;
    service: string;
    severity: string;
    status: string;
    open: boolean;
    private: boolean;
    channel: string | null;
    declared_at: Int8;
    /** `null`: not known, of a release before. */
    pending: boolean | null;
    /** Whether what it needed while it was worked on is gone from the database. */
    archived: Generated<boolean>;
  };
  timer: { stream: string; name: string; due_at: Int8; fired: Generated<boolean> };
  inbox: { id: string; key: string; kind: string; payload: JsonColumn; received_at: Int8; outcome: NullableJson; mac: string | null };
  message: {
    key: string;
    ordinal: Generated<string>;
    stream: string;
    seq: Int8;
    lane: string;
    template: string;
    to: JsonColumn;
    data: JsonColumn;
    channel: string | null;
    ts: string | null;
    shown_seq: Int8Default;
    shown_digest: string | null;
    state: Generated<'waiting' | 'sending' | 'sent' | 'failed'>;
    added_at: ColumnType<string, number | undefined, never>;
  };
  run: {
    id: string;
    kind: string;
    input: JsonColumn;
    ended: Generated<boolean>;
    /** When it ended (ms of the one clock); `null` while it has not. */
    ended_at: ColumnType<string | null, number | null | undefined, number | null>;
    /** The incident it belongs to. */
    incident: string | null;
    mac: string | null;
  };
  step: { run: string; name: string; output: JsonColumn; mac: string | null };
  signal: { run: string; name: string; payload: JsonColumn; mac: string | null };
  /** When an alert was last said to fire and to be over (ms, by the events themselves), and when that was heard (the one clock). */
  told: { key: string; fired_at: NullableInt8; resolved_at: NullableInt8; heard_at: Int8; mac: string };
  /** Copies of rotas that are kept elsewhere. `body`: JSON, of which the MAC is. */
  rota_list: { rota: string; body: string; mac: string };
  snapshot: { key: string; bytes: Uint8Array };
  lease: { name: string; holder: string; until: Int8 };
  migration: { number: number; name: string };
}
