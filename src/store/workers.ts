import type { PgBoss } from 'pg-boss';
import type { Json } from '../domain/record.ts';
import { inBackground } from '../lib/background.ts';
import type { QueueSpec } from '../ports/queue.ts';
import type { Attempt } from './attempts.ts';
import type { Database } from './database.ts';

const CONCURRENCY = 4;
/** pg-boss' own polling (s) is only the last resort; ours wakes one worker per queue instead of all. */
const BOSS_POLL = 30;

/** Work on one queue. */
export interface Workers {
  /** Wakes one of its workers, which looks for a job. */
  wake(): void;
  end(): void;
}

/** What is published when a queue has a job. */
export function topicOf(queue: string): string {
  return `queue:${queue}`;
}

/**
 * Works on one queue. A wake-up wakes one idle worker, or starts another while there are fewer than `concurrency`; a worker that gets a
 * job wakes the next, and looks again when it is done: so a burst runs at full width at once, and an idle queue costs nothing.
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
        wakeOne();
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
    if (topic === topicOf(name) || topic === '*') wakeOne();
  });
  return {
    wake: wakeOne,
    end() {
      ended = true;
      unsubscribe();
    },
  };
}
