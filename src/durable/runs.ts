import { TocsinError } from '../domain/errors.ts';
import { FLOW } from '../ports/engine-queues.ts';
import { type JobQueue, RetryLater } from '../ports/queue.ts';
import type { Run, RunJournal, RunKind } from '../ports/runs.ts';
import { attempt } from './attempt.ts';

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

/** The kinds of runs that this release knows. @throws TocsinError `run-kind` when two have one name */
export function runKinds(runs: readonly Run[]): RunKinds {
  const kinds = new Map(runs.map(({ kind, flow }) => [kind, flow]));
  if (kinds.size < runs.length) throw new TocsinError('run-kind', 'Two kinds of runs have one name.');
  return kinds;
}

/** Works on durable runs: any replica goes on with any run from its last finished step (ADR 2). */
export async function startRuns({ queue, journal, kinds, onError }: RunOptions): Promise<Runs> {
  const drained = new AbortController();
  const work = FLOW.does(async ({ id }, claim) => {
    const run = await journal.load(claim, id);
    if (run === null || run.ended) return;
    const flow = kinds.get(run.kind);
    if (flow === undefined) throw new RetryLater(UNKNOWN_KIND_DELAY);
    await attempt({ journal, claim, id, run, flow, drained: drained.signal, onError });
  });
  await queue.work(work);
  return { drain: () => drained.abort() };
}
