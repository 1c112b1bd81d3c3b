import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NewRecord } from '../../src/domain/record.ts';
import type { ChainHead } from '../../src/evidence/chain.ts';
import { checkLink, EMPTY_HEAD, FIRST_PREV, followChain, headOf, nextRecord, redactedChain } from '../../src/evidence/chain.ts';
import { decodeRecord } from '../../src/evidence/record.ts';
import { createRedactor } from '../../src/evidence/redaction/redact.ts';
import type { ChainedRecord } from '../../src/ports/evidence.ts';
import { newRecord } from './helpers/arbitrary.ts';
import { codeOf } from './helpers/errors.ts';

const STREAM = 'INC-2026-0042';

function chain(records: readonly NewRecord[]): ChainedRecord[] {
  let head: ChainHead | null = null;
  return records.map((record, index) => {
    const chained = nextRecord(head, record, { stream: STREAM, time: new Date(1_800_000_000_000 + index).toISOString(), eventId: `e${index}` });
    head = headOf(chained);
    return chained;
  });
}

test('the first record follows 64 zeros', () => {
  const [first] = chain([{ type: 'note.added', v: 1, actor: { kind: 'tocsin', id: 'r' }, subject: 's', outcome: 'done', data: {} }]);
  expect(first?.record).toMatchObject({ seq: 1, prev: FIRST_PREV, incident_id: STREAM, artifacts: [] });
  expect(FIRST_PREV).toBe('0'.repeat(64));
});

test('any chain reads back as it was written, and follows itself', () => {
  fc.assert(
    fc.property(fc.array(newRecord, { minLength: 1, maxLength: 6 }), (records) => {
      const chained = chain(records);
      expect(followChain(null, chained, STREAM)).toEqual(headOf(chained.at(-1) as ChainedRecord));
      for (const [index, one] of chained.entries()) {
        // -0 and 0 are one number in JSON.
        expect(decodeRecord(one.bytes).record).toEqual(JSON.parse(JSON.stringify(one.record)));
        expect(one.record).toMatchObject({ seq: index + 1, prev: index === 0 ? FIRST_PREV : chained[index - 1]?.hash });
      }
    }),
  );
});

test('any record taken out, swapped or turned breaks the chain', () => {
  fc.assert(
    fc.property(fc.array(newRecord, { minLength: 3, maxLength: 6 }), fc.nat(), (records, pick) => {
      const chained = chain(records);
      const at = pick % (chained.length - 1);
      expect(codeOf(() => followChain(null, chained.toSpliced(at, 1), STREAM))).toBe('chain-broken');
      expect(codeOf(() => followChain(null, chained.toReversed(), STREAM))).toBe('chain-broken');
    }),
  );
});

test('a link says what is wrong with it', () => {
  const [first, second] = chain(fc.sample(newRecord, 2)) as [ChainedRecord, ChainedRecord];
  expect(checkLink(EMPTY_HEAD, first.record, STREAM)).toBeNull();
  expect(checkLink(EMPTY_HEAD, first.record, 'INC-2026-0043')).toBe('other-stream');
  expect(checkLink(EMPTY_HEAD, second.record, STREAM)).toBe('wrong-seq');
  expect(checkLink({ seq: 1, hash: FIRST_PREV }, second.record, STREAM)).toBe('wrong-prev');
});

test('a chained record is redacted before it is hashed, and says so', () => {
  const place = { stream: STREAM, time: '2026-11-21T08:15:53.000Z', eventId: 'e1' };
  const record: NewRecord = {
    type: 'note.added',
    v: 1,
    actor: { kind: 'person', id: 'U0ALICE' },
    subject: 'is hunter22 it?',
    outcome: 'done',
    data: { text: 'it is hunter22, password=abc' },
  };
  const chained = redactedChain(createRedactor(['hunter22']))(EMPTY_HEAD, record, place);
  expect(chained.record.subject).toBe('is [redacted:known-secret] it?');
  expect(chained.record.data).toEqual({
    text: 'it is [redacted:known-secret], password=[redacted:assigned-secret]',
    redactions: [
      { rule: 'assigned-secret', count: 1 },
      { rule: 'known-secret', count: 2 },
    ],
  });
  expect(Buffer.from(chained.bytes).toString()).not.toContain('hunter22');
});

test('without anything to redact a record has no note about it', () => {
  const place = { stream: STREAM, time: '2026-11-21T08:15:53.000Z', eventId: 'e1' };
  const record: NewRecord = {
    type: 'note.added',
    v: 1,
    actor: { kind: 'person', id: 'U0ALICE' },
    subject: 's',
    outcome: 'done',
    data: { text: 'plain' },
  };
  expect(redactedChain(createRedactor([]))(EMPTY_HEAD, record, place).record.data).toEqual({ text: 'plain' });
});
