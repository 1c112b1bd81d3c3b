import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** How long (ms) a signed time may lie behind or ahead of the clock. */
const TIMESTAMP_TOLERANCE = 5 * 60_000;

/** One header's only value. Several are no value: whoever reads them might each read another. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
}

/** Whether two texts are the same, in a time that tells nothing of either. */
export function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

/** Whether one of the secrets was given, all of them compared. */
export function isOneOf(given: string | null, secrets: readonly string[]): boolean {
  return given !== null && secrets.map((secret) => isSame(given, secret)).includes(true);
}

/** The token of `Authorization: Bearer TOKEN`, or of a header of its own. */
export function tokenOf(headers: IncomingHttpHeaders, name = 'authorization'): string | null {
  const value = headerOf(headers, name);
  const bearer = /^Bearer +(\S+) *$/i.exec(value ?? '')?.[1] ?? null;
  return name === 'authorization' ? bearer : (bearer ?? value);
}

/** Whether `Authorization: Basic` has this name and one of these passwords. */
export function isBasic(headers: IncomingHttpHeaders, username: string, passwords: readonly string[]): boolean {
  const encoded = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(headerOf(headers, 'authorization') ?? '')?.[1];
  if (encoded === undefined) return false;
  const given = Buffer.from(encoded, 'base64').toString('utf8');
  return isOneOf(
    given,
    passwords.map((password) => `${username}:${password}`),
  );
}

export interface HmacTerms {
  readonly header: string;
  readonly prefix: string;
  readonly encoding: 'hex' | 'base64';
  /** A header with the time (s) that is signed before the body. `optional`: without it the body alone is signed. */
  readonly timestamp?: { readonly header: string; readonly separator: string; readonly optional: boolean };
}

/** Whether a body has an HMAC-SHA256 by one of the secrets. `now`: ms; `null` leaves the signed time for later. Several signatures, with commas between, are for secrets that change. */
export function isSigned(headers: IncomingHttpHeaders, body: string, secrets: readonly string[], terms: HmacTerms, now: number | null): boolean {
  const given = headerOf(headers, terms.header);
  const signed = signedText(headers, body, terms, now);
  if (given === null || signed === null) return false;
  const signatures = given.split(',', 5).flatMap((one) => {
    const text = one.trim();
    return text.startsWith(terms.prefix) ? [normal(text.slice(terms.prefix.length), terms.encoding)] : [];
  });
  const known = secrets.map((secret) => createHmac('sha256', secret).update(signed, 'utf8').digest(terms.encoding));
  return signatures.flatMap((signature) => known.map((one) => isSame(signature, one))).includes(true);
}

function signedText(headers: IncomingHttpHeaders, body: string, { timestamp }: HmacTerms, now: number | null): string | null {
  if (timestamp === undefined) return body;
  const time = headerOf(headers, timestamp.header);
  if (time === null) return timestamp.optional && headers[timestamp.header] === undefined ? body : null;
  if (!/^\d{1,12}$/.test(time)) return null;
  if (now !== null && Math.abs(Number(time) * 1_000 - now) > TIMESTAMP_TOLERANCE) return null;
  return `${time}${timestamp.separator}${body}`;
}

function normal(signature: string, encoding: HmacTerms['encoding']): string {
  return encoding === 'hex' ? signature.toLowerCase() : signature;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
