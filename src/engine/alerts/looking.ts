import type { Alert } from '../../domain/alert/alerts.ts';
import { UserError } from '../../domain/errors.ts';
import { clamp } from '../../lib/clamp.ts';
import type { RunbookDeps } from '../runbooks/deps.ts';
import { readDiagnosis } from '../runbooks/diagnose/steps.ts';
import { diagnosisArguments } from '../runbooks/load/needs.ts';
import { argumentsOf } from './arguments.ts';

/** What a look has found. */
export interface Look {
  readonly holds: boolean;
  /** What was seen, for people. */
  readonly summary: string;
}

/** What says what to do about it to a person, as a service that is no longer configured, will not pass by trying again. */
function nothing(error: unknown): null {
  if (error instanceof UserError) return null;
  throw error;
}

/** Whether an expression over the diagnosis of an alert's runbook holds now; `null` when it cannot be told. */
export async function lookAt(runbooks: RunbookDeps, alert: Pick<Alert, 'runbook' | 'trigger' | 'labels'>, expression: string): Promise<Look | null> {
  const runbook = alert.runbook === null ? null : runbooks.catalogue.get(alert.runbook);
  if (runbook === null) return null;
  const { given } = argumentsOf(alert, runbook);
  const results = await readDiagnosis(runbooks, runbook, runbook.needs.of(expression).steps, null, given).catch(nothing);
  if (results === null) return null;
  const seen = [...results.values()].map(({ summary }) => summary).join(' ');
  if ([...results.values()].some(({ ok }) => !ok)) return null;
  try {
    const diagnose = Object.fromEntries([...results].map(([name, { output }]) => [name, output]));
    return {
      holds: runbook.overDiagnosis.evaluate(expression, { diagnose, arg: diagnosisArguments(runbook, given), setting: runbook.setting }) === true,
      summary: clamp(seen, 600),
    };
  } catch {
    return null;
  }
}
