import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { decodeRecord } from '../../src/evidence/record.ts';
import { createUpcast, type Upcaster } from '../../src/evidence/upcast.ts';
import { codeOf } from './helpers/errors.ts';

/** Exact bytes, so the files are not called .json: a formatter would rewrite them. */
const CORPUS = join(import.meta.dirname, 'corpus');

/** A type that exists in this test only: version 2 renamed `what` to `text`, version 3 added `length`. */
const SYNTHETIC: readonly Upcaster[] = [
  { type: 'example.noted', from: 2, up: (data) => ({ ...(data as { text: string }), length: (data as { text: string }).text.length }) },
  { type: 'example.noted', from: 1, up: (data) => ({ text: (data as { what: string }).what }) },
];

function readCorpus(name: string) {
  return decodeRecord(readFileSync(join(CORPUS, name))).record;
}

test.each(readdirSync(CORPUS))('%s still reads, strictly, and is what its name says', (name) => {
  const record = readCorpus(name);
  expect(`${record.type}.v${record.v}.record`).toBe(name);
  expect(createUpcast([])(record)).toBe(record);
});

test('an old record is lifted step by step, and the new one stays', () => {
  const upcast = createUpcast(SYNTHETIC);
  const old = readCorpus('example.noted.v1.record');
  expect(upcast(old)).toEqual({ ...old, v: 3, data: { text: 'It smells of smoke.', length: 19 } });
  expect(upcast(readCorpus('example.noted.v2.record'))).toMatchObject({ v: 3, data: { text: 'It smells of smoke.', length: 19 } });
  const current = upcast(old);
  expect(upcast(current)).toEqual(current);
  expect(old.v).toBe(1);
});

test('a record from a later Tocsin is refused', () => {
  const later = { ...readCorpus('example.noted.v1.record'), v: 4 };
  expect(codeOf(() => createUpcast(SYNTHETIC)(later))).toBe('record-too-new');
});

test('a missing step and a double one are found when the program starts', () => {
  const [second, first] = SYNTHETIC as [Upcaster, Upcaster];
  expect(codeOf(() => createUpcast([second]))).toBe('upcaster-gap');
  expect(codeOf(() => createUpcast([first, first]))).toBe('upcaster-gap');
});
