import { z } from 'zod';
import { TocsinError } from '../domain/errors.ts';
import { TYPED } from '../domain/typed.ts';
import type { ChainedRecord, EvidenceStore, Signer } from '../engine/ports.ts';
import { mapAhead } from './ahead.ts';
import { followChain } from './chain.ts';
import { sha256 } from './hash.ts';
import { canonicalBytes } from './json.ts';
import { artifactKey, artifactPath, MAX_SEQ, packPrefix, parseKey, publicKeyKey, streamPrefix, tagsFor } from './layout.ts';
import type { PackMade } from './pack-record.ts';
import type { People } from './people.ts';
import { decodeRecord, hexSchema, streamSchema, timeSchema } from './record.ts';
import { ownObjects } from './repairs.ts';
import { lastSigned } from './signed-chain.ts';
import { type Describe, renderTimeline } from './timeline.ts';
import { trustedKeys } from './trusted-keys.ts';
import { uploadObject } from './uploader.ts';
import { verifyKeys } from './verify-keys.ts';
import { largest } from './verify-stream.ts';

const READ_AHEAD = 16;

export const MANIFEST = 'manifest.json';
export const MANIFEST_SIGNATURE = 'manifest.json.sig';
const SUMS = 'SHA256SUMS';

/** One file of a pack; `path` is relative to the pack's folder. */
export interface PackFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** One stream's evidence as its pack holds it. */
export interface IncidentEvidence {
  readonly stream: string;
  readonly records: readonly ChainedRecord[];
  /** checkpoints/, keys/ and artifacts/, with the bytes of the store. */
  readonly files: readonly PackFile[];
}

/** A path inside a pack: plain names, nothing that leads out of it. */
const PACK_PATH = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** What the signed manifest of a pack says: which chain it was made from, and every file with its digest. */
export const manifestSchema = z.strictObject({
  v: z.literal(1),
  kind: z.literal('pack'),
  incident_id: streamSchema,
  number: z.int().min(1),
  size: z.int().min(1).max(MAX_SEQ),
  head: hexSchema,
  time: timeSchema,
  key_id: hexSchema,
  files: z.array(z.strictObject({ path: z.string().regex(PACK_PATH).max(300), sha256: hexSchema, size: z.int().min(0) })),
});
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

/** What a pack needs besides the evidence. `extra`: files that the domain renders (changes.json, rca.md, report.html, logs/ ...). */
export interface PackOptions {
  /** Counts an incident's packs from 1. */
  readonly number: number;
  /** UTC, milliseconds, `Z`. */
  readonly time: string;
  readonly signer: Signer;
  readonly people: People;
  readonly describe: Describe;
  readonly extra?: readonly PackFile[];
}

/**
 * Reads one stream from a store, up to `upTo` when it is given, and refuses what does not hold together. Throws TocsinError: `chain-broken`, `pack-empty`,
 * `pack-object-missing`, or a code of decodeRecord.
 */
export async function collectIncident(evidence: EvidenceStore, stream: string, upTo = MAX_SEQ): Promise<IncidentEvidence> {
  const store = await ownObjects(evidence, stream);
  const prefix = streamPrefix(stream);
  const records: ChainedRecord[] = [];
  for await (const bytes of mapAhead(within(store.list(`${prefix}records/`), upTo), READ_AHEAD, (key) => mustGet(store, key)))
    records.push(decodeRecord(bytes));
  followChain(null, records, stream);
  if (records.length === 0) throw new TocsinError('pack-empty', `There is no record of ${stream} in ${store.location}.`);

  const digests = new Set(records.flatMap(({ record }) => record.artifacts.map((artifact) => artifact.sha256)));
  const artifacts = await readFiles(
    store,
    [...digests].sort().map((digest) => ({ key: artifactKey(stream, digest), path: artifactPath(digest) })),
  );
  const checkpointKeys: string[] = [];
  for await (const key of within(store.list(`${prefix}checkpoints/`), upTo)) checkpointKeys.push(key);
  const checkpoints = await readFiles(
    store,
    checkpointKeys.map((key) => ({ key, path: key.slice(prefix.length) })),
  );
  const keyIds = new Set(checkpoints.filter((file) => file.path.endsWith('.json')).map(keyIdOf));
  const keys = await readFiles(
    store,
    [...keyIds].sort().map((keyId) => ({ key: publicKeyKey(keyId), path: publicKeyKey(keyId) })),
  );
  return { stream, records, files: [...artifacts, ...checkpoints, ...keys] };
}

/**
 * Reads one stream up to the last checkpoint that this key signed, or another key that it vouches for: what lies behind it anybody may have
 * written. `leftOut`: how many names of records lie there. Throws TocsinError like collectIncident, and `pack-unsigned`.
 */
export async function collectSigned(
  evidence: EvidenceStore,
  stream: string,
  keyId: string,
): Promise<IncidentEvidence & { readonly leftOut: number }> {
  const { keys } = await verifyKeys(evidence);
  const trusted = await trustedKeys(evidence, keys, [keyId]);
  const last = await lastSigned(evidence, stream, (id) => (trusted.has(id) ? keys.get(id) : undefined));
  if (last === null)
    throw new TocsinError(
      'pack-unsigned',
      `No checkpoint of ${stream} in ${evidence.location} is signed by the key ${keyId}, or by one that it vouches for.`,
    );
  const collected = await collectIncident(evidence, stream, last.size);
  if (collected.records.at(-1)?.hash !== last.head)
    throw new TocsinError('chain-broken', `The records of ${stream} do not lead to its checkpoint ${last.size}; run ${TYPED} evidence verify.`);
  let leftOut = 0;
  for await (const name of evidence.list(`${streamPrefix(stream)}records/`)) {
    const parsed = parseKey(name);
    if (parsed.kind === 'record' && parsed.number > last.size) leftOut += 1;
  }
  return { ...collected, leftOut };
}

