import { sql } from 'kysely';
import { inBackground } from '../lib/background.ts';
import type { Database } from './database.ts';
import { outsideTransaction } from './transaction.ts';

/** How often (ms) each process looks for jobs that no wake-up told it of: a delay set by a process that is gone, a lost NOTIFY. */
const POLL = 1_000;

/** Wakes queues that have a job which is due, by one statement for all of them. `onError` hears of the first of several looks that failed; the next one follows. */
export function startDuePoll(database: Database, queues: ReadonlyMap<string, () => void>, onError: (error: unknown) => void): () => void {
  let looking = false;
  let isAway = false;

  async function look(): Promise<void> {
    if (looking || queues.size === 0) return;
    looking = true;
    try {
      const names = [...queues.keys()];
      const { rows } = await outsideTransaction(database, (db) =>
        sql<{ name: string }>`
          select queue.name from unnest(${names}::text[]) as queue(name)
          where exists (select from pgboss.job j where j.name = queue.name and j.state < 'active' and j.start_after <= clock_timestamp())`.execute(
          db,
        ),
      );
      for (const { name } of rows) queues.get(name)?.();
      isAway = false;
    } catch (error) {
      // Once, and not every second until it is back.
      if (!isAway) onError(error);
      isAway = true;
    } finally {
      looking = false;
    }
  }

  const poll = setInterval(() => inBackground(look(), onError), POLL).unref();
  return () => clearInterval(poll);
}
