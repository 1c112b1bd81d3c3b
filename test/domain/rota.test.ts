import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { calledByRota } from '../../src/domain/rota/called.ts';
import { nextInLine, nextShift, onCall, shiftsIn } from '../../src/domain/rota/on-call.ts';
import type { Layer, OwnRota, Swap } from '../../src/domain/rota/rota.ts';
import { WEEKDAYS } from '../../src/domain/rota/rota.ts';
import { dayIn, momentIn, timeIn, weekdayOf } from '../../src/lib/zoned.ts';
import { rotas, starts, turns, ZONES } from './helpers/rotas.ts';

const HOUR = 3_600_000;
const [FROM, UNTIL] = [Date.parse('2026-01-01T00:00:00Z'), Date.parse('2029-01-01T00:00:00Z')];
const at = (iso: string) => Date.parse(iso);

function layer(more: Partial<Layer> = {}): Layer {
  return { name: null, people: ['U0ADA', 'U0LINUS'], days: 7, handover: { weekday: 'monday', time: '09:00' }, starts: '2026-01-01', ...more };
}

function rota(more: Partial<OwnRota> = {}): OwnRota {
  return { id: 'platform', name: 'Platform', timeZone: 'Europe/Berlin', layers: [layer()], holidays: [], ...more };
}

function swap(user: string, from: string, until: string, more: Partial<Swap> = {}): Swap {
  return { id: `SWP-${user}`, rota: 'platform', user, from: at(from), until: at(until), by: user, ...more };
}

const instants = fc.integer({ min: FROM, max: UNTIL });

