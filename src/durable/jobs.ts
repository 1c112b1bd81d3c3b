import { ENGINE_QUEUE, type QueueSpec } from '../ports/queue.ts';

/** The queue of durable runs: `{ id }`, keyed by the run's id, so that one replica at a time works on a run. */
export const FLOW: QueueSpec = { name: ENGINE_QUEUE.flow, kind: 'merge', concurrency: 8 };

/** The queue of timers that are due: `{ stream, name, dueAt }`. In no order: a timer whose handler fails holds up no other. */
export const TIMER: QueueSpec = { name: ENGINE_QUEUE.timer, kind: 'plain', concurrency: 8 };

/** The engine's own queues; those of messages, payloads and the like are their owners'. */
export const ENGINE_QUEUES: readonly QueueSpec[] = [FLOW, TIMER];
