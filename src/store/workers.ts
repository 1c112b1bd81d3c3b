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
 * is done looks again while a job is announced that nobody has found: it may have stood behind its own. One that finds a job which nobody announced
 * wakes the next, and looks again itself: there may be many of those. So a burst runs at full width at once, a single job costs one look, and an
 * idle queue nothing.
 */
export async function startWorkers(
  boss: PgBoss,
  { bus }: Pick<Database, 'bus'>,
  { name, concurrency = CONCURRENCY }: QueueSpec,
  attempt: Attempt,
): Promise<Workers> {
  const idle = new Set<string>();
  let started = 0;
  let ended = false;
  /** Jobs that were announced and that no worker has found yet. */
  let announced = 0;
  let atWork = 0;

  /** False when all are at work. */
  function wakeOne(): boolean {
    const [id] = idle;
    // One that was woken looks for one job: several that are announced at once wake as many. Starting fails when the queue is being stopped, and
    // then there is nothing to work on.
    if (started < concurrency && !ended && (id === undefined || announced > idle.size)) inBackground(startOne(), () => undefined);
    else if (id === undefined) return false;
    else {
      idle.delete(id);
      idle.add(id);
      boss.notifyWorker(id);
    }
    return true;
  }

  /** After a job: whether there may be another. */
  function mayFindMore(byChance: boolean): boolean {
    const more = byChance || announced > 0;
    // Nobody else holds a key any more: this look finds what was announced, or another replica has done it.
    if (atWork === 0) announced = 0;
    return more;
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
        atWork += 1;
        const byChance = announced === 0;
        if (byChance) wakeOne();
        else announced -= 1;
        try {
          await attempt(job);
        } finally {
          atWork -= 1;
          idle.add(id);
          if (mayFindMore(byChance)) boss.notifyWorker(id);
        }
      },
    );
    idle.add(await starting);
  }

  await startOne();
  const unsubscribe = bus.subscribe((topic) => {
    if (topic === '*') return wake();
    if (queueOf(topic) !== name) return;
    announced += 1;
    wakeOne();
  });

  /** Whatever was announced has come by now: what is found is found by chance, or by who is done next. */
  function wake(): void {
    announced = wakeOne() ? 0 : 1;
  }

  return {
    wake,
    end() {
      ended = true;
      unsubscribe();
    },
  };
}
