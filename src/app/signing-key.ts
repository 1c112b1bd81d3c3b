import { TocsinError } from '../domain/errors.ts';
import { type FileSigner, openFileSigner, readFileSigner } from '../evidence/keys.ts';
import { STREAM_ROOTS } from '../evidence/layout.ts';
import type { EvidenceStore } from '../ports/evidence.ts';
import type { Database } from '../store/database.ts';

/**
 * Opens the signing key, and makes one only where nothing was signed before: with another key in silence, auditors would find a stranger's
 * signatures, and what waits to be reverted could not be read any more.
 * @throws TocsinError `key-missing`, and what openFileSigner throws
 */
export async function openSigningKey(path: string, evidence: EvidenceStore, database: Database | null): Promise<FileSigner> {
  const signer = await readFileSigner(path);
  if (signer !== null) return signer;
  const what = (await firstObject(evidence)) ?? (database === null ? null : await firstRecord(database));
  if (what !== null) throw keyMissing(path, what);
  return openFileSigner(path);
}

/** The error for a key file that is missing where evidence exists. */
export function keyMissing(path: string, what: string): TocsinError {
  return new TocsinError(
    'key-missing',
    `The signing key ${path} is missing, but ${what}. Put the key file back from its copy, or name it in TOCSIN_KEY_FILE. If it is lost: docs/how-to/rotate-the-signing-key.md#when-a-key-was-lost`,
  );
}

async function firstObject(evidence: EvidenceStore): Promise<string | null> {
  for (const prefix of ['keys/', ...STREAM_ROOTS])
    for await (const key of evidence.list(prefix)) return `the evidence store ${evidence.location} holds ${key}`;
  return null;
}

async function firstRecord({ db }: Database): Promise<string | null> {
  const row = await db.selectFrom('stream').select('name').where('seq', '>', '0').limit(1).executeTakeFirst();
  return row === undefined ? null : `the database holds records of ${row.name}`;
}
