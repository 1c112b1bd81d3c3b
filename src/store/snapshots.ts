import type { Sql, Trx } from './transaction.ts';

/** Keeps what a revert needs, as it comes: encrypted. A key that is there already changes nothing. */
export async function putSnapshot(trx: Trx, key: string, bytes: Uint8Array): Promise<void> {
  await trx
    .insertInto('snapshot')
    .values({ key, bytes })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function readSnapshot(db: Sql, key: string): Promise<Uint8Array | null> {
  const row = await db.selectFrom('snapshot').select('bytes').where('key', '=', key).executeTakeFirst();
  return row === undefined ? null : new Uint8Array(row.bytes);
}
