import { Worker } from 'node:worker_threads';
import { TocsinError } from '../../domain/errors.ts';
import type { HeavyWork, Threads } from '../../ports/threads.ts';
import type { Answer, Order } from './thread.ts';

/** Up to so many characters are worked on at once: it takes some milliseconds. */
const LITTLE = 32 * 1024;
/** What one piece of work may take of memory (MiB), so that a wrong one ends and not the bot. */
const MOST_MEBIBYTES = 256;
/** How long (ms) an idle thread is kept: to start one takes longer than most work. */
const KEPT = 30_000;

/** One thread: work waits for the work before it, so that only one piece of it is in memory. It starts when it is first needed. */
export function openThreads(): Threads & { close(): void } {
  let worker: Worker | null = null;
  let idle: NodeJS.Timeout | undefined;
  let before: Promise<unknown> = Promise.resolve();

  function opened(): Worker {
    clearTimeout(idle);
    if (worker !== null) return worker;
    const started = new Worker(new URL('./thread.ts', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: MOST_MEBIBYTES } });
    // One that is idle or given up may end as it likes; while it works, its order listens too.
    started.on('error', () => undefined);
    started.once('exit', () => {
      if (worker === started) worker = null;
    });
    worker = started;
    return started;
  }

  function close(): void {
    clearTimeout(idle);
    const closing = worker?.terminate();
    worker = null;
    closing?.catch(() => undefined);
  }

  async function turn(order: Order, until: AbortSignal | (() => AbortSignal) | undefined): Promise<unknown> {
    const signal = typeof until === 'function' ? until() : until;
    signal?.throwIfAborted();
    let answer: Answer;
    try {
      answer = await answerOf(opened(), order, signal);
    } catch (error) {
      // It is still at work, or has ended: the next piece gets a new one.
      close();
      throw error;
    }
    idle = setTimeout(close, KEPT).unref();
    if ('error' in answer) throw answer.error;
    return answer.result;
  }

  return {
    async run<In, Out>(work: HeavyWork<In, Out>, input: In, signal?: AbortSignal | (() => AbortSignal)): Promise<Out> {
      if (work.size(input) <= LITTLE) return work.run(input);
      const mine = before.then(() => turn({ module: work.module, name: work.name, input }, signal));
      before = mine.catch(() => undefined);
      return (await mine) as Out;
    },
    close,
  };
}

/** What a thread answers. @throws the signal's reason when its time is over, TocsinError `thread-ended` when it ends instead. */
async function answerOf(thread: Worker, order: Order, signal: AbortSignal | undefined): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const onError = (cause: unknown) =>
    reject(new TocsinError('thread-ended', 'The work needs more memory than it may, or broke its thread.', { cause }));
  const onExit = () => onError(undefined);
  const onAbort = () => reject(signal?.reason);
  thread.ref();
  thread.once('message', resolve).once('error', onError).once('exit', onExit);
  signal?.addEventListener('abort', onAbort, { once: true });
  thread.postMessage(order);
  try {
    return await promise;
  } finally {
    // An idle thread keeps no process alive.
    thread.unref();
    thread.off('message', resolve).off('error', onError).off('exit', onExit);
    signal?.removeEventListener('abort', onAbort);
  }
}
