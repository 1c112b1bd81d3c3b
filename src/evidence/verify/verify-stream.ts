import { TocsinError } from '../../domain/errors.ts';
import type { StoredRecord } from '../../domain/record.ts';
import { sha256 } from '../../lib/hash.ts';
import { mapAhead } from '../../lib/map-ahead.ts';
import { plural } from '../../lib/plural.ts';
import type { EvidenceStore } from '../../ports/evidence.ts';
import { checkLink, EMPTY_HEAD, type LinkProblem } from '../chain.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { type PublicKey, verifySignature } from '../keys.ts';
import { artifactKey, checkpointKey, recordKey, repairKey, signatureKey } from '../layout.ts';
import { decodeRecord, readRecord } from '../record.ts';
import { ChainHashes } from './chain-hashes.ts';
import { CheckedCheckpoints } from './checked-checkpoints.ts';
import type { StreamInventory } from './inventory.ts';
import { LINK_CODES, linkText, readCheckpoint } from './links.ts';
import type { Finding, Severity } from './report.ts';

/** Objects read at once; hides the latency of S3. */
const RECORDS_AHEAD = 32;
/** Artifacts may be large, and are held whole. */
const ARTIFACTS_AHEAD = 4;

/** What the whole verification shares. */
export interface VerifyContext {
  readonly store: EvidenceStore;
  readonly keys: ReadonlyMap<string, PublicKey>;
  readonly pinned: ReadonlySet<string> | null;
  readonly strict: boolean;
}

/** How many records the newest of these checkpoints covers; 0 without any. */
export function newestSize(checkpoints: CheckedCheckpoints): number {
  return checkpoints.newest()?.size ?? 0;
}

/** What was found out about one stream. `hashAt` knows the sizes that were asked for, and those of checkpoints. */
export interface StreamResult {
  readonly stream: string;
  readonly findings: Finding[];
  readonly records: number;
  /** Checkpoints by name, valid or not, and signatures. */
  readonly listed: number;
  readonly artifacts: number;
  readonly bytes: number;
  readonly hashAt: ChainHashes;
  readonly checkpoints: CheckedCheckpoints;
}

/**
 * Checks everything in one stream's folder: numbers without gaps, the chain of exact bytes, artifacts, checkpoints and their
 * signatures, and that the newest checkpoint covers every record (ADR 3).
 * `sizes` are further points of the chain whose hash is wanted; `onRecord` sees each readable record.
 */
export async function verifyStream(
  context: VerifyContext,
  inventory: StreamInventory,
  sizes: Iterable<number>,
  onRecord: (record: StoredRecord) => void,
): Promise<StreamResult> {
  const check = new StreamCheck(context, inventory);
  await check.artifacts();
  await check.records(new Set([...sizes, ...inventory.checkpoints]), onRecord);
  await check.checkpoints();
  check.tail();
  return check.result();
}

/** The largest of any number of numbers that are not negative; 0 of none. */
export function largest(numbers: Iterable<number>): number {
  let most = 0;
  for (const number of numbers) most = Math.max(most, number);
  return most;
}

class StreamCheck {
  readonly #context: VerifyContext;
  readonly #inventory: StreamInventory;
  readonly #findings: Finding[];
  readonly #sizes = new Map<string, number>();
  readonly #hashAt = new ChainHashes();
  readonly #checked = new CheckedCheckpoints();
  /** Digests of artifacts that a record names. */
  readonly #named = new Set<string>();
  /** Records whose `prev` is not the hash of the one before, and those after a gap. */
  readonly #breaks: number[] = [];
  readonly #gaps: number[] = [];
  #bytes = 0;

  constructor(context: VerifyContext, inventory: StreamInventory) {
    this.#context = context;
    this.#inventory = inventory;
    this.#findings = [...inventory.findings];
  }

  result(): StreamResult {
    const { stream, records, artifacts, checkpoints, signatures } = this.#inventory;
    return {
      stream,
      findings: this.#findings,
      records: records.length,
      listed: checkpoints.length + signatures.size,
      artifacts: artifacts.length,
      bytes: this.#bytes,
      hashAt: this.#hashAt,
      checkpoints: this.#checked,
    };
  }

