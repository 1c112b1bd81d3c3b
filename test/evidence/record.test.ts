import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import type { StoredRecord } from '../../src/domain/record.ts';
import { isCanonical } from '../../src/evidence/json.ts';
import { decodeRecord, encodeRecord, MAX_RECORD_BYTES, readRecord } from '../../src/evidence/record.ts';
import { json } from './helpers/arbitrary.ts';
import { codeOf } from './helpers/errors.ts';

const HEX = 'ab'.repeat(32);

const RECORD: StoredRecord = {
  v: 1,
  incident_id: 'INC-2026-0042',
  seq: 7,
  prev: HEX,
  event_id: 'e-7',
  type: 'note.added',
  time: '2026-11-21T08:15:53.000Z',
  actor: { kind: 'person', id: 'U0ALICE' },
  subject: 'INC-2026-0042',
  outcome: 'done',
  data: { text: 'Grüße €', count: 3 },
  artifacts: [{ path: `artifacts/sha256/${HEX}`, sha256: HEX, size: 12 }],
};

test('a record is stored as canonical JSON and a newline, and hashed as stored', () => {
  const { bytes, hash } = encodeRecord(RECORD);
  expect(Buffer.from(bytes).toString()).toBe(
    `{"actor":{"id":"U0ALICE","kind":"person"},"artifacts":[{"path":"artifacts/sha256/${HEX}","sha256":"${HEX}","size":12}],"data":{"count":3,"text":"Grüße €"},"event_id":"e-7","incident_id":"INC-2026-0042","outcome":"done","prev":"${HEX}","seq":7,"subject":"INC-2026-0042","time":"2026-11-21T08:15:53.000Z","type":"note.added","v":1}\n`,
  );
  expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(decodeRecord(bytes)).toEqual({ record: RECORD, bytes, hash });
});

test.each<[string, unknown, string]>([
  ['an undefined value', { ...RECORD, data: { a: undefined } }, 'json-undefined'],
  ['a hole in an array', { ...RECORD, data: { a: Object.assign([], { length: 2 }) } }, 'json-undefined'],
  ['a float', { ...RECORD, data: { a: 0.5 } }, 'json-number'],
  ['an unsafe integer', { ...RECORD, data: { a: 2 ** 53 } }, 'json-number'],
  ['NaN', { ...RECORD, data: { a: Number.NaN } }, 'json-number'],
  ['a key beyond ASCII', { ...RECORD, data: { größe: 1 } }, 'json-key'],
  ['an empty key', { ...RECORD, data: { '': 1 } }, 'json-key'],
  ['half a surrogate pair', { ...RECORD, data: { a: '\ud800' } }, 'json-string'],
  ['a date', { ...RECORD, data: { a: new Date(0) } }, 'json-type'],
  ['a map', { ...RECORD, data: { a: new Map() } }, 'json-type'],
  ['a bigint', { ...RECORD, data: { a: 1n } }, 'json-type'],
  ['a function', { ...RECORD, data: { a: () => 1 } }, 'json-type'],
  ['an unknown field', { ...RECORD, note: 'x' }, 'record-invalid'],
  ['data that is no object', { ...RECORD, data: [1] }, 'record-invalid'],
  ['seq 0', { ...RECORD, seq: 0 }, 'record-invalid'],
  ['a stream that is none', { ...RECORD, incident_id: '../x' }, 'record-invalid'],
  ['upper-case hex', { ...RECORD, prev: HEX.toUpperCase() }, 'record-invalid'],
  ['a time without milliseconds', { ...RECORD, time: '2026-11-21T08:15:53Z' }, 'record-invalid'],
  ['a day that does not exist', { ...RECORD, time: '2026-02-31T08:15:53.000Z' }, 'record-invalid'],
  ['an artifact at another path', { ...RECORD, artifacts: [{ path: 'artifacts/x', sha256: HEX, size: 1 }] }, 'record-invalid'],
  ['too many bytes', { ...RECORD, data: { a: 'x'.repeat(MAX_RECORD_BYTES) } }, 'record-too-large'],
])('refuses %s', (_what, record, code) => {
  expect(codeOf(() => encodeRecord(record as StoredRecord))).toBe(code);
});

test('refuses a structure without end', () => {
  const data: Record<string, unknown> = {};
  data['self'] = data;
  expect(codeOf(() => encodeRecord({ ...RECORD, data }))).toBe('json-depth');
});

test('an error names the place', () => {
  expect(() => encodeRecord({ ...RECORD, data: { steps: [{ output: undefined }] } })).toThrow('$.data.steps[0].output');
});

test('a record of exactly 64 KiB is fine, one byte more is not', () => {
  const room = MAX_RECORD_BYTES - encodeRecord({ ...RECORD, data: { a: '' } }).bytes.byteLength;
  expect(encodeRecord({ ...RECORD, data: { a: 'x'.repeat(room) } }).bytes.byteLength).toBe(MAX_RECORD_BYTES);
  expect(codeOf(() => encodeRecord({ ...RECORD, data: { a: 'x'.repeat(room + 1) } }))).toBe('record-too-large');
});

const CANONICAL = Buffer.from(encodeRecord(RECORD).bytes).toString();
test.each<[string, string, string]>([
  ['no newline', CANONICAL.slice(0, -1), 'record-not-canonical'],
  ['two newlines', `${CANONICAL}\n`, 'record-not-canonical'],
  ['a space', CANONICAL.replace('"seq":7', '"seq": 7'), 'record-not-canonical'],
  ['another order', CANONICAL.replace('"type":"note.added","v":1', '"v":1,"type":"note.added"'), 'record-not-canonical'],
  ['a key twice', CANONICAL.replace('"seq":7', '"seq":7,"seq":7'), 'record-not-canonical'],
  ['an escape that is not needed', CANONICAL.replace('"note.added"', '"note\\u002eadded"'), 'record-not-canonical'],
  ['an exponent', CANONICAL.replace('"count":3', '"count":3e0'), 'record-not-canonical'],
  ['a byte order mark', `\ufeff${CANONICAL}`, 'record-not-json'],
  ['no JSON', '{', 'record-not-json'],
])('strict reading refuses %s', (_what, text, code) => {
  expect(codeOf(() => decodeRecord(Buffer.from(text)))).toBe(code);
});

test('reading refuses bytes that are no UTF-8', () => {
  const bytes = Buffer.from(CANONICAL);
  bytes[bytes.indexOf('€')] = 0xff;
  expect(codeOf(() => readRecord(bytes))).toBe('record-not-json');
});

test('the quick canonical check agrees with RFC 8785 for any value and any order of its keys', () => {
  fc.assert(
    fc.property(json, (value) => {
      const canonical = `${canonicalize(value)}\n`;
      expect(isCanonical(JSON.parse(canonical), canonical)).toBe(true);
      const plain = `${JSON.stringify(value)}\n`;
      expect(isCanonical(JSON.parse(plain), plain)).toBe(plain === canonical);
    }),
    { numRuns: 500 },
  );
});
