import { TocsinError } from '../domain/errors.ts';
import { SYSTEM_STREAM } from '../domain/streams.ts';
import type { ObjectTags } from '../ports/evidence.ts';

/** Ids to names, outside the chain. */
export const PEOPLE_KEY = 'people.json';
/** What the doctor writes into a bucket to see whether conditional writes are honoured; it has no meaning. */
const PROBE_KEY = 'doctor/conditional-write';

/** Numbers in names have eight digits. */
export const MAX_SEQ = 99_999_999;

/** `INC-2026-0042`, `DRL-2026-0007`, `system`, `log`. */
export const STREAM = /^(?:INC-\d{4}-\d{4,8}|DRL-\d{4}-\d{4,8}|system|log)$/;

/** Where streams lie: the log and the system stream, and a folder for each incident and drill. Verified in this order. */
export const STREAM_ROOTS = ['log/', 'system/', 'incidents/', 'drills/'] as const;

/** The signed list of a pack's files, in its folder, and the signature. */
export const MANIFEST = 'manifest.json';
export const MANIFEST_SIGNATURE = 'manifest.json.sig';

/** The folder of public keys. */
export const KEYS_PREFIX = 'keys/';

/** The folder of a stream in which repairs lie. */
const REPAIRS = 'repairs/';

const HEX = /^[0-9a-f]{64}$/;

/** What a key of the store is, by its name alone. */
export type ParsedKey =
  | { readonly kind: 'record' | 'checkpoint' | 'signature'; readonly stream: string; readonly number: number }
  | { readonly kind: 'artifact'; readonly stream: string; readonly sha256: string }
  | { readonly kind: 'pack'; readonly stream: string; readonly number: number; readonly path: string }
  /** Tocsin's own object beside one that somebody else put under its name: `key` is that name. */
  | { readonly kind: 'repair'; readonly stream: string; readonly key: string }
  | { readonly kind: 'key'; readonly keyId: string }
  | { readonly kind: 'people' | 'probe' }
  | { readonly kind: 'unknown'; readonly stream: string | null };

/** The folder of a stream, with its slash. Throws TocsinError `layout-stream` for what is no stream. */
export function streamPrefix(stream: string): string {
  if (!STREAM.test(stream)) throw new TocsinError('layout-stream', `${JSON.stringify(stream)} is no stream.`);
  if (stream.startsWith('INC-')) return `incidents/${stream}/`;
  if (stream.startsWith('DRL-')) return `drills/${stream}/`;
  return `${stream}/`;
}

/** The stream a key lies in, or `null` outside of streams. */
export function streamOf(key: string): string | null {
  const match = /^(?:incidents\/(INC-[^/]+)|drills\/(DRL-[^/]+)|(system|log))\//.exec(key);
  const stream = match?.[1] ?? match?.[2] ?? match?.[3];
  return stream !== undefined && STREAM.test(stream) ? stream : null;
}

export function recordKey(stream: string, seq: number): string {
  return `${streamPrefix(stream)}records/${digits(seq)}.json`;
}

/** The key of the checkpoint that covers `size` records. */
export function checkpointKey(stream: string, size: number): string {
  return `${streamPrefix(stream)}checkpoints/${digits(size)}.json`;
}

export function signatureKey(stream: string, size: number): string {
  return `${streamPrefix(stream)}checkpoints/${digits(size)}.sig`;
}

/** The path of an artifact inside its stream's folder, as records name it. */
export function artifactPath(sha256: string): string {
  return `artifacts/sha256/${sha256}`;
}

export function artifactKey(stream: string, sha256: string): string {
  assertHex(sha256);
  return `${streamPrefix(stream)}${artifactPath(sha256)}`;
}

/** Where an object lies whose own name is taken by somebody else's bytes: `incidents/INC-2026-0042/repairs/records/00000042.json`. */
export function repairKey(key: string): string {
  const stream = streamOf(key);
  if (stream === null) throw new TocsinError('layout-key', `${JSON.stringify(key)} lies in no stream.`);
  const prefix = streamPrefix(stream);
  return `${prefix}${REPAIRS}${key.slice(prefix.length)}`;
}

