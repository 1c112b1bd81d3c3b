import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { TocsinError } from '../domain/errors.ts';
import type { Json, StoredRecord } from '../domain/record.ts';
import { sha256 } from '../lib/hash.ts';
import type { ChainedRecord } from '../ports/evidence.ts';
import { assertJson, canonicalBytes, isCanonical } from './json.ts';
import { artifactPath, MAX_SEQ, STREAM } from './layout.ts';

/** The longest record, its newline included, in bytes; larger things are artifacts. */
export const MAX_RECORD_BYTES = 65_536;

/** A SHA-256 in lower-case hex. */
export const hexSchema = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in lower-case hex');

/** UTC with milliseconds and `Z`, a moment that exists. */
export const timeSchema = z
  .string()
  .regex(/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/, 'is not UTC with milliseconds and Z')
  .refine(isMoment, 'is no moment of the calendar');

export const streamSchema = z.string().regex(STREAM, 'is no stream: INC-2026-0042, DRL-2026-0007, system or log');

const idSchema = z.string().regex(/^[\x21-\x7e]{1,200}$/, 'is not an id of 1 to 200 printable ASCII characters without spaces');

const artifactSchema = z
  .strictObject({ path: z.string(), sha256: hexSchema, size: z.int().min(0) })
  .refine((artifact) => artifact.path === artifactPath(artifact.sha256), 'has a path that is not artifacts/sha256/<its digest>');

/** One record, field by field (docs/reference/records.md). Unknown keys are refused: what is hashed is what is known. */
const recordSchema = z.strictObject({
  v: z.int().min(1),
  incident_id: streamSchema,
  seq: z.int().min(1).max(MAX_SEQ),
  prev: hexSchema,
  event_id: idSchema,
  type: z.string().regex(/^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$/, 'is not a dotted lower-case name'),
  time: timeSchema,
  actor: z.strictObject({ kind: z.enum(['person', 'timer', 'tocsin']), id: idSchema }),
  subject: z.string().min(1).max(1_000),
  outcome: z.enum(['done', 'refused', 'failed']),
  data: z.custom<Record<string, unknown>>(isObject, 'is no object'),
  artifacts: z.array(artifactSchema).max(200),
});

/**
 * Gives a record its bytes (canonical JSON and a newline) and their SHA-256.
 * Throws TocsinError: `record-invalid` with the field, `record-too-large` above 64 KiB, or a `json-` code of assertJson.
 */
export function encodeRecord(record: StoredRecord): ChainedRecord {
  assertJson(record);
  const checked = checkShape(record);
  const bytes = canonicalBytes(checked);
  assertSize(bytes);
  return { record: checked, bytes, hash: sha256(bytes) };
}

/**
 * Reads a record strictly: valid UTF-8, the schema, only what assertJson allows, and exactly the canonical bytes.
 * Throws TocsinError: `record-too-large`, `record-not-json`, `record-invalid`, `record-not-canonical` or a `json-` code.
 */
export function decodeRecord(bytes: Uint8Array): ChainedRecord {
  const { text, value } = parse(bytes);
  assertJson(value);
  const record = checkShape(value);
  if (!isCanonical(value, text)) throw new TocsinError('record-not-canonical', 'The bytes are not canonical JSON (RFC 8785) and one newline.');
  return { record, bytes, hash: sha256(bytes) };
}

/**
 * Reads a record whose bytes a hash chain vouches for: only as much of it is checked as following the chain needs.
 * Throws like decodeRecord, less what that finds inside the fields.
 */
export function readRecord(bytes: Uint8Array): StoredRecord {
  const { value } = parse(bytes);
  return looksLikeRecord(value) ? value : checkShape(value);
}

function parse(bytes: Uint8Array): { text: string; value: Json } {
  assertSize(bytes);
  if (!isUtf8(bytes)) throw new TocsinError('record-not-json', 'The bytes are not UTF-8.');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  try {
    return { text, value: JSON.parse(text) as Json };
  } catch (cause) {
    throw new TocsinError('record-not-json', 'The bytes are not JSON.', { cause });
  }
}

function checkShape(value: unknown): StoredRecord {
  const result = recordSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue === undefined || issue.path.length === 0 ? 'The record' : issue.path.join('.');
  throw new TocsinError('record-invalid', `${field}: ${issue?.message ?? 'is not valid'}.`, { cause: result.error });
}

/** The quick way past the schema: every field there, of its type, and no artifacts, whose digests become keys. */
function looksLikeRecord(value: unknown): value is StoredRecord {
  if (!isObject(value)) return false;
  const { v, incident_id, seq, prev, event_id, type, time, actor, subject, outcome, data, artifacts } = value;
  const texts = [incident_id, prev, event_id, type, time, subject, outcome];
  return (
    Number.isSafeInteger(v) &&
    Number.isSafeInteger(seq) &&
    texts.every(isText) &&
    isObject(actor) &&
    isObject(data) &&
    Array.isArray(artifacts) &&
    artifacts.length === 0
  );
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function assertSize(bytes: Uint8Array): void {
  if (bytes.byteLength <= MAX_RECORD_BYTES) return;
  throw new TocsinError(
    'record-too-large',
    `The record has ${bytes.byteLength} bytes; at most ${MAX_RECORD_BYTES} are allowed. Put larger things into an artifact.`,
  );
}

/** JavaScript takes 31 February for 3 March, so that a late day has to come back as it went in. */
function isMoment(text: string): boolean {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) return false;
  return Number(text.slice(8, 10)) <= 28 || moment.toISOString() === text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
