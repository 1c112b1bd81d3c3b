import type { Json } from '../../domain/record.ts';

/** What an answer holds as plain JSON: without what is not there, times as text. */
export function toJson(value: unknown): Json {
  if (value === undefined) return null;
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** A policy or pattern that came as text; `null` when it is none. */
export function parseJson(text: string | undefined): Json {
  if (text === undefined || text === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** ms since 1970. */
export function timeOf(date: Date | undefined): number | null {
  return date === undefined ? null : date.getTime();
}
