import type { Json } from '../../../domain/record.ts';
import { type Expressions, searches } from '../load/expressions.ts';
import type { Arguments } from '../load/needs.ts';
import type { Runbook } from '../load/runbook.ts';
import { diagnosisValues, type Results } from './judging.ts';

/** What stands in the forms of remedies to begin with: by remedy and argument. */
export type Fills = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What a diagnosis found that remedies ask for (`from`). What is unknown, or is not what the argument takes, is left to people. */
export function fillsOf(runbook: Runbook, results: Results, given: Arguments): Fills {
  const values = diagnosisValues(runbook, results, given);
  const filled = Object.entries(runbook.remedies).map(([name, { arguments: known }]) => {
    const found = Object.entries(known).flatMap(([argument, { from, pattern }]) => {
      const text = from === undefined ? '' : firstText(runbook.overDiagnosis, from, values);
      const fits = pattern === undefined || searches(`^(?:${pattern})$`, text);
      return text === '' || text.length > 200 || !fits ? [] : [[argument, text] as const];
    });
    return [name, Object.fromEntries(found)] as const;
  });
  return Object.fromEntries(filled.filter(([, one]) => Object.keys(one).length > 0));
}

function firstText(expressions: Expressions, from: string, values: Readonly<Record<string, Json>>): string {
  try {
    const found = expressions.evaluate(from, values);
    const first = Array.isArray(found) ? found[0] : found;
    return typeof first === 'string' ? first : '';
  } catch {
    return '';
  }
}
