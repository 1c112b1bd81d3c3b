import { hash } from 'node:crypto';
import { SYSTEM_STREAM } from '../domain/streams.ts';
import type { Database } from './database.ts';
import { recordParts } from './seal.ts';
import { outsideTransaction } from './transaction.ts';

/** Whether a record of `system` says that somebody else's bytes lie under this name (evidence/repairs.ts). */
export async function isRepaired(database: Database, { key, sha256 }: { readonly key: string; readonly sha256: string }): Promise<boolean> {
  const rows = await outsideTransaction(database, (db) =>
    db.selectFrom('record').select(['seq', 'bytes', 'mac']).where('stream', '=', SYSTEM_STREAM).where('type', '=', 'evidence.repaired').execute(),
  );
  return rows.some(({ seq, bytes, mac }) => {
    if (!database.seal.fits('record', recordParts(SYSTEM_STREAM, Number(seq), hash('sha256', bytes, 'hex')), mac)) return false;
    const { data } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { data?: { key?: string; sha256?: string } };
    return data?.key === key && data.sha256 === sha256;
  });
}

/** How many records a stream has, and how many of them the evidence store has acknowledged; none of a stream that is not there. */
export async function uploadedOf(database: Database, stream: string): Promise<{ readonly seq: number; readonly uploaded: number }> {
  const row = await outsideTransaction(database, (db) =>
    db.selectFrom('stream').select(['seq', 'uploaded']).where('name', '=', stream).executeTakeFirst(),
  );
  return { seq: Number(row?.seq ?? 0), uploaded: Number(row?.uploaded ?? 0) };
}
