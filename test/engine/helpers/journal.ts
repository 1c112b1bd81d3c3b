import type { Json } from '../../../src/domain/record.ts';
import { RetryLater } from '../../../src/ports/queue.ts';
import type { RunContext } from '../../../src/ports/runs.ts';
import type { StoreTx } from '../../../src/ports/store.ts';
import type { Life } from '../../domain/helpers/incidents.ts';

/** What a run lives in besides its journal. */
interface World {
  /** Remembers what a transaction changes; gives back what undoes it. */
  readonly begin: () => () => void;
  /** Lets time pass, ms. */
  readonly pass: (ms: number) => void;
  /** What a transaction of the store does that the run needs. */
  readonly tx?: Partial<StoreTx>;
  /** Whether a signal has come; a run without signals leaves it out. */
  readonly hasCome?: (name: string) => boolean;
}

/** A transaction of an incident's life: undone, the life has the records and the state from before. */
export function beginIn(life: Life): () => () => void {
  return () => {
    const [before, state] = [life.records.length, life.state];
    return () => {
      life.records.length = before;
      life.state = state;
    };
  };
}

/** Runs that are carried out by processes which die: what was journalled stays, what was at work is begun anew. */
export class Journal {
  readonly #world: World;
  readonly #kept = new Map<string, Json>();
  #names = new Set<string>();
  #diesBefore = Number.POSITIVE_INFINITY;

  constructor(world: World) {
    this.#world = world;
  }

  /** How many notes are kept of what was done. */
  get size(): number {
    return this.#kept.size;
  }

  /** Runs it, dying before the n-th note of what was done; a step that is put off is begun anew at its time. */
  async run(flow: (run: RunContext) => Promise<void>, diesBefore = Number.POSITIVE_INFINITY): Promise<'ended' | 'died' | 'waits'> {
    this.#diesBefore = diesBefore;
    for (;;) {
      this.#names = new Set();
      try {
        await flow(this.#context());
        return 'ended';
      } catch (error) {
        if (error instanceof RetryLater) this.#world.pass(error.ms);
        else if (error instanceof Error && error.message === 'killed') return 'died';
        else if (error instanceof Error && error.message === 'waits') return 'waits';
        else throw error;
      }
    }
  }

  #context(): RunContext {
    const { begin, pass, hasCome, tx } = this.#world;
    // A transaction is rolled back by whoever dies in it.
    const write: RunContext['write'] = async (name, work) => {
      const undo = begin();
      try {
        return await this.#once(name, () => work({ ...tx } as StoreTx));
      } catch (error) {
        undo();
        throw error;
      }
    };
    return {
      id: 'run',
      step: (name, work) => this.#once(name, () => work(`run:${name}`)),
      write,
      writeAfter: (name, look, work) => write(name, async (its) => work(its, await look(`run:${name}`))),
      sleep: async (name, ms) => {
        await this.#once(name, async () => {
          pass(ms);
          return ms;
        });
      },
      signal: (name) =>
        this.#once(name, async () => {
          if (hasCome?.(name) === false) throw new Error('waits');
          return hasCome === undefined ? null : true;
        }),
    };
  }

  async #once<T extends Json>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.#names.has(name)) throw new Error(`two steps named ${name}`);
    this.#names.add(name);
    if (this.#kept.has(name)) return this.#kept.get(name) as T;
    const output = await work();
    this.#diesBefore -= 1;
    if (this.#diesBefore === 0) throw new Error('killed');
    this.#kept.set(name, structuredClone(output));
    return output;
  }
}
