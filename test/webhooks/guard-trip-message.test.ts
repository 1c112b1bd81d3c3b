import { describe, expect, test } from '@jest/globals';
import { MAX_MESSAGE, POISONED, readGuardTripMessage } from '../../src/webhooks/guard-trip-message.ts';

const TRIP = {
  capsuleHash: 'sha256:aa01',
  tenantId: 't-1',
  riskScore: 0.85,
  heartbeatMisses: 4,
  ts: '2026-11-21T10:00:00Z',
  eventType: 'guard_trip',
};

function message(body: unknown, more: object = {}) {
  const bytes = body === null || body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { topic: 'provability.events.v1.GuardTrip', partition: 2, offset: '7', at: 1_795_000_000_000, body: bytes, ...more };
}

describe('A message of the topic of guard trips', () => {
  test('[PF-01] is the same alert as one by webhook, kept once a place', () => {
    const kept = readGuardTripMessage(message(TRIP), 'provability-fabric');
    expect(kept).toMatchObject({ key: 'kafka:provability.events.v1.GuardTrip:2:7:1795000000000', of: 'signals', problem: null });
    expect(kept.payload).toMatchObject({
      signals: [
        {
          source: 'guard-trip',
          from: 'kafka',
          key: 'guard-trip:sha256:aa01:t-1',
          otherwise: 'provability-fabric',
          at: Date.parse(TRIP.ts),
          labels: { risk_score: '0.85', heartbeat_misses: '4' },
        },
      ],
    });
  });

  test('happened when it was written, when it does not say so itself', () => {
    const { ts: _, ...untimed } = TRIP;
    expect(readGuardTripMessage(message(untimed), null).payload).toMatchObject({ signals: [{ at: 1_795_000_000_000 }] });
    expect(readGuardTripMessage(message(untimed, { at: -1 }), null).payload).toMatchObject({ signals: [{ at: null }] });
  });

  test('has another key in a topic that was made anew', () => {
    const [before, after] = [message(TRIP), message(TRIP, { at: 1_796_000_000_000 })].map((one) => readGuardTripMessage(one, null).key);
    expect(before).not.toBe(after);
  });

  test.each<readonly [string, unknown, string]>([
    ['without a body', null, 'it is empty'],
    ['of no bytes', '', 'it is empty'],
    ['that is no JSON', '{"capsuleHash":', 'it is not JSON'],
    ['that is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'it is not JSON'],
    ['of a schema registry', Buffer.from([0, 0, 0, 0, 1, 2]), 'it begins with the mark of a schema registry, and only plain JSON is read'],
    ['that is a list', [TRIP], 'The event: expected object, received array'],
    ['of another event', { ...TRIP, eventType: 'egress' }, 'eventType: expected guard_trip'],
    ['with a risk that is out of range', { ...TRIP, riskScore: 85 }, 'riskScore: expected 0 to 1'],
    ['that is too large', `"${'x'.repeat(MAX_MESSAGE)}"`, `it has ${MAX_MESSAGE + 2} bytes, more than ${MAX_MESSAGE}`],
  ])('%s is kept for people to look at, in part', (_, body, problem) => {
    const kept = readGuardTripMessage(message(body), null);
    expect(kept).toMatchObject({ key: 'kafka:provability.events.v1.GuardTrip:2:7:1795000000000', of: POISONED, problem });
    expect(kept.payload).toMatchObject({ partition: 2, offset: '7', problem });
    expect(JSON.stringify(kept.payload).length).toBeLessThan(15_000);
  });
});
