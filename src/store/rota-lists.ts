import type { Json } from '../domain/record.ts';
import { SYSTEM_STREAM } from '../domain/streams.ts';
import type { Seal } from './seal.ts';
import type { Sql, Trx } from './transaction.ts';

/**
 * The copies of rotas that are kept elsewhere, by rota. One that was altered is left out, and whoever listens is told: it says who may act. The next look at
 * the source puts another in its place.
 */
export async function readRotaLists(db: Sql, seal: Seal): Promise<Readonly<Record<string, Json>>> {
  const rows = await db.selectFrom('rota_list').selectAll().execute();
  const good = rows.filter(({ rota, body, mac }) => {
    const fits = seal.fits('rota-list', [rota, body], mac);
    if (!fits) seal.wrong(SYSTEM_STREAM, `The copy of the rota ${rota}`);
    return fits;
  });
  return Object.fromEntries(good.map(({ rota, body }) => [rota, JSON.parse(body) as Json]));
}

export async function writeRotaList(trx: Trx, seal: Seal, rota: string, copy: Json): Promise<void> {
  const body = JSON.stringify(copy);
  const columns = { body, mac: seal.mac('rota-list', [rota, body]) };
  await trx
    .insertInto('rota_list')
    .values({ rota, ...columns })
    .onConflict((conflict) => conflict.column('rota').doUpdateSet(columns))
    .execute();
}

/** Forgets all of them, where another key vouches from now on: they are read again. */
export async function forgetRotaLists(trx: Trx): Promise<void> {
  await trx.deleteFrom('rota_list').execute();
}
