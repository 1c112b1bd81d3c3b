import { sql } from 'kysely';
import { inBackground } from '../lib/background.ts';
import type { Database } from './database.ts';
import { outsideTransaction } from './transaction.ts';

/** How often (ms) each process looks at the latest for jobs that no wake-up told it of: one whose process died before it could say so, a lost NOTIFY. */
const POLL = 10_000;
/** The same while there is something that is due and that nobody has taken yet, or that could not be looked at. */
const SOON = 1_000;
/** The shortest pause (ms) before what comes due. */
const SHORTEST = 20;

/** When a worker at a job counts as dead. */
const DIES = sql.raw(`(j.heartbeat_on + j.heartbeat_seconds * interval '1 second')`);

interface DuePoll {
  readonly database: Database;
  /** How to wake the workers of each queue. */
  readonly queues: ReadonlyMap<string, () => void>;
  /** Gives back the jobs of workers that have not been heard of for too long. */
  readonly release: () => Promise<void>;
  /** Hears of the first of several looks that failed; the next one follows. */
  readonly onError: (error: unknown) => void;
}

interface Look {
  /** Queues that have a job which is due. */
  readonly due: readonly string[];
  /** Whether a worker at a job has not been heard of for too long. */
  readonly dead: boolean;
  /** In how many ms the next job comes due, or the next worker would count as dead; `null` when there is neither. */
  readonly next: string | null;
}

/** Wakes queues that have a job which is due, and has the jobs of dead workers released, by one statement for all of them. Returns how it ends. */
export function startDuePoll({ database, queues, release, onError }: DuePoll): () => void {
  let ended = false;
  let isAway = false;
  let timer: NodeJS.Timeout | null = null;

  async function look(): Promise<number> {
    const names = [...queues.keys()];
    const { rows } = await outsideTransaction(database, (db) =>
      sql<Look>`
        select
          array(
            select queue.name from unnest(${names}::text[]) as queue(name)
            where exists (select from pgboss.job j where j.name = queue.name and j.state < 'active' and j.start_after <= clock_timestamp())
          ) as due,
          exists (select from pgboss.job j where j.state = 'active' and ${DIES} < clock_timestamp()) as dead,
          ceil(extract(epoch from least(
            (select min(j.start_after) from pgboss.job j where j.state < 'active' and j.start_after > clock_timestamp()),
            (select min(${DIES}) from pgboss.job j where j.state = 'active')
          ) - clock_timestamp()) * 1000)::text as next`.execute(db),
    );
    const [found] = rows;
    if (found === undefined) return POLL;
    if (found.dead) await release();
    for (const name of found.due) queues.get(name)?.();
    if (found.dead || found.due.length > 0) return SOON;
    return found.next === null ? POLL : Math.min(POLL, Math.max(SHORTEST, Number(found.next)));
  }

  async function lookOrTell(): Promise<number> {
    try {
      const pause = queues.size === 0 ? SOON : await look();
      isAway = false;
      return pause;
    } catch (error) {
      // Once, and not every second until it is back.
      if (!isAway) onError(error);
      isAway = true;
      return SOON;
    }
  }

  function again(ms: number): void {
    if (ended) return;
    timer = setTimeout(() => inBackground(lookOrTell().then(again), onError), ms).unref();
  }

  again(SOON);
  return () => {
    ended = true;
    if (timer !== null) clearTimeout(timer);
  };
}
