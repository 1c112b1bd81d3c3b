import { z } from 'zod';
import { TocsinError } from '../../domain/errors.ts';
import { sha256 } from '../../lib/hash.ts';
import { mapAhead } from '../../lib/map-ahead.ts';
import { TYPED } from '../../lib/typed.ts';
import type { ChainedRecord, EvidenceStore, Signer } from '../../ports/evidence.ts';
import { canonicalBytes } from '../json.ts';
import {
  artifactKey,
  artifactPath,
  checkpointKey,
  MANIFEST,
  MANIFEST_SIGNATURE,
  MAX_SEQ,
  packPrefix,
  parseKey,
  publicKeyKey,
  signatureKey,
  streamPrefix,
  tagsFor,
} from '../layout.ts';
import { hexSchema, streamSchema, timeSchema } from '../record.ts';
import { type Candidates, candidatesOf, recordsBefore, type SignedCheckpoint, signedCheckpoints } from '../signed-chain.ts';
import { uploadObject } from '../uploader.ts';
import { trustedKeys } from '../verify/trusted-keys.ts';
import { verifyKeys } from '../verify/verify-keys.ts';
import { largest } from '../verify/verify-stream.ts';
import type { PackMade } from './pack-record.ts';
import type { People } from './people.ts';
import { type Describe, renderTimeline } from './timeline.ts';

const READ_AHEAD = 16;

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
 * Reads one stream up to a checkpoint that this key signed, or another key that it vouches for: what lies behind it anybody may have written, and what
 * does not lead to it is passed over. `upTo`: the last record that is wanted. `leftOut`: how many names of records lie behind the checkpoint.
 * Throws TocsinError: `pack-unsigned`, `chain-broken`, `pack-object-missing`.
 */
export async function collectSigned(
  evidence: EvidenceStore,
  stream: string,
  keyId: string,
  upTo?: number,
): Promise<IncidentEvidence & { readonly leftOut: number }> {
  const { keys } = await verifyKeys(evidence);
  const trusted = await trustedKeys(evidence, keys, [keyId]);
  const signed: SignedCheckpoint[] = [];
  for await (const one of signedCheckpoints(evidence, stream, (id) => (trusted.has(id) ? keys.get(id) : undefined))) signed.push(one);
  const [last] = signed;
  if (last === undefined || last.size < (upTo ?? 1))
    throw new TocsinError(
      'pack-unsigned',
      `No checkpoint of ${stream} in ${evidence.location} is signed by the key ${keyId}, or by one that it vouches for.`,
    );
  const chain: ChainedRecord[] = [];
  for await (const record of recordsBefore(evidence, stream, last)) chain.push(record);
  chain.reverse();
  if (chain.length !== last.size)
    throw new TocsinError('chain-broken', `The records of ${stream} do not lead to its checkpoint ${last.size}; run ${TYPED} evidence verify.`);
  const records = upTo === undefined ? chain : chain.slice(0, upTo);
  const candidates = await candidatesOf(evidence, stream);
  const digests = new Set(records.flatMap(({ record }) => record.artifacts.map((artifact) => artifact.sha256)));
  const artifacts: PackFile[] = [];
  for await (const file of mapAhead([...digests].sort(), READ_AHEAD, (digest) => artifactFile(candidates, stream, digest))) artifacts.push(file);
  const checkpoints = signed.filter(({ size, head }) => records[size - 1]?.hash === head).toReversed();
  const signers = [...new Set(checkpoints.map(({ key_id }) => key_id))].sort();
  return {
    stream,
    records,
    files: [
      ...artifacts,
      ...checkpoints.flatMap(({ size, bytes, signature }) => [
        { path: relative(stream, checkpointKey(stream, size)), bytes },
        { path: relative(stream, signatureKey(stream, size)), bytes: signature },
      ]),
      ...signers.map((signer) => ({ path: publicKeyKey(signer), bytes: Buffer.from(keys.get(signer)?.pem ?? '') })),
    ],
    leftOut: await countBehind(evidence, stream, last.size),
  };
}

async function artifactFile(candidates: Candidates, stream: string, digest: string): Promise<PackFile> {
  const bytes = (await candidates(artifactKey(stream, digest))).find((one) => sha256(one) === digest);
  if (bytes !== undefined) return { path: artifactPath(digest), bytes };
  throw new TocsinError('pack-object-missing', `The artifact ${digest} of ${stream} is not there, or was altered; run ${TYPED} evidence verify.`);
}

async function countBehind(evidence: EvidenceStore, stream: string, size: number): Promise<number> {
  let count = 0;
  for await (const name of evidence.list(`${streamPrefix(stream)}records/`)) {
    const parsed = parseKey(name);
    if (parsed.kind === 'record' && parsed.number > size) count += 1;
  }
  return count;
}

function relative(stream: string, key: string): string {
  return key.slice(streamPrefix(stream).length);
}

/**
 * Makes a pack (AU-70): timeline.md, records.jsonl, the evidence's files, SHA256SUMS over all of them, and a manifest over
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

/** Each path once, inside the pack, and none that the pack itself writes. */
function assertPaths(files: readonly PackFile[]): void {
  const seen = new Set([SUMS, MANIFEST, MANIFEST_SIGNATURE]);
  for (const { path } of files) {
    if (!PACK_PATH.test(path) || seen.has(path))
      throw new TocsinError('pack-path', `${JSON.stringify(path)} cannot be a file of a pack, or occurs twice.`);
    seen.add(path);
  }
}

function byPath(left: { path: string }, right: { path: string }): number {
  return left.path < right.path ? -1 : 1;
}
