import { addAll } from '../../lib/add-all.ts';
import { sha256 } from '../../lib/hash.ts';
import { mapAhead } from '../../lib/map-ahead.ts';
import { verifySignature } from '../keys.ts';
import { MANIFEST, MANIFEST_SIGNATURE, packPrefix } from '../layout.ts';
import { type Manifest, manifestSchema } from '../pack/pack.ts';
import type { PackClaim } from '../pack/pack-record.ts';
import type { ChainHashes } from './chain-hashes.ts';
import type { StreamInventory } from './inventory.ts';
import type { Finding, Severity } from './report.ts';
import type { Signed } from './signed.ts';
import { checkContent, isDerived } from './verify-pack-content.ts';
import type { VerifyContext } from './verify-stream.ts';

const READ_AHEAD = 16;

/** A pack as its folder has it; `manifest` is `null` when what lies there is none. */
export interface ReadPack {
  readonly number: number;
  readonly paths: readonly string[];
  readonly bytes: Uint8Array | null;
  readonly signature: Uint8Array | null;
  readonly manifest: Manifest | null;
}

/** What was found out about a stream's packs. `signed`: what keys signed, for the checks of keys. */
export interface PackResult {
  readonly findings: readonly Finding[];
  readonly signed: readonly Signed[];
}

/** Reads the manifests of a stream's packs, before its chain, so that the hashes that they name can be kept. */
export async function readPacks({ store }: VerifyContext, { stream, packs }: StreamInventory): Promise<ReadPack[]> {
  const read: ReadPack[] = [];
  for (const [number, paths] of packs) {
    const prefix = packPrefix(stream, number);
    const bytes = await store.get(prefix + MANIFEST);
    const signature = await store.get(prefix + MANIFEST_SIGNATURE);
    read.push({ number, paths, bytes, signature, manifest: bytes === null ? null : readManifest(bytes) });
  }
  return read;
}

/**
 * Checks a stream's packs (ADR 3): those that records speak of are there with those bytes, each is signed, was made from this chain,
 * holds exactly the files it lists, and says what the records say. `hashAt`: the chain's hash after so many records.
 */
export async function verifyPacks(
  context: VerifyContext,
  stream: string,
  packs: readonly ReadPack[],
  claims: readonly PackClaim[],
  hashAt: ChainHashes,
): Promise<PackResult> {
  const there = new Set(packs.map(({ number }) => number));
  const findings: Finding[] = claims
    .filter(({ number }) => !there.has(number))
    .map(({ number, seq }) =>
      finding(stream, packPrefix(stream, number), 'pack-missing', `Record ${seq} of system names pack ${number} of ${stream}, which is not there.`),
    );
  const signed: Signed[] = [];
  for (const pack of packs) {
    const own = claims.filter(({ number }) => number === pack.number);
    const checked = await new PackCheck(context, stream, pack, own, hashAt).run();
    addAll(findings, checked.findings);
    addAll(signed, checked.signed);
  }
  return { findings, signed };
}

class PackCheck {
  readonly #context: VerifyContext;
  readonly #stream: string;
  readonly #pack: ReadPack;
  readonly #claims: readonly PackClaim[];
  readonly #hashAt: ChainHashes;
  readonly #prefix: string;
  readonly #name: string;
  readonly #findings: Finding[] = [];

  constructor(context: VerifyContext, stream: string, pack: ReadPack, claims: readonly PackClaim[], hashAt: ChainHashes) {
    this.#context = context;
    this.#stream = stream;
    this.#pack = pack;
    this.#claims = claims;
    this.#hashAt = hashAt;
    this.#prefix = packPrefix(stream, pack.number);
    this.#name = `pack ${pack.number} of ${stream}`;
  }

