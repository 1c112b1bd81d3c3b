import { TocsinError } from '../domain/errors.ts';
import type { Json } from '../domain/record.ts';
import { type Claim, type JobQueue, RetryLater } from '../ports/queue.ts';
import type { Run, RunContext, RunJournal, RunKind, RunState } from '../ports/runs.ts';
import type { StoreTx } from '../ports/store.ts';
import { FLOW } from './jobs.ts';

export type RunKinds = ReadonlyMap<string, RunKind>;

export interface RunOptions {
  readonly queue: JobQueue;
  readonly journal: RunJournal;
  readonly kinds: RunKinds;
  /** Told of each failed attempt; the run goes on with the next. */
  readonly onError: (error: unknown, about: { readonly id: string; readonly kind: string }) => void;
}

export interface Runs {
  /** Before a shutdown: each run stops before its next step, and another replica goes on with it. */
  drain(): void;
}

/** A run of a kind that this release does not know waits for a replica that does: during an upgrade, or after a step back. */
const UNKNOWN_KIND_DELAY = 5_000;
/** A drained run waits this long (ms), so that the replica that is going down does not take it again. */
const DRAINED_DELAY = 250;
/** After a step forward, a failure counts as the first: ms until the next attempt. */
const FRESH_FAILURE_DELAY = 1_000;

/** The kinds of runs that this release knows. @throws TocsinError `run-kind` when two have one name */
export function runKinds(runs: readonly Run[]): RunKinds {
  const kinds = new Map(runs.map(({ kind, flow }) => [kind, flow]));
  if (kinds.size < runs.length) throw new TocsinError('run-kind', 'Two kinds of runs have one name.');
  return kinds;
}

/** Works on durable runs: any replica goes on with any run from its last finished step (ADR 2). */
export async function startRuns({ queue, journal, kinds, onError }: RunOptions): Promise<Runs> {
  const drained = new AbortController();
  await queue.work(FLOW.name, async (data, claim) => {
    const { id } = data as { id: string };
    const run = await journal.load(id);
    if (run === null || run.ended) return;
    const flow = kinds.get(run.kind);
    if (flow === undefined) throw new RetryLater(UNKNOWN_KIND_DELAY);
    await attempt({ journal, claim, id, run, flow, drained: drained.signal, onError });
  });
  return { drain: () => drained.abort() };
}

interface AttemptOptions extends Pick<RunOptions, 'journal' | 'onError'> {
  readonly claim: Claim;
  readonly id: string;
  readonly run: RunState;
  readonly flow: RunKind;
  readonly drained: AbortSignal;
}

/** Why an attempt ended without the flow having ended. */
type Pause = 'waiting' | 'drained' | 'lost';

/**
 * Runs the flow from its beginning, with finished steps answered from the journal. Where it has to wait, its promise is left pending
 * for ever and thrown away: an exception could be caught by the flow, which would then revert what is merely waiting.
 */
