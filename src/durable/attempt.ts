import { TocsinError } from '../domain/errors.ts';
import type { Json } from '../domain/record.ts';
import { type Claim, RetryLater } from '../ports/queue.ts';
import type { RunContext, RunJournal, RunKind, RunState } from '../ports/runs.ts';
import type { StoreTx } from '../ports/store.ts';

/** A drained run waits this long (ms), so that the replica that is going down does not take it again. */
const DRAINED_DELAY = 250;
/** After a step forward, a failure counts as the first: ms until the next attempt. */
const FRESH_FAILURE_DELAY = 1_000;

/** Why an attempt ended without the flow having ended. */
type Pause = 'waiting' | 'drained' | 'lost';

export interface AttemptOptions {
  readonly journal: RunJournal;
  readonly claim: Claim;
  readonly id: string;
  readonly run: RunState;
  readonly flow: RunKind;
  readonly drained: AbortSignal;
  /** Told of a failure after which the run goes on with the next attempt. */
  readonly onError: (error: unknown, about: { readonly id: string; readonly kind: string }) => void;
}

/**
 * Runs the flow from its beginning, with finished steps answered from the journal. Where it has to wait, its promise is left pending
 * for ever and thrown away: an exception could be caught by the flow, which would then revert what is merely waiting.
 * @throws RetryLater when another attempt has to come, and the flow's own error when it got no step further
 */
export async function attempt(options: AttemptOptions): Promise<void> {
  const { journal, claim, id, run, flow, onError } = options;
  const work = new Attempt(options);
  const onAbort = () => work.end('lost');
  claim.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const flowing = flow(contextOf(work, options), run.input).then(() => 'ended' as const);
    const outcome = await Promise.race([flowing, work.paused]);
    await work.finish();
    if (outcome === 'ended') await journal.end(claim, id);
    if (outcome === 'drained') throw new RetryLater(DRAINED_DELAY);
  } catch (error) {
    await work.finish();
    if (error instanceof RetryLater) throw error;
    if (error instanceof TocsinError && error.code === 'claim-lost') return;
    if (!work.progressed) throw error;
    onError(error, { id, kind: run.kind });
    throw new RetryLater(FRESH_FAILURE_DELAY, { cause: error });
  } finally {
    claim.signal.removeEventListener('abort', onAbort);
  }
}

/** What one attempt knows: which steps are done, what is at work, and whether it is over. */
class Attempt {
  readonly #options: AttemptOptions;
  readonly #done: Map<string, Json>;
  readonly #named = new Set<string>();
  readonly #working = new Set<Promise<unknown>>();
  readonly #paused = Promise.withResolvers<Pause>();
  #closed = false;
  #waiting = false;
  /** The one clock (ms) when it was seen last. */
  #time: number;
  /** Waits whose timers this attempt has set. */
  readonly #armed = new Set<string>();
  /** Whether a step was finished for the first time. */
  progressed = false;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.#done = new Map(options.run.steps);
    this.#time = options.run.time;
  }

  get paused(): Promise<Pause> {
    return this.#paused.promise;
  }

  end(why: Pause): void {
    this.#closed = true;
    this.#paused.resolve(why);
  }

  /** No verb of the flow begins any more, and all that had begun are over. */
  async finish(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#working);
  }

  /** Waits for ever. The attempt is over when no parallel branch is at work any more. */
  wait(): Promise<never> {
    this.#waiting = true;
    this.#endWhenQuiet();
    return new Promise(() => undefined);
  }

  /** @throws TocsinError `step-twice` */
  claimName(name: string): void {
    if (this.#named.has(name))
      throw new TocsinError('step-twice', `The run ${this.#options.id} has two steps named ${name}. Steps of a loop need a name each.`);
    this.#named.add(name);
  }

  /** Runs a piece of work of the flow: refused once the attempt is over, and awaited before it is. */
  async track<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return this.#tooLate();
    if (this.#options.drained.aborted) return this.#close('drained');
    const promise = work();
    this.#working.add(promise);
    try {
      return await promise;
    } catch (error) {
      if (error instanceof TocsinError && error.code === 'claim-lost') return this.#close('lost');
      throw error;
    } finally {
      this.#working.delete(promise);
      this.#endWhenQuiet();
    }
  }

  /** A finished step's output, or `work`'s, which has recorded it. */
  async once(name: string, work: () => Promise<Json>): Promise<Json> {
    const known = this.output(name);
    if (known !== undefined) return known;
    const output = await work();
    this.#done.set(name, output);
    this.progressed = true;
    return output;
  }

  /**
   * When the wait of `ms` called `name` is over (ms of the one clock): noted when it is first asked for, with the timer that wakes the run then.
   */
  async dueAt(name: string, ms: number): Promise<number> {
    const { journal, claim, id } = this.#options;
    const due = await this.once(name, async () => {
      const noted = await journal.recordWait(claim, id, name, ms);
      this.#time = noted - ms;
      this.#armed.add(name);
      return noted;
    });
    return Number(due);
  }

  /** Whether a wait is over. Of a run that woke earlier the timer is set again. */
  async isOver(name: string, due: number): Promise<boolean> {
    const { journal, id } = this.#options;
    // What was over when the clock was seen last is over, and a timer that this attempt has set wakes the run.
    if (this.#time < due && !this.#armed.has(name)) {
      this.#time = await journal.rearm(id, name, due);
      this.#armed.add(name);
    }
    return this.#time >= due;
  }

  /** What a step gave; `undefined` where it is not done. */
  output(name: string): Json | undefined {
    return this.#done.get(name);
  }

  #close(why: Pause): Promise<never> {
    this.end(why);
    return new Promise(() => undefined);
  }

  #endWhenQuiet(): void {
    // A branch whose step has just ended starts its next one before the event loop turns.
    setImmediate(() => {
      if (this.#waiting && this.#working.size === 0) this.end('waiting');
    });
  }

  /** A verb after the attempt is over. While the run waits, none can come, unless the flow awaits something that is no step. */
  #tooLate(): Promise<never> {
    const { id, run, onError } = this.#options;
    if (this.#waiting)
      onError(
        new TocsinError(
          'run-outside-step',
          `The run ${id} awaited something outside of its steps beside a wait, and stands still. Put it into a step.`,
        ),
        { id, kind: run.kind },
      );
    return new Promise(() => undefined);
  }
}

