import { describe, expect, test } from '@jest/globals';
import { calledByRota, everybodyOf } from '../../src/domain/rota/called.ts';
import { nextInLine, nextShift, onCall, shiftsIn } from '../../src/domain/rota/on-call.ts';
import type { ListedRota, ListedTurn, Swap } from '../../src/domain/rota/rota.ts';
import { decideRota, NO_SWAPS } from '../../src/domain/rota/swaps.ts';

const HOUR = 3_600_000;
const turn = (user: string | null, from: number, until: number): ListedTurn => ({
  user,
  says: user ?? 'Bob',
  from: from * HOUR,
  until: until * HOUR,
});

function listed(...turns: readonly ListedTurn[]): ListedRota {
  const list = { turns: turns.toSorted((a, b) => a.from - b.from), from: 0, until: 100 * HOUR, readAt: 0 };
  return { id: 'platform', name: 'Platform', timeZone: 'UTC', source: 'calendar', list, away: null };
}

const at = (rota: ListedRota, hour: number, swaps: readonly Swap[] = []) => onCall(rota, swaps, hour * HOUR).user;
const swap = (user: string, from: number, until: number): Swap => ({
  id: 'SWP-1',
  rota: 'platform',
  user,
  from: from * HOUR,
  until: until * HOUR,
  by: user,
});

describe('[VQ-25] a list of turns', () => {
  test('of those that overlap the one counts that began last, and of two that begin together the one that ends first', () => {
    const rota = listed(turn('U0WEEK', 0, 50), turn('U0DAY', 10, 20), turn('U0LONG', 30, 40), turn('U0SHORT', 30, 35));
    expect([5, 10, 19, 20, 30, 34, 35, 40, 49, 50].map((hour) => at(rota, hour))).toEqual([
      'U0WEEK',
      'U0DAY',
      'U0DAY',
      'U0WEEK',
      'U0SHORT',
      'U0SHORT',
      'U0LONG',
      'U0WEEK',
      'U0WEEK',
      null,
    ]);
  });

  test('who is next has a turn at the same time, else the turn after; nobody who is on call or for whom somebody stands in', () => {
    const rota = listed(turn('U0WEEK', 0, 50), turn('U0DAY', 10, 20), turn('U0LATER', 60, 70));
    expect(nextInLine(rota, [], 15 * HOUR)).toBe('U0WEEK');
    expect(nextInLine(rota, [], 5 * HOUR)).toBe('U0DAY');
    expect(nextInLine(rota, [swap('U0WEEK', 15, 16)], 15 * HOUR)).toBe('U0LATER');
    expect(nextInLine(rota, [], 65 * HOUR)).toBeNull();
  });

  test('in a gap nobody is called, and who comes next is', () => {
    const rota = listed(turn('U0ADA', 0, 10), turn('U0ADA', 20, 30));
    const all = { rotas: { platform: rota }, swaps: [] };
    expect(calledByRota(all, { rota: 'platform' }, 15 * HOUR)).toEqual([]);
    expect(calledByRota(all, { rota: 'platform', turn: 'next' }, 15 * HOUR)).toEqual(['U0ADA']);
    expect(nextShift(rota, [], 5 * HOUR)).toMatchObject({ user: null, from: 10 * HOUR });
    expect(nextShift(rota, [], 15 * HOUR)).toMatchObject({ user: 'U0ADA', from: 20 * HOUR });
    expect(shiftsIn(rota, [], 0, 40 * HOUR).map(({ user }) => user)).toEqual(['U0ADA', null, 'U0ADA', null]);
  });

  test('somebody who is not in Slack leaves a gap, but not where somebody else is on call', () => {
    const rota = listed(turn('U0ADA', 0, 10), turn(null, 5, 20));
    expect([at(rota, 6), at(rota, 15)]).toEqual(['U0ADA', null]);
    expect(onCall(rota, [], 15 * HOUR).because).toMatchObject({ missing: { says: 'Bob' } });
    expect(everybodyOf({ rotas: { platform: rota }, swaps: [] }, 'platform', 0)).toEqual(['U0ADA']);
  });

  test('says nothing of times that were not read', () => {
    const rota = listed(turn('U0ADA', 0, 200));
    expect(nextShift(rota, [], 5 * HOUR)).toBeNull();
    expect([at({ ...rota, list: null }, 5), nextShift({ ...rota, list: null }, [], 0)]).toEqual([null, null]);
  });

  test('a swap wins over it, also in a gap, and who is in it may fill that', () => {
    const rota = listed(turn('U0ADA', 0, 10), turn('U0LINUS', 20, 30));
    expect([at(rota, 5, [swap('U0GRACE', 4, 6)]), at(rota, 15, [swap('U0GRACE', 14, 16)])]).toEqual(['U0GRACE', 'U0GRACE']);
    const by = (id: string, ...roles: string[]) => ({ id, trusted: true, roles });
    const fill = (id: string, user: string, ...roles: string[]) =>
      decideRota(NO_SWAPS, rota, { type: 'swap', by: by(id, ...roles), user, from: 12 * HOUR, until: 14 * HOUR }, 12 * HOUR);
    expect(fill('U0ADA', 'U0ADA')).toMatchObject([{ type: 'rota.swapped', data: { user: 'U0ADA', instead: null } }]);
    expect(fill('U0JOAN', 'U0JOAN', 'responder')).toHaveLength(1);
    expect(() => fill('U0JOAN', 'U0JOAN')).toThrow('Only those who swap');
    expect(() => fill('U0JOAN', 'U0ADA')).toThrow('Only those who swap');
  });

  test('each change is said once, to nobody and from nobody too', () => {
    const rota = listed(turn('U0ADA', 0, 10), turn('U0LINUS', 20, 30));
    const settle = (before: string | null, hour: number) =>
      decideRota(NO_SWAPS, rota, { type: 'settle', before }, hour * HOUR).map(({ data }) => data);
    expect(settle('U0ADA', 12)).toMatchObject([{ user: null, before: 'U0ADA' }]);
    expect(settle(null, 12)).toEqual([]);
    expect(settle(null, 22)).toMatchObject([{ user: 'U0LINUS', before: null }]);
  });
});
