import type { z } from 'zod';
import { TocsinError } from '../domain/errors.ts';
import type { Json } from '../domain/record.ts';
import type { RunContext, RunKind } from './index.ts';

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

/**
 * Names a kind of run. The name and the steps are part of the stored state: never rename one. When a flow changes its shape, the new shape is
 * a new kind, `remedy@2`, and the old one stays for as long as runs of it may be under way.
 * @throws TocsinError `run-kind` for what is no name
 */
export function defineRun<Schema extends z.ZodType>(kind: string, schema: Schema): RunDefinition<Schema> {
  if (!/^[a-z][a-z0-9-]*(@[1-9][0-9]*)?$/.test(kind))
    throw new TocsinError('run-kind', `${JSON.stringify(kind)} is no name of a run's kind: remedy or remedy@2.`);
  return {
    kind,
    schema,
    with: (input) => ({ kind, input: input as Json }),
    does: (flow) => ({ kind, flow: (run, input) => flow(run, schema.parse(input)) }),
  };
}

/** What a run of a kind is started with, as its schema reads it. */
export type InputOf<Definition> = Definition extends RunDefinition<infer Schema> ? z.output<Schema> : never;
