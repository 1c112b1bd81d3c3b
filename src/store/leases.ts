import { sql } from 'kysely';
import type { Leases } from '../ports/queue.ts';
import { realNow } from './clock.ts';
import type { Database } from './database.ts';
import { assertOutsideTransaction } from './transaction.ts';

/** Leases in the database, by the database's own time. */
export function leases({ db }: Database): Leases {
  return {
    async acquire(name, holder, ms) {
      assertOutsideTransaction();
      const { rows } = await sql`
        insert into lease (name, holder, until) values (${name}, ${holder}, ${realNow} + ${ms}::bigint)
        on conflict (name) do update set holder = excluded.holder, until = excluded.until
        where lease.holder = excluded.holder or lease.until < ${realNow}
        returning name`.execute(db);
      return rows.length === 1;
    },
    async release(name, holder) {
      assertOutsideTransaction();
      await db.deleteFrom('lease').where('name', '=', name).where('holder', '=', holder).execute();
    },
  };
}
