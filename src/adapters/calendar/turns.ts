import ICAL from 'ical.js';
import { clamp } from '../../lib/clamp.ts';
import { plural } from '../../lib/plural.ts';
import { MOST_TURNS, type NamedTurn, type Span } from '../../ports/rotas.ts';
import type { HeavyWork } from '../../ports/threads.ts';
import { parsedCalendars } from './parsed.ts';
import { calledIn } from './people.ts';
import { beginnings, type Stamp, type Stepping, TooOften } from './recurrence.ts';
import { type Clocks, clocksOf, UTC, zonesOf } from './zones.ts';

const DAY = 86_400_000;
/** Characters of a time zone's name that are said. */
const NAME = 60;

/** A calendar as it was fetched. `timeZone`: whose clocks count where an event names none. */
export interface CalendarText {
  readonly text: string;
  readonly timeZone: string;
  readonly span: Span;
}

/** What stands in it, or why it cannot be used. Plain data, since a thread of its own works on it. */
export type CalendarTurns = { readonly turns: readonly NamedTurn[]; readonly problems: readonly string[] } | { readonly refused: string };

/** The turns of a calendar that touch a time: its events, with all their repetitions, exceptions and changes (RFC 5545). */
export function turnsOfCalendar({ text, timeZone, span }: CalendarText): CalendarTurns {
  const found = parsedCalendars(text);
  if (found === null) return { refused: 'the answer is not a calendar' };
  const { calendars, unread } = found;
  const zones = zonesOf(calendars);
  const reading: Reading = {
    own: clocksOf(timeZone) ?? UTC,
    zones,
    span,
    stepping: { steps: 0 },
    turns: [],
    unread,
    unknownZones: new Map(),
    ranges: 0,
  };
  try {
    const events = calendars.flatMap((calendar) => calendar.getAllSubcomponents('vevent'));
    const series = Map.groupBy(events, (event) => String(event.getFirstPropertyValue('uid') ?? `alone-${events.indexOf(event)}`));
    for (const one of series.values()) readSeries(reading, one);
  } catch (error) {
    if (error instanceof TooOften) return { refused: 'it repeats events more often than any rota does' };
    throw error;
  }
  return { turns: reading.turns, problems: problemsOf(reading) };
}

/** Always apart: how long a calendar takes does not depend on its length. */
export const CALENDAR_TURNS: HeavyWork<CalendarText, CalendarTurns> = {
  module: import.meta.url,
  name: 'turnsOfCalendar',
  run: turnsOfCalendar,
  size: () => Number.POSITIVE_INFINITY,
};

interface Reading {
  readonly own: Clocks;
  readonly zones: (name: string) => Clocks | null;
  readonly span: Span;
  readonly stepping: Stepping;
  readonly turns: NamedTurn[];
  unread: number;
  /** How many events name which zone. */
  readonly unknownZones: Map<string, number>;
  /** Changes of an event and all that follow. */
  ranges: number;
}

/** The events of one uid: what repeats, and the single times that were changed. */
function readSeries(reading: Reading, events: readonly ICAL.Component[]): void {
  const changes = events.filter((event) => event.hasProperty('recurrence-id'));
  const changed = new Set<number>();
  for (const change of changes) {
    attempt(reading, () => {
      const property = change.getFirstProperty('recurrence-id');
      const [stamp] = property === null ? [] : stampsOf(reading, property);
      if (stamp === undefined) return;
      if (property?.getFirstParameter('range') !== undefined) reading.ranges += 1;
      changed.add(stamp.clocks.at(stamp.shown));
      readEvent(reading, change, new Set());
    });
  }
  for (const event of events) if (!changes.includes(event)) attempt(reading, () => readEvent(reading, event, changed));
}

/** One event that cannot be read costs no other. */
function attempt(reading: Reading, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof TooOften) throw error;
    reading.unread += 1;
  }
}

