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

/** The moment (ms) at which clocks of a time zone show a day and a time of day; where they skip it, the one that comes nearest. */
export function momentIn(timeZone: string, day: string, time: string): number {
  const shown = Date.parse(`${day}T${time}:00Z`);
  const guess = shown - (wallClock(timeZone, shown) - shown);
  return shown - (wallClock(timeZone, guess) - guess);
}

/** What clocks of a zone show at a moment, as if it were UTC; seconds are kept, milliseconds are not. */
function wallClock(timeZone: string, ms: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(ms);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}
