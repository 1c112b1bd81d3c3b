import type { Json } from '../../../domain/record.ts';
import type { StepState } from '../../../ports/action.ts';
import type { Needs } from './expression-needs.ts';
import type { Runbook } from './runbook.ts';
import type { DiagnosisStep, RunbookFile } from './schema.ts';
import { evaluateInputs, expressionsIn, type Inputs } from './values.ts';

/** The diagnosis steps whose results a step's inputs are made of. */
export function needsOf(inputs: Json, needs: Needs): string[] {
  return [...new Set(expressionsIn(inputs).flatMap(({ text }) => needs.of(text).steps))];
}

/** Steps that wait for one another, as `a, b, a`; `null` when there are none. */
export function circleIn(diagnose: RunbookFile['diagnose'], needs: Needs): readonly string[] | null {
  const done = new Set<string>();
  function follow(name: string, path: readonly string[]): readonly string[] | null {
    const from = path.indexOf(name);
    if (from !== -1) return [...path.slice(from), name];
    if (done.has(name)) return null;
    for (const needed of needsOf(diagnose[name]?.with ?? {}, needs)) {
      const circle = follow(needed, [...path, name]);
      if (circle !== null) return circle;
    }
    done.add(name);
    return null;
  }
  for (const name of Object.keys(diagnose)) {
    const circle = follow(name, []);
    if (circle !== null) return circle;
  }
  return null;
}

export type Arguments = Readonly<Record<string, string>>;

/** A diagnosis' arguments: what was given, else the runbook's defaults. What it does not know is left out. */
export function diagnosisArguments({ arguments: known }: Pick<Runbook, 'arguments'>, given: Arguments): Arguments {
  return Object.fromEntries(Object.entries(known).map(([name, one]) => [name, given[name] || one.default || '']));
}

/**
 * Reads diagnosis steps with those that they need: each once, at once as far as none waits for another. An input whose expression
 * needs what is unknown is `null`, so that a conclusion can say what is missing instead of failing too.
 */
export function readingInOrder<R extends { readonly state: StepState; readonly output: Json }>(
  runbook: Runbook,
  given: Arguments,
  read: (name: string, step: DiagnosisStep, input: Inputs) => Promise<R>,
): (name: string) => Promise<R> {
  const arg = diagnosisArguments(runbook, given);
  const started = new Map<string, Promise<R>>();

  function result(name: string): Promise<R> {
    const known = started.get(name);
    if (known !== undefined) return known;
    const promise = start(name);
    started.set(name, promise);
    return promise;
  }

  async function start(name: string): Promise<R> {
    const step = runbook.diagnose[name];
    if (step === undefined) throw new Error(`${runbook.id} has no diagnosis step ${name}`);
    const needed = await Promise.all(needsOf(step.with, runbook.needs).map(async (other) => [other, await result(other)] as const));
    const diagnose = Object.fromEntries(needed.filter(([, { state }]) => state !== 'unknown').map(([other, { output }]) => [other, output]));
    const input = evaluateInputs(step.with, runbook.overDiagnosis, { diagnose, arg, setting: runbook.setting }, { unknown: () => null });
    return read(name, step, input);
  }

  return result;
}