/** The key of a public key; `keyId` is its fingerprint. */
export function publicKeyKey(keyId: string): string {
  assertHex(keyId);
  return `${KEYS_PREFIX}${keyId}.pem`;
}

/** The folder of the `number`th pack (from 1), with its slash. */
export function packPrefix(stream: string, number: number): string {
  digits(number);
  return `${streamPrefix(stream)}pack/${number}/`;
}

/** Reads a key's name. Never throws: what the layout does not know is `unknown`. */
export function parseKey(key: string): ParsedKey {
  if (key === PEOPLE_KEY) return { kind: 'people' };
  if (key === PROBE_KEY) return { kind: 'probe' };
  const keyId = /^keys\/([0-9a-f]{64})\.pem$/.exec(key)?.[1];
  if (keyId !== undefined) return { kind: 'key', keyId };
  const stream = streamOf(key);
  if (stream === null) return { kind: 'unknown', stream: null };
  return parseInStream(stream, key.slice(streamPrefix(stream).length));
}

/** The tags that go with an object, by its key. Throws TocsinError `layout-key` for a key outside the layout. */
export function tagsFor(key: string): ObjectTags {
  const parsed = parseKey(key);
  switch (parsed.kind) {
    case 'unknown':
    case 'probe':
      throw new TocsinError('layout-key', `${JSON.stringify(key)} has no place in the evidence layout.`);
    case 'key':
    case 'people':
      return { 'incident-id': SYSTEM_STREAM, kind: parsed.kind };
    case 'signature':
      return { 'incident-id': parsed.stream, kind: 'checkpoint' };
    case 'repair':
      return tagsFor(parsed.key);
    default:
      return { 'incident-id': parsed.stream, kind: parsed.kind };
  }
}

function parseInStream(stream: string, path: string): ParsedKey {
  const slash = path.indexOf('/');
  const name = path.slice(slash + 1);
  switch (path.slice(0, slash)) {
    case 'records':
      return numbered('record', stream, name, '.json');
    case 'checkpoints':
      return name.endsWith('.sig') ? numbered('signature', stream, name, '.sig') : numbered('checkpoint', stream, name, '.json');
    case 'artifacts': {
      const sha256 = name.slice('sha256/'.length);
      return name.startsWith('sha256/') && HEX.test(sha256) ? { kind: 'artifact', stream, sha256 } : { kind: 'unknown', stream };
    }
    case 'repairs': {
      const of = parseInStream(stream, name);
      return ['record', 'checkpoint', 'signature', 'artifact'].includes(of.kind)
        ? { kind: 'repair', stream, key: streamPrefix(stream) + name }
        : { kind: 'unknown', stream };
    }
    case 'pack': {
      const match = /^([1-9]\d{0,7})\/(.+)$/.exec(name);
      return match?.[1] !== undefined && match[2] !== undefined
        ? { kind: 'pack', stream, number: Number(match[1]), path: match[2] }
        : { kind: 'unknown', stream };
    }
    default:
      return { kind: 'unknown', stream };
  }
}

function numbered(kind: 'record' | 'checkpoint' | 'signature', stream: string, name: string, extension: string): ParsedKey {
  const number = name.slice(0, -extension.length);
  if (!name.endsWith(extension) || !/^\d{8}$/.test(number) || number === '00000000') return { kind: 'unknown', stream };
  return { kind, stream, number: Number(number) };
}

function digits(number: number): string {
  if (!Number.isInteger(number) || number < 1 || number > MAX_SEQ)
    throw new TocsinError('layout-number', `${number} is no number between 1 and ${MAX_SEQ}.`);
  return String(number).padStart(8, '0');
}

function assertHex(hex: string): void {
  if (!HEX.test(hex)) throw new TocsinError('layout-digest', `${JSON.stringify(hex)} is no SHA-256 in lower-case hex.`);
}