describe('[VQ-25] whatever a rota says', () => {
  test('one of its people is on call at every moment of three years, in Berlin, New York, Kathmandu and on Lord Howe', () => {
    fc.assert(
      fc.property(rotas, instants, (one, moment) => {
        const named = [...one.layers.flatMap((each) => each.people), ...one.holidays.flatMap(({ user }) => user ?? [])];
        expect(named).toContain(onCall(one, [], moment).user);
      }),
      { numRuns: 500 },
    );
  });

  test('its shifts follow one another without a gap, and at every moment of one the same person is on call', () => {
    const swaps = fc.array(fc.tuple(instants, fc.integer({ min: 1, max: 200 * HOUR })), { maxLength: 3 });
    fc.assert(
      fc.property(rotas, instants, swaps, fc.double({ min: 0, max: 1, noNaN: true }), (one, from, given, where) => {
        const standIns = given.map(
          ([begins, length], i): Swap => ({ id: `SWP-${i}`, rota: one.id, user: 'U0JOAN', from: begins, until: begins + length, by: 'U0JOAN' }),
        );
        const until = from + 45 * 24 * HOUR;
        const shifts = shiftsIn(one, standIns, from, until);
        expect([shifts[0]?.from, shifts.at(-1)?.until]).toEqual([from, until]);
        for (const [i, shift] of shifts.entries()) {
          const before = shifts[i - 1];
          if (before !== undefined) {
            expect(before.until).toBe(shift.from);
            expect(before.user).not.toBe(shift.user);
          }
          const inside = shift.from + Math.floor((shift.until - shift.from - 1) * where);
          expect([shift.from, inside, shift.until - 1].map((moment) => onCall(one, standIns, moment).user)).toEqual(Array(3).fill(shift.user));
        }
      }),
      { numRuns: 150 },
    );
  });

  test.each(ZONES)('turns change in %s when its clocks show the time that was said, or at the first moment after a gap', (timeZone) => {
    fc.assert(
      fc.property(turns, starts, (turn, begins) => {
        const one = rota({ timeZone, layers: [layer({ ...turn, starts: begins })] });
        for (const { from } of shiftsIn(one, [], FROM, FROM + 370 * 24 * HOUR).slice(1)) {
          const day = dayIn(timeZone, from);
          if (timeIn(timeZone, from) !== turn.handover.time) {
            // No clock ever shows it on that day: a second before it was earlier, now it is later.
            expect([timeIn(timeZone, from - 1_000) < turn.handover.time, timeIn(timeZone, from) > turn.handover.time]).toEqual([true, true]);
          }
          // The first of two: an hour or half an hour before, the clocks showed something else.
          for (const earlier of [HOUR, HOUR / 2])
            expect([dayIn(timeZone, from - earlier), timeIn(timeZone, from - earlier)]).not.toEqual([day, turn.handover.time]);
          if (turn.handover.weekday !== null) expect(WEEKDAYS[weekdayOf(day)]).toBe(turn.handover.weekday);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('every moment that clocks show is found again, the first where there are two', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instants, (zone, moment) => {
        const minute = Math.floor(moment / 60_000) * 60_000;
        const found = momentIn(zone, dayIn(zone, minute), timeIn(zone, minute));
        expect([0, HOUR, HOUR / 2]).toContain(minute - found);
        expect([dayIn(zone, found), timeIn(zone, found)]).toEqual([dayIn(zone, minute), timeIn(zone, minute)]);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('[VQ-25] both changes of the clock', () => {
  const nightly = (timeZone: string) =>
    rota({ timeZone, layers: [layer({ days: 1, handover: { weekday: null, time: '02:30' }, starts: '2026-01-01' })] });
  const changes = (timeZone: string, from: string, until: string) =>
    shiftsIn(nightly(timeZone), [], at(from), at(until))
      .slice(1)
      .map((shift) => new Date(shift.from).toISOString());

  test('02:30 that never comes is the first moment after the gap', () => {
    expect(changes('Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z')).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
    expect(changes('America/New_York', '2026-03-07T18:00:00Z', '2026-03-09T12:00:00Z')).toEqual([
      '2026-03-08T07:00:00.000Z',
      '2026-03-09T06:30:00.000Z',
    ]);
  });

  test('02:30 that comes twice is the first of the two', () => {
    expect(changes('Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  test('on Lord Howe, where half an hour is skipped and comes twice', () => {
    expect(new Date(momentIn('Australia/Lord_Howe', '2026-10-04', '02:15')).toISOString()).toBe('2026-10-03T15:30:00.000Z');
    expect(new Date(momentIn('Australia/Lord_Howe', '2026-04-05', '01:45')).toISOString()).toBe('2026-04-04T14:45:00.000Z');
  });

  test('a day that a zone leaves out, as Samoa did: its times are the first moment of the day after', () => {
    expect(new Date(momentIn('Pacific/Apia', '2011-12-30', '09:00')).toISOString()).toBe('2011-12-30T10:00:00.000Z');
  });

  test('a turn of the night in which the clocks change is an hour shorter or longer', () => {
    const nights = rota({ layers: [layer({ people: ['U0ADA'] }), layer({ people: ['U0GRACE'], hours: { from: '22:00', to: '06:00' } })] });
    const hours = (from: string, until: string) =>
      shiftsIn(nights, [], at(from), at(until))
        .filter(({ user }) => user === 'U0GRACE')
        .map((shift) => (shift.until - shift.from) / HOUR);
    expect(hours('2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z')).toEqual([7, 8]);
    expect(hours('2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z')).toEqual([9, 8]);
  });
});

describe('[VQ-25] layers, holidays and swaps', () => {
  const weekend = layer({
    name: 'Weekend',
    people: ['U0GRACE', 'U0ALAN'],
    days: 7,
    handover: { weekday: 'saturday', time: '00:00' },
    on: ['saturday', 'sunday'],
  });

  test('a later layer wins while it is on', () => {
    const one = rota({ layers: [layer(), weekend] });
    // A Friday evening, the Saturday, the Sunday, and the Monday after the hand-over.
    const days = ['2026-01-09T20:00:00Z', '2026-01-10T12:00:00Z', '2026-01-11T22:59:00Z', '2026-01-11T23:00:00Z', '2026-01-12T12:00:00Z'];
    expect(days.map((iso) => onCall(one, [], at(iso)).user)).toEqual(['U0ADA', 'U0ALAN', 'U0ALAN', 'U0ADA', 'U0LINUS']);
  });

  test('of two later layers that are on, the last one wins, and none before it has begun', () => {
    const nights = layer({ people: ['U0JOAN'], hours: { from: '20:00', to: '08:00' }, starts: '2026-01-12' });
    const one = rota({ layers: [layer(), weekend, nights] });
    // Saturday evenings: before the nights have begun, and after.
    expect([onCall(one, [], at('2026-01-10T22:00:00Z')).user, onCall(one, [], at('2026-01-17T22:00:00Z')).user]).toEqual(['U0ALAN', 'U0JOAN']);
    expect(onCall(one, [], at('2026-01-17T12:00:00Z')).user).toBe('U0GRACE');
  });

  test('a holiday counts as a Sunday, and one with a person is theirs from midnight to midnight', () => {
    const christmas = { day: '2026-12-25', name: 'Christmas', user: null };
    const one = rota({ layers: [layer(), weekend], holidays: [christmas, { day: '2026-12-24', name: 'Christmas Eve', user: 'U0JOAN' }] });
    expect(onCall(one, [], at('2026-12-25T12:00:00Z')).user).toMatch(/^U0(GRACE|ALAN)$/);
    const eve = shiftsIn(one, [], at('2026-12-23T12:00:00Z'), at('2026-12-25T12:00:00Z')).find(({ user }) => user === 'U0JOAN');
    expect([eve?.from, eve?.until]).toEqual([at('2026-12-23T23:00:00Z'), at('2026-12-24T23:00:00Z')]);
  });

  test('a swap wins over everything for its time, and the newest of two', () => {
    const swaps = [swap('U0GRACE', '2026-01-06T08:00:00Z', '2026-01-08T08:00:00Z'), swap('U0ALAN', '2026-01-07T08:00:00Z', '2026-01-07T12:00:00Z')];
    const shifts = shiftsIn(rota(), swaps, at('2026-01-06T00:00:00Z'), at('2026-01-09T00:00:00Z'));
    expect(shifts.map(({ user }) => user)).toEqual(['U0ADA', 'U0GRACE', 'U0ALAN', 'U0GRACE', 'U0ADA']);
  });

  test('who comes next is said with the moment, and nobody where one person has it alone', () => {
    expect(nextShift(rota(), [], at('2026-01-06T12:00:00Z'))).toMatchObject({ user: 'U0LINUS', from: at('2026-01-12T08:00:00Z') });
    expect(nextShift(rota({ layers: [layer({ people: ['U0ADA'] })] }), [], FROM)).toBeNull();
  });

  test('the next in line is the next by the order, and nobody for whom somebody stands in', () => {
    const three = rota({ layers: [layer({ people: ['U0ADA', 'U0LINUS', 'U0GRACE'] })] });
    const tuesday = at('2026-01-06T12:00:00Z');
    expect(nextInLine(three, [], tuesday)).toBe('U0LINUS');
    expect(nextInLine(three, [swap('U0LINUS', '2026-01-06T08:00:00Z', '2026-01-07T08:00:00Z')], tuesday)).toBe('U0GRACE');
    expect(nextInLine(rota({ layers: [layer({ people: ['U0ADA'] })] }), [], tuesday)).toBeNull();
    expect(calledByRota({ rotas: { platform: three }, swaps: [] }, { rota: 'platform', turn: 'next' }, tuesday)).toEqual(['U0LINUS']);
    expect(calledByRota({ rotas: {}, swaps: [] }, { rota: 'gone' }, tuesday)).toEqual([]);
  });
});

test('[VQ-25] a rota of six layers is looked through for a year without a wait', () => {
  const hours = ['06:00-14:00', '14:00-22:00', '22:00-06:00', '08:00-09:00', '12:00-13:30'].map((text) => {
    const [from = '', to = ''] = text.split('-');
    return layer({ people: ['U0ADA'], days: 1, handover: { weekday: null, time: '09:00' }, hours: { from, to } });
  });
  const alone = rota({ layers: [layer({ people: ['U0ADA'] }), ...hours] });
  const some = { ...alone, layers: [...alone.layers, layer({ people: ['U0JOAN'], starts: '2040-01-01' })] } as const;
  let asked = 0;
  const found: unknown[] = [];
  const counts: number[] = [];
  const format = Intl.DateTimeFormat.prototype.formatToParts;
  Intl.DateTimeFormat.prototype.formatToParts = function counted(...given) {
    asked += 1;
    return format.apply(this, given);
  };
  try {
    for (const one of [alone, some]) {
      found.push(nextShift(one, [], at('2031-01-01T00:00:00Z')));
      counts.push(asked);
    }
  } finally {
    Intl.DateTimeFormat.prototype.formatToParts = format;
  }
  expect(found).toEqual([null, null]);
  // Where one person is alone nothing is looked for. Each is some microseconds: once a day, and not for each of the many times of each layer.
  expect([counts[0], asked < 2_000]).toEqual([0, true]);
});
