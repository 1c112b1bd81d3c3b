const DAY_MS = 86_400_000;

/** Whether a text is a day of the calendar, written as `2026-12-10`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** Whether a text is a time of day, written as `14:00`. */
export function isTimeOfDay(text: string): boolean {
  return /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(text);
}

/** The day so many days after one. */
export function daysAfter(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

/** The day that it is in a time zone at a moment (ms). */
export function dayIn(timeZone: string, ms: number): string {
  return new Date(wallClock(timeZone, ms)).toISOString().slice(0, 10);
}

/**
 * The moment (ms) at which clocks of a time zone show a day and a time of day. Where they show it twice, the first time; where they skip it, the first
 * moment after the gap.
 */
export function momentIn(timeZone: string, day: string, time: string): number {
  const shown = Date.parse(`${day}T${time}:00Z`);
  const [early, late] = candidates(timeZone, shown);
  if (wallClock(timeZone, early) === shown) return early;
  return wallClock(timeZone, late) === shown ? late : firstPast(timeZone, shown, early, late);
}

/**
 * The moment (ms) that a calendar means by what clocks show (as if it were UTC), as RFC 5545 has it in 3.3.5: of two the first one, and what clocks skip is
 * counted on from before the gap, so that 02:30 is what they call 03:30.
 */
export function momentShown(timeZone: string, shown: number): number {
  const [early, late] = candidates(timeZone, shown);
  return wallClock(timeZone, early) === shown ? early : late;
}

/** The two moments (ms, in order) at which clocks may show something: by how far the zone is from UTC the day before, and the day after. */
function candidates(timeZone: string, shown: number): readonly [number, number] {
  const [a, b] = [shown - offsetAt(timeZone, shown - DAY_MS), shown - offsetAt(timeZone, shown + DAY_MS)];
  return a <= b ? [a, b] : [b, a];
}

/** The first moment of those from `before` to `past` at which clocks show so much or more. */
function firstPast(timeZone: string, shown: number, before: number, past: number): number {
  let [early, late] = [before, past];
  while (late - early > 1_000) {
    const middle = early + Math.floor((late - early) / 2_000) * 1_000;
    if (wallClock(timeZone, middle) < shown) early = middle;
    else late = middle;
  }
  return late;
}

/** The time of day that clocks of a zone show at a moment, as `HH:MM`. */
export function timeIn(timeZone: string, ms: number): string {
  return new Date(wallClock(timeZone, ms)).toISOString().slice(11, 16);
}

/** The day of the week of a day: 0 is Sunday. */
export function weekdayOf(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay();
}

/** The first day of the week's day (0 is Sunday), from a day on. */
export function nextWeekday(day: string, weekday: number): string {
  return daysAfter(day, (weekday - weekdayOf(day) + 7) % 7);
}

/** How many days lie between two days. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

/** What clocks of a zone show at a moment, as if it were UTC; seconds are kept, milliseconds are not. */
export function wallClock(timeZone: string, ms: number): number {
  return Math.floor(ms / 1_000) * 1_000 + offsetAt(timeZone, ms);
}

/** From this day of UTC (1980) on clocks change at most once a day: a day that begins and ends with the same offset has that all along. */
const STEADY_SINCE = 3_652;
/** Days that are remembered for a zone: some ten years. */
const REMEMBERED = 4_000;
/** How far (ms) a zone is from UTC when a day of UTC begins, by zone and day: to ask for it takes a thousand times as long as to look it up. */
const offsets = new Map<string, Map<number, number>>();

/** How far (ms) a zone is from UTC at a moment. */
function offsetAt(timeZone: string, ms: number): number {
  const day = Math.floor(ms / DAY_MS);
  if (!(day >= STEADY_SINCE)) return askOffset(timeZone, ms);
  const begins = offsetOfDay(timeZone, day);
  return begins === offsetOfDay(timeZone, day + 1) ? begins : askOffset(timeZone, ms);
}

function offsetOfDay(timeZone: string, day: number): number {
  const days = offsets.get(timeZone) ?? new Map<number, number>();
  const known = days.get(day);
  if (known !== undefined) return known;
  if (days.size >= REMEMBERED) days.clear();
  const asked = askOffset(timeZone, day * DAY_MS);
  offsets.set(timeZone, days.set(day, asked));
  return asked;
}

function askOffset(timeZone: string, ms: number): number {
  const parts = formatOf(timeZone).formatToParts(ms);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - Math.floor(ms / 1_000) * 1_000;
}

/** One for each zone: they are slow to make. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(timeZone, made);
  return made;
}
