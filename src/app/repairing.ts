import { TocsinError } from '../domain/errors.ts';
import { SYSTEM_STREAM, TOCSIN } from '../domain/streams.ts';
import { isSignedAhead } from '../evidence/ahead-signed.ts';
import { artifactKey, checkpointKey, recordKey, repairKey, signatureKey, streamPrefix } from '../evidence/layout.ts';
import { type Repaired, repaired } from '../evidence/repairs.ts';
import { sha256 } from '../lib/hash.ts';
import type { ChainRecord, EvidenceStore, Signer } from '../ports/evidence.ts';
import type { Store } from '../ports/store.ts';
import type { Database } from '../store/database.ts';
import { evidenceOutbox } from '../store/outbox.ts';
import { isRepaired, uploadedOf } from '../store/repairs.ts';
import { appendTo } from './keeping.ts';

export interface RepairDeps {
  readonly database: Database;
  readonly store: Store;
  readonly chain: ChainRecord;
  readonly evidence: EvidenceStore;
  readonly signer: Signer;
}

/** Objects in one go: somebody may have planted very many. */
const LIMIT = 1_000;

/**
 * Lets a stream go on although somebody else has taken names of its next objects: theirs are left where they are and recorded with their digests, and
 * Tocsin's own go beside them. Refuses what this installation's key signed, which is Tocsin's own history.
 * @throws TocsinError `repair-genuine`, `layout-stream`
 */
export async function repairStream(deps: RepairDeps, stream: string): Promise<readonly Repaired[]> {
  const { database, store, chain, evidence, signer } = deps;
  const planted = await findPlanted(deps, stream);
  const records = planted.flatMap(({ seq }) => (seq === null ? [] : [seq]));
  for (const seq of records) {
    if (!(await isSignedAhead(evidence, signer, stream, seq))) continue;
    throw new TocsinError(
      'repair-genuine',
      `Record ${seq} of ${stream} in the evidence store is signed by this signing key: it is Tocsin’s own, and the database is an old copy. Restore it: docs/how-to/restore.md`,
    );
  }
  const objects = planted.map(({ key, sha256: digest }) => ({ key, sha256: digest }));
  for (const object of objects) {
    const record = repaired(stream, object, TOCSIN);
    await store.transaction((tx) => appendTo(tx, chain, SYSTEM_STREAM, record));
  }
  await evidenceOutbox(database).clearFork(stream);
  return objects;
}

interface Planted extends Repaired {
  /** The number, of a record. */
  readonly seq: number | null;
}

/** What lies under the names of the objects that are to be stored next, and is not what will be stored. */
async function findPlanted({ database, evidence }: RepairDeps, stream: string): Promise<Planted[]> {
  streamPrefix(stream);
  const { seq: size, uploaded } = await uploadedOf(database, stream);
  const own = await unstored(database, stream);
  const found: Planted[] = [];
  const look = async (key: string, seq: number | null): Promise<boolean> => {
    const bytes = await evidence.get(key);
    if (bytes === null) return false;
    const digest = sha256(bytes);
    if (own.get(key) === digest || (await isRepaired(database, { key, sha256: digest }))) return true;
    // What lies beside it is Tocsin's, from before this database was copied.
    if ((await evidence.get(repairKey(key))) === null) found.push({ key, sha256: digest, seq });
    return true;
  };
  for (const key of own.keys()) if (!key.includes('/records/')) await look(key, null);
  for (let seq = uploaded + 1; found.length < LIMIT; seq += 1) {
    const there = await look(recordKey(stream, seq), seq);
    for (const key of [checkpointKey(stream, seq), signatureKey(stream, seq)]) if (!own.has(key)) await look(key, null);
    if (!there && seq > size) break;
  }
  return found;
}

/** The keys of what this database has not stored yet, with the digests. */
async function unstored(database: Database, stream: string): Promise<Map<string, string>> {
  const { db } = database;
  const own = new Map<string, string>();
  const head = await uploadedOf(database, stream);
  const records = await db
    .selectFrom('record')
    .select(['seq', 'bytes'])
    .where('stream', '=', stream)
    .where('seq', '>', String(head.uploaded))
    .execute();
  for (const { seq, bytes } of records) own.set(recordKey(stream, Number(seq)), sha256(bytes));
  const artifacts = await db.selectFrom('artifact').select('sha256').where('stream', '=', stream).where('stored', '=', false).execute();
  for (const artifact of artifacts) own.set(artifactKey(stream, artifact.sha256), artifact.sha256);
  const checkpoints = await db.selectFrom('checkpoint').selectAll().where('stream', '=', stream).where('stored', '=', false).execute();
  for (const { size, sha256: digest, signature } of checkpoints) {
    own.set(checkpointKey(stream, Number(size)), digest);
    own.set(signatureKey(stream, Number(size)), sha256(signature));
  }
  return own;
}
