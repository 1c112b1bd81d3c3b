import { sql } from 'kysely';
import type { StoredRecord } from '../domain/record.ts';
import type { CheckpointRow } from '../ports/evidence.ts';
import type { Database } from './database.ts';
import { checkedRecord } from './streams.ts';
import { assertOutsideTransaction } from './transaction.ts';

/** The newest checkpoint of a stream, or `null` before the first. */
export async function newestCheckpoint({ db }: Database, stream: string): Promise<CheckpointRow | null> {
  assertOutsideTransaction();
  const row = await db.selectFrom('checkpoint').selectAll().where('stream', '=', stream).orderBy('size', 'desc').limit(1).executeTakeFirst();
  if (row === undefined) return null;
  return { stream, size: Number(row.size), bytes: row.bytes, signature: row.signature, sha256: row.sha256 };
}

/** The newest record of a type in a stream, or `null`. Throws TocsinError `database-altered`. */
export async function newestRecord({ db, seal }: Database, stream: string, type: string): Promise<StoredRecord | null> {
  assertOutsideTransaction();
  const row = await db
    .selectFrom('record')
    .select(['seq', 'bytes', 'mac'])
    .where('stream', '=', stream)
    .where('type', '=', type)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : checkedRecord(seal, stream, { ...row, seq: Number(row.seq) });
}

/** Records of some types of a stream, oldest first. Throws TocsinError `database-altered`. */
export async function recordsOfTypes({ db, seal }: Database, stream: string, types: readonly string[]): Promise<readonly StoredRecord[]> {
  assertOutsideTransaction();
  const rows = await db
    .selectFrom('record')
    .select(['seq', 'bytes', 'mac'])
    .where('stream', '=', stream)
    .where('type', 'in', [...types])
    .orderBy('seq')
    .execute();
  return rows.map((row) => checkedRecord(seal, stream, { ...row, seq: Number(row.seq) }));
}

/** The same of those that are no older than a time, as records have it: what was before is not read, however much it is. Throws TocsinError `database-altered`. */
export async function recordsOfTypesSince(
  { db, seal }: Database,
  stream: string,
  types: readonly string[],
  since: string,
): Promise<readonly StoredRecord[]> {
  assertOutsideTransaction();
  // A stream's times never go backwards, so the newest record from before is where reading begins.
  const { rows } = await sql<{ seq: string; bytes: Uint8Array; mac: string | null }>`
    select found.seq, found.bytes, found.mac from unnest(${[...types]}::text[]) as wanted (type)
    cross join lateral (
      select seq, bytes, mac from record where stream = ${stream} and type = wanted.type and seq > coalesce(
        (select seq from record where stream = ${stream} and type = wanted.type and time < ${since} order by seq desc limit 1), 0)
    ) as found order by found.seq`.execute(db);
  return rows.map((row) => checkedRecord(seal, stream, { ...row, seq: Number(row.seq) }));
}