/**
 * Makes a pack (DESIGN, Evidence): timeline.md, records.jsonl, the evidence's files, SHA256SUMS over all of them, and a manifest over
 * those and SHA256SUMS, signed. Deterministic for the same input. The manifest and its signature come last, and are to be written last.
 */
export async function buildPack(evidence: IncidentEvidence, options: PackOptions): Promise<PackFile[]> {
  const last = evidence.records.at(-1);
  if (last === undefined) throw new TocsinError('pack-empty', `${evidence.stream} has no record to pack.`);
  const timeline = renderTimeline(
    evidence.stream,
    evidence.records.map(({ record }) => record),
    options,
  );
  const content = [
    ...evidence.files,
    ...(options.extra ?? []),
    { path: 'records.jsonl', bytes: Buffer.concat(evidence.records.map(({ bytes }) => bytes)) },
    { path: 'timeline.md', bytes: Buffer.from(timeline) },
  ].sort(byPath);
  assertPaths(content);
  const sums = { path: SUMS, bytes: Buffer.from(content.map((file) => `${sha256(file.bytes)}  ${file.path}\n`).join('')) };
  const manifest = canonicalBytes({
    v: 1,
    kind: 'pack',
    incident_id: evidence.stream,
    number: options.number,
    size: last.record.seq,
    head: last.hash,
    time: options.time,
    key_id: options.signer.keyId,
    files: [...content, sums].sort(byPath).map(({ path, bytes }) => ({ path, sha256: sha256(bytes), size: bytes.byteLength })),
  });
  const signature = await options.signer.sign(manifest);
  return [...content, sums, { path: MANIFEST, bytes: manifest }, { path: MANIFEST_SIGNATURE, bytes: signature }];
}

/** Puts a pack under `incidents/<id>/pack/<n>/`. Throws EvidenceForkError when another pack has that number. */
export async function uploadPack(store: EvidenceStore, stream: string, number: number, files: readonly PackFile[]): Promise<void> {
  for (const { path, bytes } of files) {
    const key = packPrefix(stream, number) + path;
    await uploadObject(store, key, bytes, tagsFor(key));
  }
}

/** The number that the next pack of a stream gets: the one after the newest, unless somebody took the last one there is. */
export async function nextPackNumber(store: EvidenceStore, stream: string): Promise<number> {
  const taken = new Set<number>();
  for await (const key of store.list(`${streamPrefix(stream)}pack/`)) {
    const parsed = parseKey(key);
    if (parsed.kind === 'pack') taken.add(parsed.number);
  }
  let next = largest(taken) + 1;
  if (next > MAX_SEQ) for (next = 1; taken.has(next); ) next += 1;
  return next;
}

/** What the record of a pack says of it. Throws TocsinError `pack-empty` when these files are no whole pack. */
export function describePack(files: readonly PackFile[]): Omit<PackMade, 'path'> {
  const manifest = files.find(({ path }) => path === MANIFEST);
  if (manifest === undefined) throw new TocsinError('pack-empty', 'The pack has no manifest.');
  const { incident_id, number, size, head, key_id } = manifestSchema.parse(JSON.parse(Buffer.from(manifest.bytes).toString('utf8')));
  return { incident_id, number, size, head, key_id, manifest_sha256: sha256(manifest.bytes) };
}

/** Keys whose number is not beyond `upTo`. */
async function* within(keys: AsyncIterable<string>, upTo: number): AsyncIterable<string> {
  for await (const key of keys) {
    const parsed = parseKey(key);
    if (!('number' in parsed) || parsed.number <= upTo) yield key;
  }
}

function keyIdOf(checkpoint: PackFile): string {
  const parsed = z.object({ key_id: hexSchema }).safeParse(JSON.parse(Buffer.from(checkpoint.bytes).toString('utf8')));
  if (parsed.success) return parsed.data.key_id;
  throw new TocsinError('checkpoint-invalid', `${checkpoint.path} names no key.`);
}

async function readFiles(store: Pick<EvidenceStore, 'get' | 'location'>, wanted: readonly { key: string; path: string }[]): Promise<PackFile[]> {
  const files: PackFile[] = [];
  for await (const file of mapAhead(wanted, READ_AHEAD, async ({ key, path }) => ({ path, bytes: await mustGet(store, key) }))) files.push(file);
  return files;
}

async function mustGet(store: Pick<EvidenceStore, 'get' | 'location'>, key: string): Promise<Uint8Array> {
  const bytes = await store.get(key);
  if (bytes !== null) return bytes;
  throw new TocsinError('pack-object-missing', `${key} is not in ${store.location}; run ${TYPED} evidence verify.`);
}

/** Each path once, inside the pack, and none that the pack itself writes. */
function assertPaths(files: readonly PackFile[]): void {
  const seen = new Set([SUMS, MANIFEST, MANIFEST_SIGNATURE]);
  for (const { path } of files) {
    if (!PACK_PATH.test(path) || seen.has(path))
      throw new TocsinError('pack-path', `${JSON.stringify(path)} cannot be a file of a pack, or is there twice.`);
    seen.add(path);
  }
}

function byPath(left: { path: string }, right: { path: string }): number {
  return left.path < right.path ? -1 : 1;
}
