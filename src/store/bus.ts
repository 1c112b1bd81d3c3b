import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { inBackground } from '../lib/background.ts';
import type { Bus } from '../ports/queue.ts';
import type { Way } from './server.ts';
import { announce, queueOf } from './topics.ts';
import { repeated } from './transaction.ts';

const CHANNEL = 'tocsin';
/** Wait before the listening connection is tried again, in ms. */
const RECONNECT = 1_000;
/** What is published within this long (ms) is told to the other replicas at once, in one statement. */
const GATHER = 10;
/** A payload of NOTIFY has to be shorter than 8,000 bytes; a topic that is longer becomes `*`. */
const MAX_TOPIC = 1_000;

export interface ClosableBus extends Bus {
  close(): Promise<void>;
}

/** A bus within one process: all that PGlite needs, which has no other replica. */
export function localBus(): ClosableBus {
  const listeners = new Set<(topic: string) => void>();
  return {
    publish(topic) {
      for (const listener of listeners) listener(topic);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      listeners.clear();
    },
  };
}

/**
 * A bus over LISTEN and NOTIFY. This process hears of its own topics at once; the others by a NOTIFY of its own after the commit,
 * never within a transaction that writes: there it would hold a lock on all commits through the fsync, and writers would queue up. `session`: how to
 * get a connection of its own, since LISTEN is heard on the one that said it.
 */
export function postgresBus(pool: pg.Pool, session: Way & { readonly application_name: string }, onError: (error: unknown) => void): ClosableBus {
  const local = localBus();
  const origin = randomUUID();
  const waiting = new Set<string>();
  let flushing: Promise<void> | null = null;
  let closed = false;
  const closing = new AbortController();
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | null = null;

  async function flush(): Promise<void> {
    try {
      while (waiting.size > 0) {
        if (!closed) await sleep(GATHER, undefined, { signal: closing.signal }).catch(() => undefined);
        const topics = [...waiting];
        waiting.clear();
        const notify = () => pool.query('select pg_notify($1, $2 || topic) from unnest($3::text[]) as topic', [CHANNEL, `${origin} `, topics]);
        // A connection of the pool may be dead without having said so. To be woken twice is harmless.
        await repeated(notify, () => !closed).catch(onError);
      }
    } finally {
      flushing = null;
    }
  }

  function hear(payload: string | undefined): void {
    const [from, topic] = (payload ?? '').split(' ', 2);
    if (from !== origin && topic !== undefined) local.publish(topic);
  }

  async function connect(): Promise<void> {
    const next = new session.Client({ ...session, statement_timeout: 0 });
    client = next;
    const lost = (error?: unknown) => {
      if (client !== next) return;
      client = null;
      if (closed) return;
      if (error !== undefined) onError(error);
      timer = setTimeout(() => inBackground(connect(), onError), RECONNECT).unref();
    };
    next.on('error', lost);
    next.on('end', () => lost());
    next.on('notification', (message) => hear(message.payload));
    try {
      await next.connect();
      await next.query(`listen ${CHANNEL}`);
      local.publish('*');
    } catch (error) {
      lost(error);
      await next.end().catch(() => undefined);
    }
  }

  const connected = connect();
  return {
    publish(topic) {
      local.publish(topic);
      const queue = queueOf(topic);
      if (queue === null) waiting.add(topic.length > MAX_TOPIC ? '*' : topic);
      // Of each job one idle worker hears, however many are told of at once.
      else announce(waiting, queue);
      if (closed || flushing !== null) return;
      flushing = flush();
      inBackground(flushing, onError);
    },
    subscribe: local.subscribe,
    async close() {
      closed = true;
      // What was published is told before the connections end.
      closing.abort();
      await flushing;
      await connected;
      if (timer !== null) clearTimeout(timer);
      await client?.end().catch(() => undefined);
      await local.close();
    },
  };
}
