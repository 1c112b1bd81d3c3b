import canonicalize from 'canonicalize';
import { TocsinError } from '../domain/errors.ts';
import type { Json } from '../domain/record.ts';

/** Nesting that no honest record needs; keeps the walks below from exhausting the stack. */
const MAX_DEPTH = 64;

const ASCII_KEY = /^[\x20-\x7e]+$/;

/**
 * Refuses what canonical JSON would drop, change or write in more than one way: `undefined`, floats, unsafe integers, keys
 * beyond ASCII, lone surrogates, dates and other objects that are no plain data (ADR 3; RFC 8785, section 3.1).
 * Throws TocsinError `json-undefined`, `json-number`, `json-key`, `json-string`, `json-depth` or `json-type`, which names the place.
 */
export function assertJson(value: unknown, path = '$', depth = 0): asserts value is Json {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') return assertText(value, path);
  if (typeof value === 'number') return assertInteger(value, path);
  if (value === undefined) throw new TocsinError('json-undefined', `${path} is undefined; leave the key out or write null.`);
  if (typeof value !== 'object') throw new TocsinError('json-type', `${path} is a ${typeof value}, which JSON cannot hold.`);
  if (depth >= MAX_DEPTH) throw new TocsinError('json-depth', `${path} is nested deeper than ${MAX_DEPTH} levels.`);
  if (Array.isArray(value)) {
    // An index loop, because iteration methods skip the holes of a sparse array.
    for (let index = 0; index < value.length; index += 1) assertJson(value[index], `${path}[${index}]`, depth + 1);
    return;
  }
  if (!isPlain(value)) throw new TocsinError('json-type', `${path} is not plain data.`);
  for (const [key, member] of Object.entries(value)) {
    if (!ASCII_KEY.test(key) || key === '__proto__')
      throw new TocsinError('json-key', `${path} has the key ${JSON.stringify(key)}; keys are printable ASCII.`);
    assertJson(member, `${path}.${key}`, depth + 1);
  }
}

/** Canonical JSON (RFC 8785) and a newline, as UTF-8: what every file of evidence that is JSON holds. */
export function canonicalBytes(value: unknown): Buffer {
  assertJson(value);
  return Buffer.from(`${canonicalize(value)}\n`, 'utf8');
}

/**
 * Whether `text` is exactly the canonical JSON of `value` (which was parsed from it) and a newline.
 * JSON.stringify writes strings and integers as RFC 8785 does, so with sorted keys it is the canonical form at a tenth of the cost;
 * the slow way decides where keys look like array indexes, which JavaScript sorts as numbers.
 */
export function isCanonical(value: Json, text: string): boolean {
  if (keysSorted(value) && text === `${JSON.stringify(value)}\n`) return true;
  return text === `${canonicalize(value)}\n`;
}

function keysSorted(value: Json): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(keysSorted);
  let last: string | null = null;
  for (const [key, member] of Object.entries(value)) {
    if (last !== null && key <= last) return false;
    if (!keysSorted(member)) return false;
    last = key;
  }
  return true;
}

function assertText(value: string, path: string): void {
  if (!value.isWellFormed()) throw new TocsinError('json-string', `${path} holds half of a surrogate pair, which UTF-8 cannot write.`);
}

function assertInteger(value: number, path: string): void {
  if (!Number.isSafeInteger(value)) throw new TocsinError('json-number', `${path} is ${value}; numbers are integers below 2^53.`);
}

/** By its tag and not by its prototype, which differs between realms. */
function isPlain(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Object]' && !('toJSON' in value);
}
