import { sql } from 'kysely';
import { TocsinError } from '../domain/errors.ts';
import type { Database } from './database.ts';
import { type Migration, migrations } from './migrations/index.ts';

/** The key of the advisory lock that keeps replicas which start together from migrating together. Any number; ours for ever. */
const LOCK = 7_463_401_112;

/**
 * Brings the schema forward to what this code knows, in one transaction, and returns the names of the migrations that were applied.
 * Safe for several replicas at once. Throws TocsinError `database-newer` for a database that a later release has migrated.
 */
export async function migrate(database: Database, known: readonly Migration[] = migrations): Promise<string[]> {
  return database.session.transaction().execute(async (trx) => {
    await sql`set local statement_timeout = 0`.execute(trx);
    await sql`select pg_advisory_xact_lock(${LOCK})`.execute(trx);
    await sql`create table if not exists migration (number int primary key, name text not null)`.execute(trx);
    const { last } = await trx
      .selectFrom('migration')
      .select(({ fn }) => fn.max('number').as('last'))
      .executeTakeFirstOrThrow();
    const from = last ?? 0;
    if (from > known.length) {
      throw new TocsinError(
        'database-newer',
        `The database is at schema ${from}, this release knows ${known.length}. Start a release at least as new as the one that ran last.`,
      );
    }
    const names: string[] = [];
    for (const [index, migration] of known.entries()) {
      if (index < from) continue;
      for (const statement of migration.statements) await sql.raw(statement).execute(trx);
      await trx
        .insertInto('migration')
        .values({ number: index + 1, name: migration.name })
        .execute();
      names.push(migration.name);
    }
    return names;
  });
}
