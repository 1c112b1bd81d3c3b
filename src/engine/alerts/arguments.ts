import type { Alert } from '../../domain/alert/alerts.ts';
import { clamp } from '../../lib/clamp.ts';
import { isMatch } from '../runbooks/load/expressions.ts';
import { OVER_LABELS, type Runbook } from '../runbooks/load/runbook.ts';

/** What a diagnosis is asked with for an alert. */
export interface AlertArguments {
  readonly given: Readonly<Record<string, string>>;
  /** Arguments that stay at their defaults although the trigger fills them, each with the reason, for people. */
  readonly unfilled: readonly string[];
}

/** The diagnosis' arguments by what the alert says of itself. What does not fit an argument is left at its default. Pure. */
export function argumentsOf({ trigger: index, labels = {} }: Pick<Alert, 'trigger' | 'labels'>, runbook: Runbook | null): AlertArguments {
  const trigger = index === null ? undefined : runbook?.triggers[index];
  const given: Record<string, string> = {};
  const unfilled: string[] = [];
  for (const [name, expression] of Object.entries(trigger?.arguments ?? {})) {
    const value = valueOf(expression, labels);
    const { pattern } = runbook?.arguments[name] ?? {};
    if (value === null) unfilled.push(`The alert does not say ${name}, so its default is used.`);
    else if (pattern !== undefined && !isMatch(pattern, value))
      unfilled.push(`The alert says ${name} ${JSON.stringify(clamp(value, 80))}, which does not fit, so its default is used.`);
    else given[name] = value;
  }
  return { given, unfilled };
}

/** `null` where the alert lacks a label that it needs. */
function valueOf(expression: string, label: NonNullable<Alert['labels']>): string | null {
  try {
    const value = OVER_LABELS.evaluate(expression, { label: { ...label } });
    return typeof value === 'string' && value !== '' ? value : null;
  } catch {
    return null;
  }
}
