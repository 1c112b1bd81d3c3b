import { sql } from 'kysely';
import type { Database } from '../../../src/store/database.ts';

/** Removes all jobs: the next test begins with none. */
export async function clearJobs({ db }: Database): Promise<void> {
  await sql`delete from pgboss.job`.execute(db);
}

/** All jobs that wait for their time begin now. */
export async function hurryJobs({ db, bus }: Database): Promise<void> {
  await sql`update pgboss.job set start_after = clock_timestamp() where state = 'retry' and start_after > clock_timestamp()`.execute(db);
  bus.publish('*');
}

/** Gives the queue's jobs to another attempt: those at work, as when their worker was not heard of, and those that are done. */
export async function repeatJobs({ db }: Database, queue: string): Promise<void> {
  await sql`
    update pgboss.job set state = 'retry', start_after = now(), completed_on = null
    where name = ${queue} and state in ('active', 'completed')`.execute(db);
}

/** How many jobs of a queue were given back for later. */
export async function jobsForLater({ db }: Database, queue: string): Promise<number> {
  const { rows } = await sql`select 1 from pgboss.job where name = ${queue} and state = 'retry'`.execute(db);
  return rows.length;
}
