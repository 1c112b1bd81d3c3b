import type { PgBoss } from 'pg-boss';
import type { Json } from '../domain/record.ts';
import { inBackground } from '../lib/background.ts';
import type { QueueSpec } from '../ports/queue.ts';
import type { Attempt } from './attempts.ts';
import type { Database } from './database.ts';
import { queueOf } from './topics.ts';

const CONCURRENCY = 4;
/** pg-boss' own polling (s): ours (due.ts) asks once for all queues, and wakes one worker of each. */
const BOSS_POLL = 3_600;

/** Work on one queue. */
export interface Workers {
  /** Wakes one of its workers, which looks for a job. */
  wake(): void;
  end(): void;
}

/**
 * Works on one queue. Each job that is announced wakes one idle worker, or starts another while there are fewer than `concurrency`; a worker that
 * is done looks again. One that finds a job which nobody announced wakes the next: there may be many of those. So a burst runs at full width at
 * once, a single job costs two looks, and an idle queue nothing.
 */
export async function startWorkers(
  boss: PgBoss,
  database: Database,
  { name, concurrency = CONCURRENCY }: QueueSpec,
  attempt: Attempt,
): Promise<Workers> {
  const idle = new Set<string>();
  let started = 0;
  let ended = false;
  /** Jobs that were announced and that no worker has found yet. */
  let announced = 0;

  function wakeOne(): void {
    const [id] = idle;
    if (id !== undefined) boss.notifyWorker(id);
    // It fails when the queue is being stopped, and then there is nothing to work on.
    else if (started < concurrency && !ended) inBackground(startOne(), () => undefined);
  }

  /** A new worker looks for a job at once. */
  async function startOne(): Promise<void> {
    started += 1;
    const starting: Promise<string> = boss.work<{ data: Json }, void, { includeMetadata: true; pollingIntervalSeconds: number }>(
      name,
      { includeMetadata: true, pollingIntervalSeconds: BOSS_POLL },
      async ([job]) => {
        if (job === undefined) return;
        const id = await starting;
        idle.delete(id);
        if (announced === 0) wakeOne();
        else announced -= 1;
        try {
          await attempt(job);
        } finally {
          idle.add(id);
          boss.notifyWorker(id);
        }
      },
    );
    idle.add(await starting);
  }

  await startOne();
  const unsubscribe = database.bus.subscribe((topic) => {
    if (topic === '*') return wake();
    if (queueOf(topic) !== name) return;
    announced += 1;
    wakeOne();
  });

  /** Whatever was announced has come by now: what is found is found by chance. */
  function wake(): void {
    announced = 0;
    wakeOne();
  }

  return {
    wake,
    end() {
      ended = true;
      unsubscribe();
    },
  };
}
