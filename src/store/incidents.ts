import type { IncidentIndex } from '../ports/store.ts';
import type { Sql } from './transaction.ts';

export async function saveIncidentIndex(trx: Sql, index: IncidentIndex): Promise<void> {
  const { declaredAt, ...rest } = index;
  const row = { ...rest, declared_at: declaredAt };
  await trx
    .insertInto('incident')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

/** Incidents, the newest first. */
export async function readIncidents(
  db: Sql,
  filter: { open?: boolean; closed?: boolean; channel?: string; service?: string; private?: boolean; limit?: number },
): Promise<IncidentIndex[]> {
  let query = db.selectFrom('incident').selectAll().orderBy('declared_at', 'desc').orderBy('id', 'desc');
  if (filter.open !== undefined) query = query.where('open', '=', filter.open);
  if (filter.closed !== undefined) query = query.where('status', filter.closed ? '=' : '<>', 'closed');
  if (filter.channel !== undefined) query = query.where('channel', '=', filter.channel);
  if (filter.service !== undefined) query = query.where('service', '=', filter.service);
  if (filter.private !== undefined) query = query.where('private', '=', filter.private);
  if (filter.limit !== undefined) query = query.limit(filter.limit);
  const rows = await query.execute();
  return rows.map(({ declared_at, ...rest }) => ({ ...rest, declaredAt: Number(declared_at) }));
}
