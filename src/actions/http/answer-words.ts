import type { z } from 'zod';
import { oneLine } from '../shared/fields.ts';
import { jsonOf } from './tools.ts';

/** Values of one answer that a sentence names. */
const NAMED = 8;

/** What an answer says, for a sentence: JSON as names and values instead of its syntax, anything else as it is. At most `max` characters. */
export function sayBody(body: string, max: number): string {
  const value = jsonOf(body);
  if (value === null || typeof value !== 'object') return oneLine(body, max);
  const all = valuesIn(value, []);
  const left = all.length - NAMED;
  return oneLine([...all.slice(0, NAMED), ...(left > 0 ? [`and ${left} more`] : [])].join(', '), max);
}

/** Sentences of others are seen to be theirs. */
function quoted(text: string): string {
  return text.includes(' ') ? `“${text}”` : text;
}

/** `error code POLICY_ENGINE_UNAVAILABLE`: the way to each value, and the value. What is empty says nothing. */
function valuesIn(value: z.core.util.JSONType, path: readonly string[]): string[] {
  if (value === null || value === '') return [];
  if (typeof value !== 'object') return [[...path, quoted(String(value))].join(' ')];
  if (Array.isArray(value)) return value.flatMap((member) => valuesIn(member, path));
  return Object.entries(value).flatMap(([name, member]) => valuesIn(member, [...path, name]));
}
