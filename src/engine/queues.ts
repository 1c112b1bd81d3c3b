import { z } from 'zod';
import { defineQueue, type QueueSpec } from '../ports/queue.ts';

const stored = z.object({ id: z.string() });

/** Payloads of Slack that are stored and not worked on yet. */
export const INBOX = defineQueue({ name: 'inbox', kind: 'plain', concurrency: 8 }, stored);

/** Webhooks that are stored and not worked on yet. */
export const WEBHOOK = defineQueue({ name: 'webhook', kind: 'plain', concurrency: 4 }, stored);

/** Signals of labelled senders that are stored and not worked on yet. A replica of an older release does not know them, and leaves them alone. */
export const SIGNAL = defineQueue({ name: 'signal', kind: 'plain', concurrency: 4 }, stored);

/** Messages that wait for Slack, by their keys; one lane is told in order. */
export const MESSAGE = defineQueue({ name: 'message', kind: 'fifo', concurrency: 8 }, z.object({ key: z.string() }));

/** Incidents whose live messages are to show what they have become. */
export const EDIT = defineQueue({ name: 'edit', kind: 'merge', concurrency: 4 }, z.object({ stream: z.string() }));

/** What an incident needs of Slack, in both directions. */
export const SLACK_QUEUES: readonly QueueSpec[] = [INBOX, MESSAGE, EDIT];