  async run(): Promise<PackResult> {
    const { bytes, signature, manifest, number } = this.#pack;
    if (bytes === null || signature === null) return this.#unsigned();
    this.#claimed(sha256(bytes));
    if (manifest === null || manifest.incident_id !== this.#stream || manifest.number !== number) {
      this.#find(MANIFEST, 'pack-manifest', `The manifest of ${this.#name} is none, or another pack's.`);
      return this.#result(null);
    }
    if (!(await this.#genuine(manifest, bytes, signature))) return this.#result(null);
    if (this.#hashAt.get(manifest.size) !== manifest.head)
      this.#find(MANIFEST, 'pack-head', `The chain of ${this.#stream} does not have the head that ${this.#name} was made from.`);
    await this.#files(manifest);
    return this.#result(manifest);
  }

  #unsigned(): PackResult {
    if (this.#claims.length > 0) this.#find(MANIFEST, 'pack-manifest', `The signed manifest of ${this.#name} is not there.`);
    else this.#find('', 'pack-unsigned', `There is no signed manifest of ${this.#name}, and no record names it.`, 'incomplete');
    return this.#result(null);
  }

  /** The records of a pack say which bytes its manifest has. */
  #claimed(digest: string): void {
    const other = this.#claims.find(({ manifest_sha256 }) => manifest_sha256 !== digest);
    if (other !== undefined)
      this.#find(MANIFEST, 'pack-manifest', `Record ${other.seq} of system says that the manifest of ${this.#name} has other bytes.`);
    if (this.#claims.length === 0)
      this.#find(
        MANIFEST,
        'pack-unrecorded',
        `No record names ${this.#name}: it was added, was made before packs were recorded, or its record is not stored yet.`,
        'incomplete',
      );
  }

  async #genuine(manifest: Manifest, bytes: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const key = this.#context.keys.get(manifest.key_id);
    if (key === undefined) return this.#find(MANIFEST, 'key-unknown', `${this.#name} is signed by key ${manifest.key_id}, which is not under keys/.`);
    if (this.#context.pinned?.has(key.keyId) === false)
      return this.#find(MANIFEST, 'key-not-pinned', `${this.#name} is signed by key ${key.keyId}, which is none of the pinned ones.`);
    if (await verifySignature(key, bytes, signature)) return true;
    return this.#find(MANIFEST_SIGNATURE, 'signature-wrong', `The signature of ${this.#name} does not fit its manifest and key.`);
  }

  async #files(manifest: Manifest): Promise<void> {
    const { store } = this.#context;
    const derived = new Map<string, string>();
    const read = async (file: Manifest['files'][number]) => ({ ...file, found: await store.get(this.#prefix + file.path) });
    for await (const { path, sha256: digest, found } of mapAhead(manifest.files, READ_AHEAD, read)) {
      if (found === null) this.#find(path, 'pack-file-missing', `There is no ${path} in ${this.#name}.`);
      else if (sha256(found) !== digest) this.#find(path, 'pack-file-changed', `${path} in ${this.#name} is not the file that was signed.`);
      else if (isDerived(path)) derived.set(path, Buffer.from(found).toString('utf8'));
    }
    const listed = new Set([...manifest.files.map(({ path }) => path), MANIFEST, MANIFEST_SIGNATURE]);
    for (const path of this.#pack.paths.filter((one) => !listed.has(one)))
      this.#find(path, 'pack-file-added', `${path} is not in the signed manifest of ${this.#name}.`);
    if (this.#findings.some(({ severity }) => severity === 'altered')) return;
    for (const { path, says } of await checkContent(store, manifest, derived)) this.#find(path, 'pack-content', `${path} in ${this.#name} ${says}.`);
  }

  #result(manifest: Manifest | null): PackResult {
    if (manifest === null) return { findings: this.#findings, signed: [] };
    // It counts as known when its record was; without one it is as new as can be, but nothing says so.
    const size = this.#claims[0]?.seq ?? 0;
    const { key_id: keyId, time, number: pack } = manifest;
    return { findings: this.#findings, signed: [{ keyId, at: Date.parse(time), stream: this.#stream, size, pack }] };
  }

  #find(path: string, code: string, says: string, severity: Severity = 'altered'): false {
    this.#findings.push({ ...finding(this.#stream, this.#prefix + path, code, says), severity });
    return false;
  }
}

function finding(stream: string, key: string, code: string, says: string): Finding {
  return { severity: 'altered', code, stream, seq: null, key, says };
}

function readManifest(bytes: Uint8Array): Manifest | null {
  try {
    return manifestSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    // Whatever it is, it is not a manifest, which the caller reports.
    return null;
  }
}
