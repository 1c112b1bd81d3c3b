import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { WireRequest } from './http.ts';

/** What the Authorization header of Signature Version 4 says. */
export interface Authorization {
  readonly accessKeyId: string;
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  /** The service's signing name, such as `qbusiness`. */
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const HEADER =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9:;-]+), ?Signature=([0-9a-f]{64})$/;

/** `null` when the header is missing or is not Signature Version 4. */
export function parseAuthorization(header: string | undefined): Authorization | null {
  const [, accessKeyId, date, region, service, signed, signature] = HEADER.exec(header ?? '') ?? [];
  if (accessKeyId === undefined || date === undefined || region === undefined || service === undefined) return null;
  return { accessKeyId, date, region, service, signedHeaders: signed?.split(';') ?? [], signature: signature ?? '' };
}

export type SignatureProblem = 'missing-date' | 'unsigned-headers' | 'expired' | 'payload' | 'mismatch';

/** How far a request's time may be off, ms. */
const SKEW_MS = 15 * 60_000;

/**
 * Checks a signature against the secret as the "Signature Version 4 signing process" of the IAM user guide describes.
 * `now` is the machine's time in ms: signatures are made with it, whatever the simulated account's clock says.
 */
export function checkSignature(request: WireRequest, authorization: Authorization, secret: string, now: number): SignatureProblem | null {
  const time = request.headers['x-amz-date'] ?? '';
  const sent = parseTime(time);
  if (sent === null || !time.startsWith(authorization.date)) return 'missing-date';
  const mustBeSigned = Object.keys(request.headers).filter((name) => name === 'host' || name === ':authority' || name.startsWith('x-amz-'));
  if (mustBeSigned.some((name) => !authorization.signedHeaders.includes(name))) return 'unsigned-headers';
  if (Math.abs(now - sent) > SKEW_MS) return 'expired';
  const announced = request.headers['x-amz-content-sha256'];
  const actual = sha256(request.body);
  if (announced !== undefined && /^[0-9a-f]{64}$/.test(announced) && announced !== actual) return 'payload';
  const expected = sign(secret, authorization, time, canonicalRequest(request, authorization, announced ?? actual));
  return timingSafeEqual(Buffer.from(expected), Buffer.from(authorization.signature)) ? null : 'mismatch';
}

function canonicalRequest(request: WireRequest, { signedHeaders, service }: Authorization, payload: string): string {
  const [path = '/', ...query] = request.url.split('?');
  const headers = signedHeaders.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`).join('');
  return [request.method, canonicalPath(path, service), canonicalQuery(query.join('?')), headers, signedHeaders.join(';'), payload].join('\n');
}

/** Every service but S3 signs the encoded path encoded once more. */
function canonicalPath(path: string, service: string): string {
  const segments = path.split('/').map((segment) => (service === 's3' ? encode(decodeURIComponent(segment)) : encode(segment)));
  return segments.join('/') || '/';
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs = query.split('&').map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return [encode(decode(name)), encode(decode(value.join('=')))] as const;
  });
  return pairs
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function sign(secret: string, { date, region, service }: Authorization, time: string, request: string): string {
  const text = ['AWS4-HMAC-SHA256', time, `${date}/${region}/${service}/aws4_request`, sha256(request)].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>((from, part) => hmac(from, part), `AWS4${secret}`);
  return hmac(key, text).toString('hex');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** ms of `20250101T000000Z`. */
function parseTime(text: string): number | null {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  if (second === undefined) return null;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}