  async artifacts(): Promise<void> {
    const { stream, artifacts } = this.#inventory;
    const read = async (digest: string) => ({ digest, size: await this.#artifact(artifactKey(stream, digest), digest) });
    for await (const { digest, size } of mapAhead(artifacts, ARTIFACTS_AHEAD, read)) if (size !== null) this.#sizes.set(digest, size);
  }

  async records(wanted: ReadonlySet<number>, onRecord: (record: StoredRecord) => void): Promise<void> {
    const { stream, records } = this.#inventory;
    let head: { seq: number; hash: string } = EMPTY_HEAD;
    for await (const { seq, bytes } of mapAhead(records, RECORDS_AHEAD, async (number) => ({
      seq: number,
      bytes: await this.#read(recordKey(stream, number)),
    }))) {
      if (bytes === null) continue;
      const follows = seq === head.seq + 1;
      if (!follows) {
        this.#missing(head.seq + 1, seq - 1);
        this.#gaps.push(seq);
      }
      const hash = sha256(bytes);
      if (wanted.has(seq)) this.#hashAt.add(seq, hash);
      const record = this.#decode(seq, bytes);
      if (record !== null) {
        // After a gap nothing is known about the record before, so that only the place can be checked.
        const problem = checkLink({ seq: seq - 1, hash: follows ? head.hash : record.prev }, record, stream);
        if (problem === 'wrong-prev') this.#breaks.push(seq);
        else if (problem !== null)
          this.#find('altered', LINK_CODES[problem], linkText(problem, stream, seq, record), { seq, key: recordKey(stream, seq) });
        await this.#references(record, seq);
        onRecord(record);
      }
      head = { seq, hash };
    }
    const last = records.at(-1) ?? 0;
    if (last > head.seq) this.#missing(head.seq + 1, last);
    if (records.length === 0) this.#find('altered', 'no-records', `There are files of ${stream}, but none of its records.`, {});
    this.#orphans();
  }

  async checkpoints(): Promise<void> {
    const { stream, checkpoints, signatures } = this.#inventory;
    for await (const checked of mapAhead(checkpoints, RECORDS_AHEAD, (size) => this.#checkpoint(size))) {
      if ('sha256' in checked) this.#checked.add(checked.checkpoint, checked.sha256);
      else this.#findings.push(checked);
    }
    for (const seq of this.#breaks) this.#broken(seq);
    const listed = new Set(checkpoints);
    for (const size of signatures) {
      if (listed.has(size)) continue;
      this.#find('incomplete', 'signature-alone', `The signature of checkpoint ${size} of ${stream} is there, the checkpoint is not.`, {
        seq: size,
        key: signatureKey(stream, size),
      });
    }
  }

  tail(): void {
    const { stream, records } = this.#inventory;
    const last = records.at(-1) ?? 0;
    const signed = newestSize(this.#checked);
    if (signed >= last) return;
    const tail = last === signed + 1 ? `Record ${last}` : `Records ${signed + 1} to ${last}`;
    this.#find('incomplete', 'tail-unsigned', `${tail} of ${stream} ${last === signed + 1 ? 'is' : 'are'} covered by no valid checkpoint.`, {
      seq: signed + 1,
    });
  }

  /** Names the record that was changed, where a checkpoint tells which of the two it was. */
  #broken(seq: number): void {
    const { stream } = this.#inventory;
    const next = this.#checked.covering(seq)?.size;
    const follows = next !== undefined && ![...this.#breaks, ...this.#gaps].some((other) => other > seq && other <= next);
    const [changed, other] = follows ? [seq - 1, seq] : [seq, seq - 1];
    const sure = follows || this.#checked.get(seq - 1) !== null;
    const which = sure ? `record ${changed} was changed` : `record ${other} or ${changed} was changed`;
    this.#find('altered', 'chain-broken', `Record ${seq} of ${stream} does not follow record ${seq - 1}: ${which}.`, {
      seq: changed,
      key: recordKey(stream, Math.max(changed, 1)),
    });
  }

  #orphans(): void {
    const { stream, artifacts } = this.#inventory;
    for (const digest of artifacts) {
      if (this.#named.has(digest)) continue;
      const key = artifactKey(stream, digest);
      this.#find('incomplete', 'artifact-unnamed', `No record names ${key}: it was added, or its record is not stored yet.`, { key });
    }
  }

  /** The size in bytes; `null` when it is not there. */
  async #artifact(key: string, digest: string): Promise<number | null> {
    const bytes = await this.#read(key);
    if (bytes === null) return null;
    if (sha256(bytes) !== digest) this.#find('altered', 'artifact-changed', `The bytes of ${key} do not have the SHA-256 that is its name.`, { key });
    return bytes.byteLength;
  }

  async #references(record: StoredRecord, seq: number): Promise<void> {
    for (const reference of record.artifacts) {
      const key = artifactKey(this.#inventory.stream, reference.sha256);
      this.#named.add(reference.sha256);
      // It may have been written between the listing of the artifacts and that of the records.
      const size = this.#sizes.get(reference.sha256) ?? (await this.#artifact(key, reference.sha256));
      if (size === null) this.#find('altered', 'artifact-missing', `Record ${seq} points to ${key}, which is not there.`, { seq, key });
      else if (size !== reference.size)
        this.#find('altered', 'artifact-size', `Record ${seq} says that ${key} has ${reference.size} bytes; it has ${size}.`, { seq, key });
    }
  }

  #decode(seq: number, bytes: Uint8Array): StoredRecord | null {
    try {
      return this.#context.strict ? decodeRecord(bytes).record : readRecord(bytes);
    } catch (error) {
      if (!(error instanceof TocsinError)) throw error;
      const { stream } = this.#inventory;
      this.#find('altered', error.code, `Record ${seq} of ${stream} is no record: ${error.message}`, { seq, key: recordKey(stream, seq) });
      return null;
    }
  }

  /** A checkpoint that is all right, or what is wrong with it. */
  async #checkpoint(size: number): Promise<{ readonly checkpoint: Checkpoint; readonly sha256: string } | Finding> {
    const { stream } = this.#inventory;
    const name = `Checkpoint ${size} of ${stream}`;
    const wrong = (code: string, says: string, severity: Severity = 'altered'): Finding => ({
      severity,
      code,
      stream,
      seq: size,
      key: checkpointKey(stream, size),
      says,
    });
    const [bytes, signature] = await Promise.all([this.#read(checkpointKey(stream, size)), this.#read(signatureKey(stream, size))]);
    if (bytes === null) return wrong('checkpoint-missing', `${name} was deleted.`);
    if (signature === null) return wrong('checkpoint-unsigned', `${name} has no signature.`, 'incomplete');
    const checkpoint = readCheckpoint(bytes);
    if (checkpoint === null) return wrong('checkpoint-invalid', `${name} is no checkpoint in canonical form.`);
    if (checkpoint.size !== size || checkpoint.incident_id !== stream)
      return wrong('checkpoint-misplaced', `${name} is the one for ${plural(checkpoint.size, 'record')} of ${checkpoint.incident_id}.`);
    const key = this.#context.keys.get(checkpoint.key_id);
    if (key === undefined) return wrong('key-unknown', `${name} is signed by key ${checkpoint.key_id}, which is not under keys/.`);
    if (this.#context.pinned?.has(checkpoint.key_id) === false)
      return wrong('key-not-pinned', `${name} is signed by key ${checkpoint.key_id}, which is none of the pinned ones.`);
    if (!(await verifySignature(key, bytes, signature)))
      return wrong('signature-wrong', `The signature of checkpoint ${size} of ${stream} does not fit its bytes and key.`);
    const hash = this.#hashAt.get(size);
    if (hash === undefined) return wrong('stream-shortened', `${name} covers ${plural(size, 'record')}, but record ${size} is not there.`);
    if (hash !== checkpoint.head)
      return wrong('head-mismatch', `${name} names another hash than that of record ${size}: records were changed after they were signed.`);
    return { checkpoint, sha256: sha256(bytes) };
  }

  #missing(first: number, last: number): void {
    const { stream } = this.#inventory;
    const what = first === last ? `Record ${first} of ${stream} is` : `Records ${first} to ${last} of ${stream} are`;
    this.#find('altered', 'record-missing', `${what} not there.`, { seq: first, key: recordKey(stream, first) });
  }

  async #read(key: string): Promise<Uint8Array | null> {
    // Beside the name, where somebody else has taken it; that a signed record says so is looked at in verify-repairs.ts.
    const bytes = await this.#context.store.get(this.#inventory.repairs.has(key) ? repairKey(key) : key);
    this.#bytes += bytes?.byteLength ?? 0;
    return bytes;
  }

  #find(severity: Severity, code: string, says: string, place: { seq?: number; key?: string }): void {
    this.#findings.push({ severity, code, stream: this.#inventory.stream, seq: place.seq ?? null, key: place.key ?? null, says });
  }
}

/** A wrong `prev` is looked at when the checkpoints are known. */
export type PlaceProblem = Exclude<LinkProblem, 'wrong-prev'>;