/** The verbs of a flow, as an attempt answers them. */
function contextOf(attempt: Attempt, { journal, claim, id }: AttemptOptions): RunContext {
  const context: RunContext = {
    id,
    async step<T extends Json>(name: string, work: (key: string) => Promise<T>): Promise<T> {
      attempt.claimName(name);
      return attempt.track(async () => {
        const output = await attempt.once(name, async () => {
          await journal.hold(claim);
          // Through JSON, so that the first time gives what every later time gives.
          const made = JSON.parse(JSON.stringify((await work(`${id}:${name}`)) ?? null)) as T;
          await journal.record(claim, id, name, made);
          return made;
        });
        return output as T;
      });
    },
    async write<T extends Json>(name: string, work: (tx: StoreTx) => Promise<T>): Promise<T> {
      attempt.claimName(name);
      // Nothing is done before the transaction, which looks by itself whether this attempt has the job.
      return attempt.track(async () => (await attempt.once(name, () => journal.write(claim, id, name, work))) as T);
    },
    async writeAfter<P, T extends Json>(
      name: string,
      prepare: (key: string) => Promise<P>,
      work: (tx: StoreTx, prepared: P) => Promise<T>,
    ): Promise<T> {
      attempt.claimName(name);
      return attempt.track(async () => {
        const output = await attempt.once(name, async () => {
          await journal.hold(claim);
          const prepared = await prepare(`${id}:${name}`);
          return journal.write(claim, id, name, (tx) => work(tx, prepared));
        });
        return output as T;
      });
    },
    async sleep(name, ms) {
      attempt.claimName(name);
      const over = await attempt.track(async () => attempt.isOver(name, await attempt.dueAt(name, ms)));
      if (!over) await attempt.wait();
    },
    async signal(name, timeoutMs) {
      attempt.claimName(name);
      attempt.claimName(`${name}.due`);
      const result = await attempt.track<{ readonly ready: boolean; readonly output: Json }>(async () => {
        const known = attempt.output(name);
        if (known !== undefined) return { ready: true, output: known };
        const due = await attempt.dueAt(`${name}.due`, timeoutMs);
        const signal = await journal.signal(id, name);
        if (signal === null && !(await attempt.isOver(`${name}.due`, due))) return { ready: false, output: null };
        const payload = signal?.payload ?? null;
        await attempt.once(name, async () => {
          await journal.record(claim, id, name, payload);
          return payload;
        });
        return { ready: true, output: payload };
      });
      return result.ready ? result.output : attempt.wait();
    },
  };
  return context;
}
