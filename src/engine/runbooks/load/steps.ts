import type { Json } from '../../../domain/record.ts';
import type { Action } from '../../../ports/action.ts';
import { type Arguments, diagnosisArguments } from './needs.ts';
import { overRemedy, type Runbook } from './runbook.ts';
import type { Remedy } from './schema.ts';
import { evaluateInputs, type Inputs, placeholder } from './values.ts';

/** A step of a runbook before anybody has asked for it. */
export interface Step {
  /** `diagnose engine`, `bypass, step 1`, `bypass, verify` */
  readonly name: string;
  /** The remedy that it belongs to; `null` for a step of the diagnosis. */
  readonly remedy: string | null;
  readonly uses: string;
  readonly input: Inputs;
  /** Left out where its target is not there. */
  readonly optional: boolean;
}

/** Every step of a runbook with its inputs, as far as they are known before anybody asks. */
export function stepsOf(runbook: Runbook, given: Arguments = {}): Step[] {
  const diagnose = Object.keys(runbook.diagnose).flatMap((name) => diagnosisStep(runbook, name, given) ?? []);
  return [...diagnose, ...Object.keys(runbook.remedies).flatMap((name) => remedySteps(runbook, name, given))];
}

/** A step of a runbook's diagnosis; `null` when it has none of that name. */
export function diagnosisStep(runbook: Runbook, name: string, given: Arguments = {}): Step | null {
  const step = runbook.diagnose[name];
  if (step === undefined) return null;
  const values = { arg: diagnosisArguments(runbook, given), setting: runbook.setting };
  const input = evaluateInputs(step.with, runbook.overDiagnosis, values, { unknown: placeholder });
  return { name: `diagnose ${name}`, remedy: null, uses: step.uses, input, optional: false };
}

/** The steps of a remedy, and how its effect is verified. */
export function remedySteps(runbook: Runbook, name: string, given: Arguments = {}): Step[] {
  const remedy = runbook.remedies[name];
  if (remedy === undefined) return [];
  const over = overRemedy(remedy, runbook);
  const sample = { incident: SAMPLE_INCIDENT, setting: runbook.setting, arg: sampleArguments(remedy, given) };
  const step = (called: string, { uses, with: inputs, optional = false }: Pick<Step, 'uses'> & { with: Inputs; optional?: boolean }): Step => ({
    name: `${name}, ${called}`,
    remedy: name,
    uses,
    optional,
    input: evaluateInputs(inputs, over, sample, { unknown: placeholder }),
  });
  return [...remedy.steps.map((one, i) => step(`step ${i + 1}`, one)), ...(remedy.verify === undefined ? [] : [step('verify', remedy.verify)])];
}

/** Whether a text stands for what is known only when it is asked for. */
export function isPlaceholder(value: Json): boolean {
  return typeof value === 'string' && /^⟨.*⟩$/s.test(value);
}

/** An input as far as it is known: what is known only when it is asked for is left out, or stands for one of a list; `null` when nothing fits. */
export function parsable(action: Action, input: Inputs): { readonly data: never } | null {
  const without = Object.fromEntries(Object.entries(input).filter(([, value]) => !isPlaceholder(value)));
  const listed = Object.fromEntries(Object.entries(input).map(([key, value]) => [key, isPlaceholder(value) ? [value] : value]));
  for (const attempt of [input, without, listed]) {
    const parsed = action.input.safeParse(attempt);
    if (parsed.success) return { data: parsed.data };
  }
  return null;
}

function sampleArguments(remedy: Remedy, given: Arguments): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(remedy.arguments).map(([key, one]) => [key, given[key] ?? one.default ?? placeholder(key)]));
}

const SAMPLE_INCIDENT: Json = {
  id: 'INC-0000-0000',
  title: 'pre-flight',
  service: '',
  severity: 'P0',
  status: 'investigating',
  component: '',
  impact: '',
  customer_impact: false,
  data_exposure: false,
  private: false,
  commander: '',
};
