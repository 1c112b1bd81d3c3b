import type { Json } from '../../../domain/record.ts';
import type { StepState } from '../../../ports/action.ts';
import { type Arguments, diagnosisArguments } from '../load/needs.ts';
import type { Runbook } from '../load/runbook.ts';

/** So many parts of one finding are shown as code. */
const COPIED = 50;

export interface Finding {
  readonly says: string;
  /** Parts of it that people copy; missing where there are none. */
  readonly exact?: readonly string[];
  readonly suggests: readonly string[];
}

/** `says` as it is written in the runbook. */
interface Unjudged extends Pick<Finding, 'says' | 'suggests'> {
  readonly steps: readonly string[];
}

export interface Judgement {
  readonly findings: readonly Finding[];
  /** What the diagnosis is called by the first finding that says so; the runbook's title where none does. */
  readonly title: string;
  /** What the findings suggest that are unknown, because something that they need could not be read; `steps`: what they need. */
  readonly unjudged: readonly Unjudged[];
}

/** What diagnosis steps have found, by their names. `summary` says why one is unknown. */
export type Results = ReadonlyMap<string, { readonly state: StepState; readonly output: Json; readonly summary: string }>;

/** What the expressions of a diagnosis are evaluated over. What is unknown is missing. */
export function diagnosisValues(runbook: Runbook, results: Results, given: Arguments): Readonly<Record<string, Json>> {
  const diagnose = Object.fromEntries([...results].filter(([, { output }]) => output !== null).map(([name, { output }]) => [name, output]));
  const unknown = Object.fromEntries(Object.keys(runbook.diagnose).map((name) => [name, whyUnknown(results.get(name))]));
  return { diagnose, unknown, arg: diagnosisArguments(runbook, given), setting: runbook.setting };
}

/**
 * What the results say. What is unknown is missing in them, so that a finding which hangs on it is neither drawn nor denied, but unknown. Of
 * what is not there by tocsin.yml there is nothing to find.
 */
export function judge(runbook: Runbook, results: Results, given: Arguments = {}): Judgement {
  const values = diagnosisValues(runbook, results, given);
  const findings: Finding[] = [];
  const unjudged: Unjudged[] = [];
  let called: string | null = null;
  const valueOf = (text: string): Json => (text.startsWith('=') ? runbook.overDiagnosis.evaluate(text.slice(1), values) : text);
  for (const { when, says, exact, title, suggests } of runbook.findings) {
    try {
      if (runbook.overDiagnosis.evaluate(when, values) !== true) continue;
      const said = textOf(valueOf(says));
      const copied = exact
        .flatMap((text) => textsOf(valueOf(text)))
        .filter((text) => text !== '' && said.includes(text))
        .slice(0, COPIED);
      findings.push({ says: said, ...(copied.length === 0 ? {} : { exact: copied }), suggests });
      called ??= title ?? null;
    } catch {
      const named = [when, ...(says.startsWith('=') ? [says.slice(1)] : [])].flatMap((text) => runbook.needs.of(text).steps);
      if (!named.some((name) => isAbsent(results.get(name)))) unjudged.push({ says, suggests, steps: [...new Set(named)] });
    }
  }
  return { findings, unjudged, title: called ?? runbook.title };
}

/** Why a step is unknown; empty where it is not. */
function whyUnknown(result: { readonly state: StepState; readonly summary: string } | undefined): string {
  return result?.state === 'unknown' ? result.summary || 'It could not be read.' : '';
}

/** Whether there was nothing to read, as opposed to what could not be. */
function isAbsent(result: { readonly state: StepState; readonly output: Json } | undefined): boolean {
  return result?.state === 'seen' && result.output === null;
}

function textsOf(value: Json): readonly string[] {
  return Array.isArray(value) ? (value as readonly Json[]).map(textOf) : [textOf(value)];
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
