import { z } from 'zod';
import { defineQueue, type Job, type QueueSpec } from './queue.ts';
import { isUrgent } from './runs.ts';

/** The queue of durable runs, keyed by the run's id, so that one replica at a time works on a run. */
export const FLOW = defineQueue({ name: 'flow', kind: 'merge', mergedByHandler: true, concurrency: 8 }, z.object({ id: z.string() }));

/** The job that wakes a run. Those by which somebody is called go first. */
export function wakingRun({ id, kind }: { readonly id: string; readonly kind: string | null }): Job {
  return FLOW.job({ id }, { key: id, priority: kind !== null && isUrgent(kind) ? 1 : 0 });
}

/** The queue of timers that are due (ms of the one clock). In no order: a timer whose handler fails holds up no other. */
export const TIMER = defineQueue(
  { name: 'timer', kind: 'plain', concurrency: 8 },
  z.object({ stream: z.string(), name: z.string(), dueAt: z.number() }),
);

/** The engine's own queues; those of messages, payloads and the like are in src/engine/queues.ts. */
export const ENGINE_QUEUES: readonly QueueSpec[] = [FLOW, TIMER];
