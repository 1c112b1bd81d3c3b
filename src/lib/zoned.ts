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
  const [early, late] = [shown - DAY_MS, shown + DAY_MS].map((near) => shown - (wallClock(timeZone, near) - near)).sort((a, b) => a - b) as [
    number,
    number,
  ];
  if (wallClock(timeZone, early) === shown) return early;
  return wallClock(timeZone, late) === shown ? late : firstPast(timeZone, shown, early, late);
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
function wallClock(timeZone: string, ms: number): number {
  const parts = formatOf(timeZone).formatToParts(ms);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
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
