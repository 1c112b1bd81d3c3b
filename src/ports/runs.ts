import type { z } from 'zod';
import { TocsinError } from '../domain/errors.ts';
import type { Json } from '../domain/record.ts';
import type { Claim } from './queue.ts';
import type { StoreTx } from './store.ts';

/** The verbs of a durable run (ADR 2). Step names are part of the stored state: never rename one. */
export interface RunContext {
  readonly id: string;
  /** Does `work` once: its result is journalled. `key` (`run:step`) is for whatever is called, to make a repeat harmless. */
  step<T extends Json>(name: string, work: (key: string) => Promise<T>): Promise<T>;
  /** Writes to the database once: `work` and the journal's entry are one transaction, so what it records is never doubled. */
  write<T extends Json>(name: string, work: (tx: StoreTx) => Promise<T>): Promise<T>;
  /** The same for what `prepare` did or found out, which may happen again after a crash; what is recorded of it is recorded once. */
  writeAfter<P, T extends Json>(name: string, prepare: (key: string) => Promise<P>, work: (tx: StoreTx, prepared: P) => Promise<T>): Promise<T>;
  /** Waits `ms` of the one clock, across restarts. */
  sleep(name: string, ms: number): Promise<void>;
  /** Waits for a signal; `null` after `timeoutMs`. */
  signal(name: string, timeoutMs: number): Promise<Json | null>;
}

export type RunKind = (context: RunContext, input: Json) => Promise<void>;

/** What a run has behind it. `steps` holds the results by step name. */
export interface RunState {
  readonly kind: string;
  readonly input: Json;
  readonly ended: boolean;
  readonly steps: ReadonlyMap<string, Json>;
  /** When it was read, in ms of the one clock. */
  readonly time: number;
}

/** The journal of durable runs. Every write is fenced: TocsinError `claim-lost` when another attempt has taken the job over. */
export interface RunJournal {
  /** A run for an attempt, which sees all that the jobs tell of that wait to wake this run: they are removed. */
  load(claim: Claim, id: string): Promise<RunState | null>;
  /** Throws TocsinError `claim-lost` when this attempt was replaced. Asks nothing where it just showed that it was not. */
  hold(claim: Claim): Promise<void>;
  record(claim: Claim, id: string, step: string, output: Json): Promise<void>;
  /** Does `work` and records its output in one transaction. */
  write(claim: Claim, id: string, step: string, work: (tx: StoreTx) => Promise<Json>): Promise<Json>;
  /** Notes as the step's output when it is due (ms of the one clock) and sets the timer that wakes the run then. */
  recordWait(claim: Claim, id: string, step: string, ms: number): Promise<number>;
  /** The time (ms of the one clock). Sets a wait's timer again if it has fired before that: the run woke up early. */
  rearm(id: string, step: string, dueAt: number): Promise<number>;
  /** The signal's payload, wrapped because `null` is one; `null` when it has not come. */
  signal(id: string, name: string): Promise<{ readonly payload: Json } | null>;
  end(claim: Claim, id: string): Promise<void>;
}

/** What starts a durable run, beside its id: `tx.startRun({ id, ...REVERT.with({ incident, plan }) })`. */
export interface RunStart {
  readonly kind: string;
  readonly input: Json;
}

/** A kind of run with what it does, as a replica works on it. */
export interface Run {
  readonly kind: string;
  readonly flow: RunKind;
}

/** A kind of durable run: the name that it is stored under, and what it is started with. */
export interface RunDefinition<Schema extends z.ZodType> {
  readonly kind: string;
  readonly schema: Schema;
  with(input: z.input<Schema>): RunStart;
  /** What a run of this kind does. Its input is read by the schema: another release may have stored it. */
  does(flow: (run: RunContext, input: z.output<Schema>) => Promise<void>): Run;
}

const URGENT = new Set<string>();

/** Whether somebody is called by runs of this kind: whatever wakes them goes before what wakes others. */
export function isUrgent(kind: string): boolean {
  return URGENT.has(kind);
}

/**
 * Names a kind of run. The name and the steps are part of the stored state: never rename one. When a flow changes its shape, the new shape is
 * a new kind, `remedy@2`, and the old one stays for as long as runs of it may be under way. `urgent`: somebody is called by it.
 * @throws TocsinError `run-kind` for what is no name
 */
export function defineRun<Schema extends z.ZodType>(
  kind: string,
  schema: Schema,
  { urgent = false }: { readonly urgent?: boolean } = {},
): RunDefinition<Schema> {
  if (!/^[a-z][a-z0-9-]*(@[1-9][0-9]*)?$/.test(kind))
    throw new TocsinError('run-kind', `${JSON.stringify(kind)} is no name of a run's kind: remedy or remedy@2.`);
  if (urgent) URGENT.add(kind);
  return {
    kind,
    schema,
    with: (input) => ({ kind, input: input as Json }),
    does: (flow) => ({ kind, flow: (run, input) => flow(run, schema.parse(input)) }),
  };
}

/** What a run of a kind is started with, as its schema reads it. */
export type InputOf<Definition> = Definition extends RunDefinition<infer Schema> ? z.output<Schema> : never;
