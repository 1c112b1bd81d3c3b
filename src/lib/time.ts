import { plural } from './plural.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses `30m`, `2h`, `90s`, `1h30m` into milliseconds; `null` when it is no duration. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim().toLowerCase();
  if (!/^(\d{1,6}[smhd])+$/.test(trimmed)) return null;
  let total = 0;
  for (const [, count, unit] of trimmed.matchAll(/(\d+)([smhd])/g)) total += Number(count) * (UNITS[unit ?? ''] ?? 0);
  return total;
}

/** `30m` or `1h30m` in words: `30 minutes`, `1 hour 30 minutes`. What is no duration stays as it is. */
export function spokenDuration(text: string): string {
  if (parseDuration(text) === null) return text;
  const parts = [...text.toLowerCase().matchAll(/(\d+)([smhd])/g)];
  return parts.map(([, count, unit]) => plural(Number(count), UNIT_WORDS[unit ?? ''] ?? '')).join(' ');
}

const UNIT_WORDS: Readonly<Record<string, string>> = { s: 'second', m: 'minute', h: 'hour', d: 'day' };

/** What is wrong with something that should be a length of time, for people: a number without its unit is told with the unit that they mean. */
export function sayNoDuration(value: unknown): string {
  const expected = 'expected a length of time such as 30m, 1h or 1h30m';
  return /^\d{1,6}$/.test(String(value).trim()) ? `has no unit. Did you mean "${String(value).trim()}m"?` : expected;
}

/** Says milliseconds as people do: `45 s`, `5 min`, `1 h 30 min`, `2 d 3 h`. Negative values are said without their sign. */
export function sayDuration(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** `2026-11-21T08:15:53.000Z`: how every record writes a time (docs/reference/records.md). */
export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

/** `2026-11-21`: the UTC day of a moment (ms). */
export function utcDay(ms: number): string {
  return toIso(ms).slice(0, 10);
}

/** The moment (ms) of a time of day in UTC (`04:30`). */
export function utcMoment(day: string, time: string): number {
  return Date.parse(`${day}T${time}:00.000Z`);
}

/** The day of UTC on which a time of day in UTC comes next. */
export function nextUtcDay(time: string, now: number): string {
  const today = utcDay(now);
  return utcMoment(today, time) > now ? today : utcDay(now + 86_400_000);
}

/** `2026-11-21T08:15:53Z`: a moment in a sentence. Files, logs and the shell show it so; in Slack it is each reader's own time (blocks/text.ts). */
export function sayMoment(moment: number | string): string {
  return new Date(moment).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** `2026-11-21 08:15 UTC`: SK-70's `Start Time: YYYY-MM-DD HH:MM UTC`. */
export function sayUtc(ms: number): string {
  return `${toIso(ms).slice(0, 16).replace('T', ' ')} UTC`;
}

/** The same moment in a service's time zone, with the zone named: `09:15 CET`. */
export function sayLocal(ms: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone, timeZoneName: 'short' });
  return format.format(ms);
}

/** The same with its day, for a text that is read on other days too: `30 Nov, 09:15 CET`. */
export function sayLocalDay(ms: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
    timeZoneName: 'short',
  });
  return format.format(ms);
}