async function attempt({ journal, claim, id, run, flow, drained, onError }: AttemptOptions): Promise<void> {
  const done = new Map(run.steps);
  const named = new Set<string>();
  const working = new Set<Promise<unknown>>();
  const paused = Promise.withResolvers<Pause>();
  let closed = false;
  let progressed = false;
  let waiting = false;

  function close(why: Pause): Promise<never> {
    end(why);
    return new Promise(() => undefined);
  }

  function end(why: Pause): void {
    closed = true;
    paused.resolve(why);
  }

  /** Waits for ever. The attempt is over when no parallel branch is at work any more. */
  function wait(): Promise<never> {
    waiting = true;
    closeWhenQuiet();
    return new Promise(() => undefined);
  }

  function closeWhenQuiet(): void {
    // A branch whose step has just ended starts its next one before the event loop turns.
    setImmediate(() => {
      if (waiting && working.size === 0) end('waiting');
    });
  }

  /** Runs a piece of work of the flow: refused once the attempt is over, and awaited before it is. */
  async function track<T>(work: () => Promise<T>): Promise<T> {
    if (closed) return tooLate();
    if (drained.aborted) return close('drained');
    const promise = work();
    working.add(promise);
    try {
      return await promise;
    } catch (error) {
      if (error instanceof TocsinError && error.code === 'claim-lost') return close('lost');
      throw error;
    } finally {
      working.delete(promise);
      closeWhenQuiet();
    }
  }

  /** A verb after the attempt is over. While the run waits, none can come, unless the flow awaits something that is no step. */
  function tooLate(): Promise<never> {
    if (waiting)
      onError(
        new TocsinError(
          'run-outside-step',
          `The run ${id} awaited something outside of its steps beside a wait, and stands still. Put it into a step.`,
        ),
        { id, kind: run.kind },
      );
    return new Promise(() => undefined);
  }

  function claimName(name: string): void {
    if (named.has(name)) throw new TocsinError('step-twice', `The run ${id} has two steps named ${name}. Steps of a loop need a name each.`);
    named.add(name);
  }

  async function record(name: string, output: Json): Promise<void> {
    await journal.record(claim, id, name, output);
    done.set(name, output);
    progressed = true;
  }

  /** When the wait called `name` is over, in ms of the one clock; noted when it is first asked for. */
  async function dueAt(name: string, ms: number): Promise<number> {
    const known = done.get(name);
    if (known !== undefined) return Number(known);
    const due = await journal.recordWait(claim, id, name, ms);
    done.set(name, due);
    progressed = true;
    return due;
  }

  async function isOver(name: string, due: number): Promise<boolean> {
    if ((await journal.now()) >= due) return true;
    await journal.rearm(id, name, due);
    return false;
  }

  const context: RunContext = {
    id,
    async step<T extends Json>(name: string, work: (key: string) => Promise<T>): Promise<T> {
      claimName(name);
      return track(async () => {
        if (done.has(name)) return done.get(name) as T;
        await journal.hold(claim);
        // Through JSON, so that the first time gives what every later time gives.
        const output = JSON.parse(JSON.stringify((await work(`${id}:${name}`)) ?? null)) as T;
        await record(name, output);
        return output;
      });
    },
    write: (name, work) => context.writeAfter(name, async () => undefined, work),
    async writeAfter<P, T extends Json>(
      name: string,
      prepare: (key: string) => Promise<P>,
      work: (tx: StoreTx, prepared: P) => Promise<T>,
    ): Promise<T> {
      claimName(name);
      return track(async () => {
        if (done.has(name)) return done.get(name) as T;
        await journal.hold(claim);
        const prepared = await prepare(`${id}:${name}`);
        const output = (await journal.write(claim, id, name, (tx) => work(tx, prepared))) as T;
        done.set(name, output);
        progressed = true;
        return output;
      });
    },
    async sleep(name, ms) {
      claimName(name);
      const over = await track(async () => isOver(name, await dueAt(name, ms)));
      if (!over) await wait();
    },
    async signal(name, timeoutMs) {
      claimName(name);
      claimName(`${name}.due`);
      const result = await track(async () => {
        if (done.has(name)) return { ready: true, output: done.get(name) ?? null };
        const due = await dueAt(`${name}.due`, timeoutMs);
        const signal = await journal.signal(id, name);
        if (signal === null && !(await isOver(`${name}.due`, due))) return { ready: false, output: null };
        await record(name, signal?.payload ?? null);
        return { ready: true, output: signal?.payload ?? null };
      });
      return result.ready ? result.output : wait();
    },
  };

  const onAbort = () => end('lost');
  claim.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const flowing = flow(context, run.input).then(() => 'ended' as const);
    const outcome = await Promise.race([flowing, paused.promise]);
    closed = true;
    await Promise.allSettled(working);
    if (outcome === 'ended') await journal.end(claim, id);
    if (outcome === 'drained') throw new RetryLater(DRAINED_DELAY);
  } catch (error) {
    closed = true;
    await Promise.allSettled(working);
    if (error instanceof RetryLater) throw error;
    if (error instanceof TocsinError && error.code === 'claim-lost') return;
    if (!progressed) throw error;
    onError(error, { id, kind: run.kind });
    throw new RetryLater(FRESH_FAILURE_DELAY, { cause: error });
  } finally {
    claim.signal.removeEventListener('abort', onAbort);
  }
}
