import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { IncidentFilter, IncidentIndex } from '../ports/store.ts';
import type { Schema } from './schema.ts';
import type { Sql } from './transaction.ts';

export function saveIncidentIndex(trx: Sql, index: IncidentIndex): Promise<void> {
  return saveIncidentIndexes(trx, [index]);
}

/** Those of several incidents by one statement. */
export async function saveIncidentIndexes(trx: Sql, all: readonly IncidentIndex[]): Promise<void> {
  // One that grew has something to archive again.
  const rows = all.map(({ declaredAt, pending = null, ...rest }) => ({ ...rest, declared_at: declaredAt, pending, archived: false }));
  await trx
    .insertInto('incident')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        service: eb.ref('excluded.service'),
        severity: eb.ref('excluded.severity'),
        status: eb.ref('excluded.status'),
        open: eb.ref('excluded.open'),
        private: eb.ref('excluded.private'),
        channel: eb.ref('excluded.channel'),
        declared_at: eb.ref('excluded.declared_at'),
        pending: eb.ref('excluded.pending'),
        archived: eb.ref('excluded.archived'),
      })),
    )
    .execute();
}

/** Incidents, the newest first, or the gravest. */
export async function readIncidents(db: Sql, filter: IncidentFilter): Promise<IncidentIndex[]> {
  const found = db.selectFrom('incident').selectAll().where(meant(filter));
  const graded = filter.gravestFirst === true ? found.orderBy('severity') : found;
  let query = graded.orderBy('declared_at', 'desc').orderBy('id', 'desc');
  if (filter.limit !== undefined) query = query.limit(filter.limit);
  const rows = await query.execute();
  return rows.map((row) => {
    const { declared_at, archived: _, pending, ...rest } = row;
    return { ...rest, declaredAt: Number(declared_at), ...(pending === null ? {} : { pending }) };
  });
}

export async function countIncidents(db: Sql, filter: IncidentFilter): Promise<number> {
  const row = await db
    .selectFrom('incident')
    .select(({ fn }) => fn.countAll().as('count'))
    .where(meant(filter))
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

function meant({
  open,
  closed,
  pending,
  channel,
  service,
  private: hidden,
  since,
  before,
  drills,
}: IncidentFilter): (eb: ExpressionBuilder<Schema, 'incident'>) => Expression<SqlBool> {
  return (eb) =>
    eb.and([
      // As a condition of its own and not as a comparison: the index is of open ones.
      ...(open === undefined ? [] : [open ? eb.ref('open') : eb.not(eb.ref('open'))]),
      ...(closed === undefined ? [] : [eb('status', closed ? '=' : '<>', sql.lit('closed'))]),
      ...(pending === undefined ? [] : [sql<SqlBool>`pending is distinct from false`]),
      ...(channel === undefined ? [] : [eb('channel', '=', channel)]),
      ...(service === undefined ? [] : [eb('service', '=', service)]),
      ...(drills === true || channel !== undefined ? [] : [eb('id', 'not like', 'DRL-%')]),
      ...(hidden === undefined ? [] : [eb('private', '=', hidden)]),
      ...(since === undefined ? [] : [eb('declared_at', '>=', String(since))]),
      ...(before === undefined ? [] : [eb('declared_at', '<', String(before))]),
    ]);
}
