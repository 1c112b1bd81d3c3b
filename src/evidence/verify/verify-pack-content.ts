import { isDeepStrictEqual } from 'node:util';
import { TocsinError } from '../../domain/errors.ts';
import type { StoredRecord } from '../../domain/record.ts';
import { sha256 } from '../../lib/hash.ts';
import type { ChainedRecord, EvidenceStore } from '../../ports/evidence.ts';
import { followChain, headOf } from '../chain.ts';
import { streamPrefix } from '../layout.ts';
import type { Manifest } from '../pack/pack.ts';
import { approvalsOf, changesOf } from '../pack/pack-changes.ts';
import { readRecord } from '../record.ts';

const RECORDS = 'records.jsonl';

/** A file of a pack that does not say what the records say. */
interface Contradiction {
  readonly path: string;
  readonly says: string;
}

/** Whether a file is made from the records, so that its text is needed to compare. */
export function isDerived(path: string): boolean {
  return path === RECORDS || path === 'timeline.md' || /(?:^|\/)(?:approvals|changes)\.json$/.test(path) || /^plans\/[^/]+\/timeline\.md$/.test(path);
}

/**
 * Compares what a pack holds with the chain, whoever signed it: `records.jsonl` is the chain up to the manifest's head; approvals and changes
 * are what follows from it; timelines have its moments and numbers; everything else that was copied is what the store or a record names.
 * The manifest's head is expected to be the chain's; `texts` has the derived files, whose digests fit.
 */
export async function checkContent(store: EvidenceStore, manifest: Manifest, texts: ReadonlyMap<string, string>): Promise<Contradiction[]> {
  const records = readLines(manifest, texts.get(RECORDS) ?? '');
  if (records === null) return [{ path: RECORDS, says: 'does not hold the records of the chain' }];
  const artifacts = new Set(records.flatMap((record) => record.artifacts.map((artifact) => artifact.sha256)));
  const found: Contradiction[] = [];
  for (const { path, sha256: digest } of manifest.files) {
    const says = contradicts(path, texts.get(path), records) ?? (await isCopy(store, manifest, path, digest, artifacts));
    if (says !== null) found.push({ path, says });
  }
  return found;
}

/** The records, or `null` when they are not those of the chain: each names the one before, and the last has the head's hash. */
function readLines(manifest: Manifest, text: string): StoredRecord[] | null {
  try {
    const chained = text
      .split(/(?<=\n)/)
      .filter((line) => line !== '')
      .map((line): ChainedRecord => {
        const bytes = Buffer.from(line);
        return { record: readRecord(bytes), bytes, hash: sha256(bytes) };
      });
    followChain(null, chained, manifest.incident_id);
    const last = chained.at(-1);
    const whole = last !== undefined && headOf(last).seq === manifest.size && last.hash === manifest.head;
    return whole ? chained.map(({ record }) => record) : null;
  } catch (error) {
    if (error instanceof TocsinError) return null;
    throw error;
  }
}

/** What a derived file says otherwise than the records; `null` when it agrees, or is none. */
function contradicts(path: string, text: string | undefined, records: readonly StoredRecord[]): string | null {
  if (text === undefined || path === RECORDS) return null;
  const plan = /^plans\/([^/]+)\//.exec(path)?.[1];
  if (path.endsWith('approvals.json')) return isJson(text, approvalsOf(records, plan)) ? null : 'does not say what the records say';
  if (path.endsWith('changes.json')) return isJson(text, changesOf(records, plan)) ? null : 'does not say what the records say';
  return plan === undefined ? timelineSays(text, records) : planTimelineSays(text, records);
}

function isJson(text: string, expected: object[]): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(text), JSON.parse(JSON.stringify(expected)));
  } catch {
    return false;
  }
}

/** One row for each record: its moment first, its number last. Sentences change with versions, so they are not compared. */
function timelineSays(text: string, records: readonly StoredRecord[]): string | null {
  const rows = [...text.matchAll(/^\| (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) \|.*\| (\d+) \|$/gm)].map(([, time, seq]) => `${time} ${seq}`);
  const expected = records.map(({ time, seq }) => `${time.slice(0, 19).replace('T', ' ')} ${seq}`);
  return isDeepStrictEqual(rows, expected) ? null : 'does not have the moments and numbers of the records';
}

function planTimelineSays(text: string, records: readonly StoredRecord[]): string | null {
  const lines = [...text.matchAll(/^- (\S+) .*\(record (\d+)\)$/gm)].map(([, time, seq]) => `${time} ${seq}`);
  const known = new Set(records.map(({ time, seq }) => `${time} ${seq}`));
  return lines.every((line) => known.has(line)) ? null : 'has a moment or number that no record has';
}

/** Copies are compared with what they are copies of. */
async function isCopy(
  store: EvidenceStore,
  { incident_id }: Manifest,
  path: string,
  digest: string,
  artifacts: ReadonlySet<string>,
): Promise<string | null> {
  const [folder, , kind] = path.split('/');
  // Packs of older releases have no folder `logs`.
  if (folder === 'logs') return artifacts.has(digest) ? null : 'is no artifact of the records';
  if (folder === 'artifacts') return artifacts.has(digest) && path.endsWith(`/${digest}`) ? null : 'is no artifact of the records';
  if (folder === 'plans' && (kind === 'logs' || kind === 'steps' || kind === 'plan.json'))
    return artifacts.has(digest) ? null : 'is no artifact of the records';
  if (folder !== 'checkpoints' && folder !== 'keys') return null;
  const original = await store.get(folder === 'keys' ? path : streamPrefix(incident_id) + path);
  return original !== null && sha256(original) === digest ? null : 'is not what the store has';
}
