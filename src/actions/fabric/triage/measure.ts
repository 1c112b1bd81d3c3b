import type { Json } from '../../../domain/record.ts';
import { clamp } from '../../../lib/clamp.ts';

/** A number that came with the event, or why there is none. */
export type Measure = { readonly known: true; readonly value: number } | { readonly known: false; readonly why: string };

interface Range {
  /** For people: `The risk score`. */
  readonly what: string;
  readonly most: number;
  readonly whole: boolean;
}

const RISK: Range = { what: 'The risk score', most: 1, whole: false };
const MISSES: Range = { what: 'The number of heartbeat misses', most: 1_000_000, whole: true };
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i;
/** How senders say that they do not know. */
const NOTHING = /^(?:|unknown|null|none|n\/a|-|<no value>)$/i;

/** A risk score from 0 to 1. */
export function riskOf(given: Json): Measure {
  return measure(given, RISK);
}

/** Heartbeat misses: a whole number. */
export function missesOf(given: Json): Measure {
  return measure(given, MISSES);
}

/** One value, or several that mean the same: of different ones none is believed. */
function measure(given: Json, range: Range): Measure {
  const values = (Array.isArray(given) ? (given as readonly Json[]) : [given]).filter((one) => !isNothing(one)).map((one) => single(one, range));
  const wrong = values.find((one) => !one.known);
  if (wrong !== undefined) return wrong;
  const numbers = [...new Set(values.flatMap((one) => (one.known ? [one.value] : [])))];
  const [value] = numbers;
  if (value === undefined) return { known: false, why: `${range.what} is missing.` };
  if (numbers.length > 1) return { known: false, why: `${range.what} is contradictory: ${numbers.join(' and ')}.` };
  return { known: true, value };
}

function isNothing(one: Json): boolean {
  return one === null || (typeof one === 'string' && NOTHING.test(one.trim()));
}

function single(one: Json, { what, most, whole }: Range): Measure {
  const value = typeof one === 'number' ? one : typeof one === 'string' && NUMBER.test(one.trim()) ? Number(one.trim()) : Number.NaN;
  if (!Number.isFinite(value)) return { known: false, why: `${what} is no number: “${clamp(asText(one), 40)}”.` };
  if (value < 0 || value > most) return { known: false, why: `${what} is out of range: ${value} is not between 0 and ${most.toLocaleString('en')}.` };
  if (whole && !Number.isInteger(value)) return { known: false, why: `${what} is no whole number: ${value}.` };
  // -0 is 0.
  return { known: true, value: value + 0 };
}

function asText(one: Json): string {
  return typeof one === 'string' ? one.trim() : JSON.stringify(one);
}