function readEvent(reading: Reading, event: ICAL.Component, without: ReadonlySet<number>): void {
  if (String(event.getFirstPropertyValue('status')).toUpperCase() === 'CANCELLED') return;
  const property = event.getFirstProperty('dtstart');
  const [start] = property === null ? [] : stampsOf(reading, property);
  if (start === undefined) return;
  const { clocks } = start;
  const excluded = excludedBy(reading, event);
  const end = endOf(reading, event, start);
  const { from, until } = reading.span;
  const more = event.getAllProperties('rdate').flatMap((one) => stampsOf(reading, one).map((stamp) => clocks.show(stamp.clocks.at(stamp.shown))));
  const seen = new Set<number>();
  for (const shown of [...beginnings(event, start, until, reading.stepping), ...more]) {
    const begins = clocks.at(shown);
    if (seen.has(begins) || without.has(begins) || excluded(begins, shown)) continue;
    seen.add(begins);
    const ends = end(shown, begins);
    if (ends <= from || begins >= until || ends <= begins) continue;
    if (reading.turns.length >= MOST_TURNS) throw new TooOften();
    reading.turns.push({ ...calledIn(event), from: begins, until: ends });
  }
}

/** Whether a beginning is left out: by its moment, or by its day where a calendar names only that. */
function excludedBy(reading: Reading, event: ICAL.Component): (begins: number, shown: number) => boolean {
  const stamps = event.getAllProperties('exdate').flatMap((property) => stampsOf(reading, property));
  const moments = new Set(stamps.filter(({ isDay }) => !isDay).map(({ clocks, shown }) => clocks.at(shown)));
  const days = new Set(stamps.filter(({ isDay }) => isDay).map(({ shown }) => shown));
  return (begins, shown) => moments.has(begins) || days.has(Math.floor(shown / DAY) * DAY);
}

/** When an event ends that begins so: at what clocks show then, so that a turn to 09:00 ends at 09:00 on the day that clocks change, too. */
function endOf(reading: Reading, event: ICAL.Component, start: Stamp): (shown: number, begins: number) => number {
  const { clocks } = start;
  const property = event.getFirstProperty('dtend');
  const [end] = property === null ? [] : stampsOf(reading, property);
  if (end !== undefined) {
    const [shownLength, length] = [end.shown - start.shown, end.clocks.at(end.shown) - clocks.at(start.shown)];
    return end.clocks.name === clocks.name ? (shown) => clocks.at(shown + shownLength) : (_, begins) => begins + length;
  }
  const duration: unknown = event.getFirstPropertyValue('duration');
  if (!(duration instanceof ICAL.Duration)) return (shown) => clocks.at(shown + (start.isDay ? DAY : 0));
  const { weeks, days, hours, minutes, seconds, isNegative } = duration;
  const rest = ((hours * 60 + minutes) * 60 + seconds) * 1_000;
  return (shown, begins) => (isNegative ? begins : clocks.at(shown + (weeks * 7 + days) * DAY) + rest);
}

/** The times of a property; none where it names a zone that nobody knows. */
function stampsOf(reading: Reading, property: ICAL.Property): readonly Stamp[] {
  const named = property.getFirstParameter('tzid');
  const zone = named === undefined || named === '' ? reading.own : reading.zones(named);
  // The raw values: [name, parameters, type, value, value ...]. A period is its beginning and its end.
  const values: unknown[] = property.toJSON().slice(3);
  return values.flatMap((value) => {
    const text = String(Array.isArray(value) ? value[0] : value);
    const [, day, time = '00:00:00', utc] = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(Z?))?$/.exec(text) ?? [];
    const shown = Date.parse(`${day}T${time}Z`);
    if (Number.isNaN(shown)) throw new TypeError('no time');
    const clocks = utc === 'Z' ? UTC : zone;
    if (clocks === null) {
      const name = clamp(named ?? '', NAME);
      if (property.name === 'dtstart') reading.unknownZones.set(name, (reading.unknownZones.get(name) ?? 0) + 1);
      return [];
    }
    return [{ shown, clocks, isDay: utc === undefined }];
  });
}

function problemsOf({ unread, unknownZones, ranges }: Reading): readonly string[] {
  const zones = [...unknownZones].map(([name, count]) => `${plural(count, 'event')} in a time zone that nobody knows (“${name}”)`);
  return [
    ...(unread === 0 ? [] : [`${plural(unread, 'event')} with times that cannot be read`]),
    ...zones,
    ...(ranges === 0 ? [] : [`${plural(ranges, 'change')} of “this and all following events”: only the first of them counts`]),
  ];
}
