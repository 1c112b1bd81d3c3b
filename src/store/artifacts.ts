import { hash } from 'node:crypto';
import { sql } from 'kysely';
import type { ArtifactRef } from '../domain/record.ts';
import { realNow } from './clock.ts';
import type { Sql, Trx } from './transaction.ts';

/** Stores an artifact once per stream and digest. */
export async function putArtifact(trx: Trx, stream: string, bytes: Uint8Array): Promise<ArtifactRef> {
  const sha256 = hash('sha256', bytes, 'hex');
  const size = bytes.byteLength;
  await trx
    .insertInto('artifact')
    .values({ stream, sha256, size, bytes, added_at: sql<number>`${realNow}` })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return { path: `artifacts/sha256/${sha256}`, sha256, size };
}

/** An artifact's bytes while the database still has them: they go once the evidence store has acknowledged them. */
export async function readArtifact(db: Sql, stream: string, sha256: string): Promise<Uint8Array | null> {
  const row = await db.selectFrom('artifact').select('bytes').where('stream', '=', stream).where('sha256', '=', sha256).executeTakeFirst();
  return row?.bytes === undefined || row.bytes === null ? null : new Uint8Array(row.bytes);
}
