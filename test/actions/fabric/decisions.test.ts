import { expect, test } from '@jest/globals';
import { lastDecision } from '../../../src/actions/fabric/decisions.ts';

const CAPSULE = `sha256:${'3f'.repeat(32)}`;
const line = (second: number, text: object | string) => `2026-11-21T12:00:0${second}.000Z ${typeof text === 'string' ? text : JSON.stringify(text)}`;
const decided = (capsuleHash: string, shouldRollback = true) => ({ message: 'Rollback decision', capsuleHash, shouldRollback });
const error =
  'Rollback.ops.prov-fabric.io "rollback-1" is invalid: [spec.targetRelease: Invalid value: "v0.1.0", spec.reason: Unsupported value: "high_risk_x"]';

test('the newest decision to roll back, what refused it, and the fields that it names', () => {
  const lines = [line(1, decided(CAPSULE)), line(2, { message: 'Failed to create Rollback', capsuleHash: CAPSULE, statusCode: 422, error })];
  expect(lastDecision(lines, '')).toEqual({
    line: JSON.stringify(decided(CAPSULE)),
    at: Date.parse('2026-11-21T12:00:01Z'),
    refusal: error,
    fields: ['spec.targetRelease', 'spec.reason'],
  });
});

test('a decision against a rollback is none, another capsule’s is not this one’s, and lines of text count as well', () => {
  expect(lastDecision([line(1, decided(CAPSULE, false))], '')).toBeNull();
  expect(lastDecision([line(1, decided('sha256:other'))], CAPSULE)).toBeNull();
  expect(lastDecision([], '')).toBeNull();
  const text = lastDecision([line(1, `Rollback decision: true for ${CAPSULE}`), line(2, `rollback of ${CAPSULE} failed: 422 spec.reason`)], CAPSULE);
  expect(text).toMatchObject({ refusal: expect.stringContaining('422'), fields: ['spec.reason'] });
});

test('a refusal before the decision is of another one, and without a refusal there is none', () => {
  const refused = line(1, { message: 'Failed to create Rollback', statusCode: 422, error });
  expect(lastDecision([refused, line(2, decided(CAPSULE))], '')).toMatchObject({ refusal: null, fields: [] });
});
