import { TocsinError } from '../../domain/errors.ts';
import { LOG_STREAM } from '../../domain/streams.ts';
import { createLease } from '../../durable/lease.ts';
import { type Loop, startLoop } from '../../durable/loop.ts';
import { largest, smallest } from '../../lib/numbers.ts';
import type { CheckpointTable, EvidenceOutbox, HeadToSign, MadeCheckpoint, MakeCheckpoint } from '../../ports/evidence.ts';
import { type Bus, type Leases, TOPIC } from '../../ports/queue.ts';

export interface CheckpointOptions {
  readonly table: CheckpointTable;
  readonly leases: Leases;
  readonly bus: Bus;
  /** This replica, among the holders of leases. */
  readonly replica: string;
  /** Signs; outside of any transaction, because a key may be far away. */
  readonly make: MakeCheckpoint;
  readonly onError: (error: unknown) => void;
}

const LEASE = 'checkpoints';
const REQUEST = 'checkpoint:';
/** A record has its checkpoint within 10 s; this old (ms) it is due, which leaves time to make it. */
const DUE_AFTER = 8_000;
/** The longest pause (ms): a record is seen well before it is due. */
const LONGEST_PAUSE = 5_000;
/** The pause (ms) while another replica has something to sign, which may have died of it. */
const OTHERS_TURN = 1_000;
/** How often (ms) a waiting write-ahead asks again, in case that the wake-up got lost. */
const ASK_AGAIN = 1_000;

/** Asks for a checkpoint of a stream at once: after an approval, an intent, a close. Call it after the commit. */
export function requestCheckpoint(bus: Bus, stream: string): void {
  bus.publish(REQUEST + stream);
}

/**
 * Signs the heads that changed: those asked for at once, the others within 10 s, and each time the global log's own, which is told of
 * all of them. One replica at a time does it.
 */
export function startCheckpoints({ table, leases, bus, replica, make, onError }: CheckpointOptions): Loop {
  const asked = new Set<string>();
  const lease = createLease(leases, LEASE, replica);

  async function cover(heads: readonly HeadToSign[]): Promise<void> {
    if (heads.length === 0) return;
    const time = await table.now();
    const made: MadeCheckpoint[] = [];
    for (const { stream, size, hash, type } of heads) {
      const head = { stream, size, hash, type };
      try {
        await table.vouch(head);
        made.push(await make(head, time));
      } catch (error) {
        if (!(error instanceof TocsinError && error.code === 'database-altered')) throw error;
        // The seal's listeners have sounded the alarm. The other streams go on.
        onError(error);
      }
    }
    if (made.length > 0) await table.save(made);
  }

  async function pass(): Promise<number> {
    const wanted = new Set(asked);
    const uncovered = await table.uncovered();
    const [log, others] = [uncovered.filter(({ stream }) => stream === LOG_STREAM), uncovered.filter(({ stream }) => stream !== LOG_STREAM)];
    const due = others.filter(({ stream, oldestMs }) => wanted.has(stream) || oldestMs >= DUE_AFTER);
    const next = Math.min(smallest(others.filter((head) => !due.includes(head)).map(({ oldestMs }) => DUE_AFTER - oldestMs)), LONGEST_PAUSE);
    const done =
      due.length + log.length === 0 ||
      (await lease.hold(async () => {
        if (due.length > 0) await cover(due);
        // The log is told only of checkpoints, so its own is never a reason for another entry.
        await cover((await table.uncovered()).filter(({ stream }) => stream === LOG_STREAM));
        return true;
      }));
    // Done, or the leased replica's to do, which heard it too.
    for (const stream of wanted) asked.delete(stream);
    return done === null ? OTHERS_TURN : next;
  }

  const unsubscribe = bus.subscribe((topic) => {
    if (!topic.startsWith(REQUEST)) return;
    asked.add(topic.slice(REQUEST.length));
    loop.wake();
  });
  const loop = startLoop({ pass, longest: LONGEST_PAUSE, bus, wakesOn: () => false, onError });
  return {
    wake: loop.wake,
    async stop() {
      unsubscribe();
      await loop.stop();
      await lease.release().catch(onError);
    },
  };
}

/** The age in ms of the oldest record without a checkpoint; 0 when all have one. For the metric. */
export async function oldestUncheckpointed(table: CheckpointTable): Promise<number> {
  return Math.max(0, largest((await table.uncovered()).map(({ oldestMs }) => oldestMs)));
}

/**
 * The write-ahead: resolves when the evidence store has acknowledged all records of a stream up to `seq`, their
 * artifacts, and a checkpoint that covers them. Waits as long as the store is down; `signal` ends the wait.
 * Throws TocsinError `evidence-fork` when the uploads of this stream have stopped, or the signal's reason.
 */
export async function ensureDurable(
  { outbox, bus }: { readonly outbox: EvidenceOutbox; readonly bus: Bus },
  stream: string,
  seq: number,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    // Subscribed before it looks, so that no wake-up falls in between.
    using wakeUp = nextStored(bus, signal);
    const { records, covered, fork } = await outbox.durable(stream);
    if (fork !== null) throw new TocsinError('evidence-fork', fork);
    if (records >= seq && covered >= seq) return;
    signal?.throwIfAborted();
    requestCheckpoint(bus, stream);
    await wakeUp.promise;
  }
}

/** Resolves with the next acknowledgement, or after ASK_AGAIN. */
function nextStored(bus: Bus, signal: AbortSignal | undefined): { promise: Promise<void> } & Disposable {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ASK_AGAIN);
  const unsubscribe = bus.subscribe((topic) => {
    if (topic === TOPIC.stored || topic === '*') resolve();
  });
  const onAbort = () => resolve();
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    promise,
    [Symbol.dispose]() {
      clearTimeout(timer);
      unsubscribe();
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
