import fc from 'fast-check';
import type { Json, NewRecord } from '../../../src/domain/record.ts';

/** Any text that UTF-8 can write. */
const text = fc.string({ unit: 'binary', maxLength: 40 });

const key = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), minLength: 1, maxLength: 12 })
  .filter((name) => name !== '__proto__');

/** What a record's data may hold, with keys that look like numbers among the rest. */
export const json: fc.Arbitrary<Json> = fc.letrec<{ node: Json }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(text, fc.maxSafeInteger(), fc.boolean(), fc.constant(null)),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(key, fc.nat(20).map(String)), tie('node'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).node;

const data = fc.dictionary(key, json, { maxKeys: 5, noNullPrototype: true });

export const newRecord: fc.Arbitrary<NewRecord> = fc.record({
  type: fc.constantFrom('note.added', 'incident.declared', 'run.step-finished'),
  v: fc.integer({ min: 1, max: 9 }),
  actor: fc.record({
    kind: fc.constantFrom('person' as const, 'timer' as const, 'tocsin' as const),
    id: fc.constantFrom('U0ALICE', 'ack-timer', 'replica-1'),
  }),
  subject: text.filter((subject) => subject !== ''),
  outcome: fc.constantFrom('done' as const, 'refused' as const, 'failed' as const),
  data,
});
