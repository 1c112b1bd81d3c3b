import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { parseDuration } from '../../lib/time.ts';

/** A duration as people write it: `10s`, `30m`, `60d`, `1h30m`. */
export const duration = z.string().refine((text) => (parseDuration(text) ?? 0) > 0, { error: 'expected a duration such as 10s, 30m, 2h or 60d' });

/** A duration that the schema has accepted, in ms. */
export function msOf(text: string): number {
  return parseDuration(text) ?? 0;
}

/** The name of a target of the service. */
export const targetField = z.string().min(1);

/** Any JSON. */
export const anyJson = z.json();

/** A value that does not exist when the plan is made stands as `⟨expression⟩` in its place. */
export function isLate(value: string): boolean {
  return value.startsWith('⟨') && value.endsWith('⟩');
}

/** A text that may come later. */
export function orLate(schema: z.ZodType<string>): z.ZodType<string> {
  return z.union([z.string().refine(isLate), schema]);
}

/** Bytes for people: `812 B`, `4.2 KiB`, `50 GiB`. */
export function sayBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const text = unit === 0 || value >= 100 ? String(Math.round(value)) : value.toFixed(1).replace(/\.0$/, '');
  return `${text} ${units[unit]}`;
}

/** Cuts a text to at most `max` bytes of UTF-8, never within a character. */
export function cutBytes(text: string, max: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= max) return text;
  let end = max;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8');
}

/** One line of at most `max` characters, for summaries that quote what a program said. */
export function oneLine(text: string, max = 200): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return clamp(line, max);
}
