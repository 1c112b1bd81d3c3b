import ICAL from 'ical.js';
import { momentShown, wallClock } from '../../lib/zoned.ts';

/** The clocks of a place. What they show is in ms, as if it were UTC. */
export interface Clocks {
  readonly name: string;
  /** The moment (ms) at which they show something. */
  readonly at: (shown: number) => number;
  /** What they show at a moment (ms). */
  readonly show: (ms: number) => number;
}

export const UTC: Clocks = { name: 'UTC', at: (shown) => shown, show: (ms) => ms };

/** The clocks of a zone of the time zone database; `null` where it has none of that name. */
export function clocksOf(timeZone: string): Clocks | null {
  try {
    wallClock(timeZone, 0);
  } catch {
    return null;
  }
  return { name: timeZone, at: (shown) => momentShown(timeZone, shown), show: (ms) => wallClock(timeZone, ms) };
}

/** The zones that a calendar names: those of the database by their names, others by the rules that the calendar brings along. */
export function zonesOf(calendars: readonly ICAL.Component[]): (name: string) => Clocks | null {
  const known = new Map<string, Clocks | null>();
  const rules = new Map<string, ICAL.Component>();
  for (const calendar of calendars)
    for (const zone of calendar.getAllSubcomponents('vtimezone')) rules.set(String(zone.getFirstPropertyValue('tzid')), zone);

  function look(name: string): Clocks | null {
    // Some programs put their own name before that of the zone.
    const found = clocksOf(name) ?? clocksOf(name.split('/').slice(-2).join('/'));
    const own = found === null ? rules.get(name) : undefined;
    return own === undefined ? found : clocksByRules(name, own);
  }

  return (name) => {
    if (!known.has(name)) known.set(name, look(name));
    return known.get(name) ?? null;
  };
}

function clocksByRules(name: string, component: ICAL.Component): Clocks {
  const zone = new ICAL.Timezone({ component, tzid: name });
  const offset = (shown: number) => zone.utcOffset(timeOf(shown)) * 1_000;
  return {
    name,
    at: (shown) => shown - offset(shown),
    show(ms) {
      const first = ms + offset(ms);
      return ms + offset(first);
    },
  };
}

/** What clocks show as a time of the library, which belongs to no zone. */
export function timeOf(shown: number, isDate = false): ICAL.Time {
  const date = new Date(shown);
  return new ICAL.Time(
    {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      isDate,
    },
    ICAL.Timezone.localTimezone,
  );
}

/** The same the other way round. */
export function shownBy({ year, month, day, hour, minute, second }: ICAL.Time): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
