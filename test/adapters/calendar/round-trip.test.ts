import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { turnsOfCalendar } from '../../../src/adapters/calendar/turns.ts';
import { onCall, shiftsIn } from '../../../src/domain/rota/on-call.ts';
import type { ListedRota, OwnRota } from '../../../src/domain/rota/rota.ts';
import { turnsOf } from '../../../src/engine/rota/naming.ts';
import { momentShown, wallClock } from '../../../src/lib/zoned.ts';
import { rotas, ZONES } from '../../domain/helpers/rotas.ts';
import { calendarOf, stamp } from '../../helpers/calendar.ts';

const [FROM, UNTIL] = [Date.parse('2026-02-01T00:00:00Z'), Date.parse('2027-02-01T00:00:00Z')];
const HOUR = 3_600_000;
const PEOPLE = { ada: 'U0ADA', linus: 'U0LINUS', grace: 'U0GRACE', alan: 'U0ALAN' };
const nameOf = (user: string | null) => Object.entries(PEOPLE).find(([, id]) => id === user)?.[0] ?? 'nobody';

/** By the clocks of the zone where that means the same moment, else in UTC: what comes twice cannot be written otherwise. */
function property(name: string, timeZone: string, ms: number): string {
  const shown = wallClock(timeZone, ms);
  if (momentShown(timeZone, shown) !== ms) return `${name}:${stamp(ms)}`;
  return `${name};TZID=${timeZone}:${stamp(shown).slice(0, -1)}`;
}

/** A rota as a calendar: one event for each time that somebody is on call. */
function exported(rota: OwnRota): string {
  return calendarOf(
    shiftsIn(rota, [], FROM, UNTIL).map(({ user, from, until }) => [
      `SUMMARY:${nameOf(user)}`,
      property('DTSTART', rota.timeZone, from),
      property('DTEND', rota.timeZone, until),
    ]),
  );
}

async function imported(text: string, timeZone: string): Promise<ListedRota> {
  const span = { from: FROM, until: UNTIL };
  const read = turnsOfCalendar({ text, timeZone, span });
  if ('refused' in read) throw new Error(read.refused);
  expect(read.problems).toEqual([]);
  const turns = await turnsOf(read.turns, PEOPLE, async () => null);
  return { id: 'read', name: 'Read', timeZone, source: 'calendar', list: { turns, ...span, readAt: FROM }, away: null };
}

/** Moments that count: at random, and around both changes of the clocks and every change of who is on call. */
function moments(rota: OwnRota, random: readonly number[]): readonly number[] {
  const edges = shiftsIn(rota, [], FROM, UNTIL).flatMap(({ from }) => [from - 1, from, from + 1]);
  const changes: number[] = [];
  for (let ms = FROM; ms < UNTIL; ms += 24 * HOUR) {
    const offset = (moment: number) => wallClock(rota.timeZone, moment) - Math.floor(moment / 1_000) * 1_000;
    if (offset(ms) !== offset(ms + 24 * HOUR)) for (let near = ms; near < ms + 24 * HOUR; near += HOUR / 4) changes.push(near);
  }
  return [...random, ...edges, ...changes].filter((ms) => FROM <= ms && ms < UNTIL);
}

test('[VQ-25] a rota that is written as a calendar and read again has the same person on call at every moment of a year, in four zones', async () => {
  const random = fc.array(fc.integer({ min: FROM, max: UNTIL - 1 }), { minLength: 50, maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(rotas, random, async (rota, given) => {
      // Hand-overs every few hours for a year are more than a calendar of a rota has.
      fc.pre(shiftsIn(rota, [], FROM, UNTIL).length <= 2_900);
      const read = await imported(exported(rota), rota.timeZone);
      const wrong = moments(rota, given).filter((ms) => onCall(read, [], ms).user !== onCall(rota, [], ms).user);
      expect(wrong.map((ms) => new Date(ms).toISOString())).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test.each(ZONES)('[VQ-25] the same of weekly turns that are written as rules, one for each person, in %s', async (timeZone) => {
  const people = ['U0ADA', 'U0LINUS', 'U0GRACE'];
  const rota: OwnRota = {
    id: 'own',
    name: 'Own',
    timeZone,
    layers: [{ name: null, people, days: 7, handover: { weekday: 'sunday', time: '09:00' }, starts: '2026-01-04' }],
    holidays: [],
  };
  const rules = people.map((user, i) => {
    const begins = Date.parse('2026-01-04T09:00:00Z') + i * 7 * 24 * HOUR;
    const [start, end] = [begins, begins + 7 * 24 * HOUR].map((shown) => stamp(shown).slice(0, -1));
    return [`SUMMARY:${nameOf(user)}`, `DTSTART;TZID=${timeZone}:${start}`, `DTEND;TZID=${timeZone}:${end}`, 'RRULE:FREQ=WEEKLY;INTERVAL=3'];
  });
  const read = await imported(calendarOf(rules), timeZone);
  expect(moments(rota, []).filter((ms) => onCall(read, [], ms).user !== onCall(rota, [], ms).user)).toEqual([]);
});
