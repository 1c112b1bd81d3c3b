import { describe, expect, test } from '@jest/globals';
import { createGate } from '../../src/slack/gate.ts';

const MINUTE = 60_000;

function gated() {
  const clock = { now: 1_000_000 };
  const gate = createGate(() => clock.now);
  return { clock, gate };
}

/** How many of `wanted` calls go now. */
function go(gate: ReturnType<typeof gated>['gate'], method: string, wanted: number, channel?: string): number {
  return Array.from({ length: wanted }, () => gate.take(method, { channel }, 0)).filter((wait) => wait === 0).length;
}

describe('the gate of Slack’s limits', () => {
  test('lets everything go until Slack says 429, and then nothing like it for as long as Slack says', () => {
    const { clock, gate } = gated();
    expect(go(gate, 'users.info', 500)).toBe(500);
    gate.limited('users.info', undefined, 3_000);
    expect(gate.take('users.info', undefined, 0)).toBe(3_000);
    expect(gate.take('chat.update', undefined, 0)).toBe(0);
    clock.now += 2_000;
    expect(gate.take('users.info', undefined, 0)).toBe(1_000);
  });

  test('goes at the pace at which Slack took it, each in turn, and forgets that when Slack has room again', () => {
    const { clock, gate } = gated();
    expect(go(gate, 'pins.add', 21)).toBe(21);
    gate.limited('pins.add', undefined, 1_000);
    expect([0, 1, 2].map(() => gate.take('pins.add', undefined, 10_000))).toEqual([1_000, 4_150, 7_300]);
    clock.now += 3 * MINUTE;
    expect(go(gate, 'pins.add', 100)).toBe(100);
  });

  test('who is told to wait longer than they can takes nobody’s turn', () => {
    const { gate } = gated();
    expect(go(gate, 'pins.add', 21)).toBe(21);
    gate.limited('pins.add', undefined, 1_000);
    expect([500, 500, 1_000].map((patience) => gate.take('pins.add', undefined, patience))).toEqual([1_000, 1_000, 1_000]);
    expect(gate.take('pins.add', undefined, 0)).toBe(4_150);
  });

  test('goes at the pace that Slack publishes, slower when it says 429 again, and never slower than a third: others have their share', () => {
    const { clock, gate } = gated();
    const paces = Array.from({ length: 5 }, () => {
      gate.take('users.info', undefined, 10_000);
      gate.limited('users.info', undefined, 1_000);
      expect(gate.take('users.info', undefined, 1_000)).toBe(1_000);
      const next = gate.take('users.info', undefined, 0) - 1_000;
      clock.now += 30_000;
      return Math.round(next);
    });
    expect(paces).toEqual([630, 1_260, 1_890, 1_890, 1_890]);
  });

  test('takes the 429s of calls that were under way together for one', () => {
    const { gate } = gated();
    expect(go(gate, 'users.info', 4)).toBe(4);
    for (let n = 0; n < 4; n += 1) gate.limited('users.info', undefined, 1_000);
    expect(gate.take('users.info', undefined, 1_000)).toBe(1_000);
    expect(gate.take('users.info', undefined, 0)).toBeCloseTo(1_630);
  });

  test('closes what another replica was refused', () => {
    const { gate } = gated();
    const other = gated();
    expect(go(gate, 'chat.postMessage', 11, 'C1')).toBe(11);
    other.gate.closed(gate.limited('chat.postMessage', { channel: 'C1' }, 5_000), 5_000);
    expect(other.gate.take('chat.postMessage', { channel: 'C1' }, 0)).toBe(5_000);
    expect(other.gate.take('chat.postMessage', { channel: 'C2' }, 0)).toBe(0);
  });

  test('a 429 of a post where there was no burst is about the whole workspace', () => {
    const { gate } = gated();
    for (let n = 0; n < 100; n += 1) gate.take('chat.postMessage', { channel: `C${n}` }, 0);
    gate.limited('chat.postMessage', { channel: 'C99' }, 3_000);
    expect(gate.take('chat.postMessage', { channel: 'C7' }, 0)).toBe(3_000);
  });

  test('a channel that another replica posts in, too, closes no other: the rest of the burst is not known here', () => {
    const { gate } = gated();
    expect(go(gate, 'chat.postMessage', 6, 'C1')).toBe(6);
    expect(gate.limited('chat.postMessage', { channel: 'C1' }, 30_000)).toBe('chat.postMessage:C1');
    expect(gate.take('chat.postMessage', { channel: 'D1' }, 0)).toBe(0);
  });

  test('who is called waits while Slack takes nothing, and then stands behind no channel', () => {
    const { clock, gate } = gated();
    for (let n = 0; n < 100; n += 1) gate.take('chat.postMessage', { channel: `C${n}` }, 0);
    gate.limited('chat.postMessage', { channel: 'C99' }, 3_000);
    for (let n = 0; n < 20; n += 1) gate.take('chat.postMessage', { channel: `C${n}` }, MINUTE);
    expect(gate.take('chat.postMessage', { channel: 'D1' }, 0)).toBe(3_000);
    clock.now += 3_000;
    expect(gate.take('chat.postMessage', { channel: 'D1' }, 0)).toBe(0);
    expect(gate.take('chat.postMessage', { channel: 'D2' }, 0)).toBe(0);
    expect(gate.take('chat.postMessage', { channel: 'C50' }, 0)).toBeGreaterThan(5_000);
  });

  test('keeps room for who is called: what goes to channels stops before Slack’s limit of all posts', () => {
    const { clock, gate } = gated();
    const sent = Array.from({ length: 400 }, (_, n) => gate.take('chat.postMessage', { channel: `C${n}` }, 0)).filter((wait) => wait === 0);
    expect(sent).toHaveLength(240);
    expect(gate.take('chat.postMessage', { channel: 'D1' }, 0)).toBe(0);
    clock.now += MINUTE;
    expect(gate.take('chat.postMessage', { channel: 'C1' }, 0)).toBe(0);
  });

  test('a post that waits for its channel holds up no other channel', () => {
    const { gate } = gated();
    expect(go(gate, 'chat.postMessage', 11, 'C1')).toBe(11);
    gate.limited('chat.postMessage', { channel: 'C1' }, 5_000);
    expect(gate.take('chat.postMessage', { channel: 'C1' }, 5_000)).toBe(5_000);
    expect(gate.take('chat.postMessage', { channel: 'C2' }, 0)).toBe(0);
  });

  test('counts posts by channel', () => {
    const { gate } = gated();
    expect(go(gate, 'chat.postMessage', 11, 'C1')).toBe(11);
    gate.limited('chat.postMessage', { channel: 'C1' }, 1_000);
    expect(gate.take('chat.postMessage', { channel: 'C1' }, 0)).toBe(1_000);
    expect(gate.take('chat.postMessage', { channel: 'C2' }, 0)).toBe(0);
  });
});
