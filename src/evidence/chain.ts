import { TocsinError } from '../domain/errors.ts';
import type { Json, NewRecord, StoredRecord } from '../domain/record.ts';
import type { ChainedRecord, ChainRecord } from '../ports/evidence.ts';
import { assertJson } from './json.ts';
import { encodeRecord } from './record.ts';
import type { Redactor } from './redaction/redact.ts';

/** `prev` of a stream's first record (ADR 3). */
export const FIRST_PREV = '0'.repeat(64);

/** Where a stream stands: the number of its last record, which is how many it has, and that record's hash. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** The head of a stream that has no record yet. */
export const EMPTY_HEAD: ChainHead = { seq: 0, hash: FIRST_PREV };

/** What the store gives a record besides its place: the stream, the moment (UTC, milliseconds, `Z`) and an id of its own. */
export interface RecordPlace {
  readonly stream: string;
  readonly time: string;
  readonly eventId: string;
}

/** Puts a new record after `head` (`null`: the stream is empty) and gives it its bytes and hash. Throws what encodeRecord throws. */
export function nextRecord<Type extends string, Data>(head: ChainHead | null, record: NewRecord<Type, Data>, place: RecordPlace): ChainedRecord {
  const { seq, hash } = head ?? EMPTY_HEAD;
  return encodeRecord({
    v: record.v,
    incident_id: place.stream,
    seq: seq + 1,
    prev: hash,
    event_id: place.eventId,
    type: record.type,
    time: place.time,
    actor: record.actor,
    subject: record.subject,
    outcome: record.outcome,
    data: record.data,
    artifacts: record.artifacts ?? [],
  });
}

/**
 * A `ChainRecord` that redacts what people and systems wrote (`subject`, `data`) before it is hashed. When anything was redacted,
 * `data.redactions` says which rule and how often.
 */
export function redactedChain(redactor: Redactor): ChainRecord {
  return (head, record, place) => {
    const { value, redactions } = redactor.redact({ subject: record.subject, data: asData(record.data) });
    const data = redactions.length === 0 ? value.data : { ...value.data, redactions };
    return nextRecord(head, { ...record, subject: value.subject, data }, place);
  };
}

/** The head after this record. */
export function headOf(chained: ChainedRecord): ChainHead {
  return { seq: chained.record.seq, hash: chained.hash };
}

/** How a record fails to follow a head, or `null` when it follows. */
export type LinkProblem = 'other-stream' | 'wrong-seq' | 'wrong-prev';

/** Checks one link: the stream, the number and the hash of the record before. */
export function checkLink(head: ChainHead, record: StoredRecord, stream: string): LinkProblem | null {
  if (record.incident_id !== stream) return 'other-stream';
  if (record.seq !== head.seq + 1) return 'wrong-seq';
  return record.prev === head.hash ? null : 'wrong-prev';
}

/** Checks that records follow each other from `head` on, and returns the new head. Throws TocsinError `chain-broken`. */
export function followChain(head: ChainHead | null, records: readonly ChainedRecord[], stream: string): ChainHead {
  let current = head ?? EMPTY_HEAD;
  for (const chained of records) {
    const problem = checkLink(current, chained.record, stream);
    if (problem !== null)
      throw new TocsinError('chain-broken', `Record ${chained.record.seq} does not follow record ${current.seq} of ${stream}: ${problem}.`);
    current = headOf(chained);
  }
  return current;
}

function asData(data: unknown): { readonly [key: string]: Json } {
  assertJson(data, 'data');
  if (data === null || typeof data !== 'object' || isArray(data)) throw new TocsinError('record-invalid', 'data: is no object.');
  return data;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
