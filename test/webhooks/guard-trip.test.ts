import { describe, expect, test } from '@jest/globals';
import { guardTripSignal, parseGuardTrip } from '../../src/webhooks/guard-trip.ts';

const HASH = `sha256:${'3f'.repeat(32)}`;
const EVENT = { capsuleHash: HASH, tenantId: 'tenant-123', riskScore: 0.85, heartbeatMisses: 4, ts: '2025-08-29T12:00:00Z', eventType: 'guard_trip' };
const SENDER = { from: 'guard-trip', otherwise: 'provability-fabric' };

function signal(body: unknown, from = 'guard-trip') {
  const parsed = parseGuardTrip(body);
  if (!parsed.ok) throw new Error(parsed.problem);
  return guardTripSignal(parsed.trip, { ...SENDER, from });
}

describe('a guard trip', () => {
  test('is the same thing as an event, and as labels of Alertmanager', () => {
    const event = signal({ ...EVENT, reason: 'optional', metadata: { region: 'eu' } });
    const labels = signal({ capsule_hash: HASH, tenant_id: 'tenant-123', risk_score: '0.85', heartbeat_misses: '4' }, 'alertmanager');
    expect(event).toMatchObject({
      source: 'guard-trip',
      key: `guard-trip:${HASH}:tenant-123`,
      at: Date.parse('2025-08-29T12:00:00Z'),
      labels: { capsule_hash: HASH, tenant_id: 'tenant-123', risk_score: '0.85', heartbeat_misses: '4', reason: 'optional', region: 'eu' },
    });
    expect(event.summary).toContain('Its risk score is 0.85, and it missed 4 heartbeats. Reason: optional.');
    expect(labels.key).toBe(event.key);
    expect(labels.labels).toMatchObject({ risk_score: '0.85', heartbeat_misses: '4' });
  });

  test('of the sidecar has an unknown risk, and its figures make no second alert', () => {
    const line = (reason: string) => signal({ event: 'guard_trip', reason, timestamp: '2025-08-29T12:00:00+00:00' });
    const one = line('Budget limit exceeded: $310.00 > $300.00');
    expect(one.summary).toContain(
      'Its risk is unknown, and how many heartbeats it missed is unknown. Reason: Budget limit exceeded: $310.00 > $300.00.',
    );
    expect(one.labels).toEqual({ reason: 'Budget limit exceeded: $310.00 > $300.00' });
    expect(line('Budget limit exceeded: $311.00 > $300.00').key).toBe(one.key);
    expect(line('Policy violated').key).not.toBe(one.key);
  });

  test('that contradicts itself says so, and the graver value counts', () => {
    const told = signal({ ...EVENT, risk_score: '0.2', heartbeat_misses: 9 });
    expect(told.labels).toMatchObject({ risk_score: '0.85', heartbeat_misses: '9' });
    expect(told.summary).toContain('The event says two values of the risk score, 0.85 and 0.2: 0.85 is used.');
    expect(told.summary).toContain('The event says two values of the heartbeat misses, 4 and 9: 9 is used.');
  });

  test('of two capsules and tenants is never one, whatever their names have in them', () => {
    const keys = [
      { capsuleHash: 'a:b', tenantId: 'c' },
      { capsuleHash: 'a', tenantId: 'b:c' },
      { capsuleHash: 'a', tenantId: 'b%3Ac' },
    ].map((names) => signal({ ...EVENT, ...names }).key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('keeps its own labels whatever the metadata say, and bounded', () => {
    const metadata = { risk_score: '0', ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}`, 'x'.repeat(300)])) };
    const { labels } = signal({ ...EVENT, metadata });
    expect(Object.keys(labels)).toHaveLength(30);
    expect(labels).toMatchObject({ risk_score: '0.85', heartbeat_misses: '4' });
    expect(labels.m1).toHaveLength(200);
  });

  test.each([
    ['no object', null],
    ['a list', [EVENT]],
    ['another event', { ...EVENT, eventType: 'heartbeat' }],
    ['nothing that says what it is', { riskScore: 0.9 }],
    ['two kinds', { ...EVENT, event: 'heartbeat' }],
    ['NaN', { ...EVENT, riskScore: Number.NaN }],
    ['NaN as a text', { ...EVENT, riskScore: 'NaN' }],
    ['infinity', { ...EVENT, riskScore: 'Infinity' }],
    ['a risk over 1', { ...EVENT, riskScore: 1.0001 }],
    ['a risk under 0', { ...EVENT, riskScore: '-0.1' }],
    ['a risk in hexadecimal', { ...EVENT, riskScore: '0x1' }],
    ['an empty risk', { ...EVENT, riskScore: '' }],
    ['half a heartbeat', { ...EVENT, heartbeatMisses: 2.5 }],
    ['negative heartbeats', { ...EVENT, heartbeatMisses: -1 }],
    ['a time that is none', { ...EVENT, ts: 'yesterday' }],
    ['an empty hash', { ...EVENT, capsuleHash: ' ' }],
  ])('%s is refused with the reason', (_what, body) => {
    const parsed = parseGuardTrip(body);
    expect(parsed.ok ? null : parsed.problem).toMatch(/^[A-Za-z_ ]+: /);
  });

  test.each([
    [0, '0'],
    ['0.0', '0'],
    [1, '1'],
    [' 0.5 ', '0.5'],
    ['5e-1', '0.5'],
  ])('a risk of %p is %s', (riskScore, label) => {
    expect(signal({ ...EVENT, riskScore }).labels.risk_score).toBe(label);
  });

  test.each([
    ['2025-08-29T12:00:00Z', '2025-08-29T12:00:00.000Z'],
    ['2025-08-29T14:00:00+02:00', '2025-08-29T12:00:00.000Z'],
    ['2025-08-29T12:00:00', '2025-08-29T12:00:00.000Z'],
    [1_756_468_800, '2025-08-29T12:00:00.000Z'],
    [1_756_468_800_000, '2025-08-29T12:00:00.000Z'],
  ])('a time of %p is %s', (ts, iso) => {
    expect(new Date(signal({ ...EVENT, ts }).at ?? 0).toISOString()).toBe(iso);
  });
});
