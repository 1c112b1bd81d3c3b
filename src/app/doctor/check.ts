import { UserError } from '../../domain/errors.ts';
import { within } from '../../engine/runbooks/diagnose/reading.ts';
import { faultOf } from '../faults.ts';

/** How long (ms) a check may take. */
const PATIENCE = 60_000;

/** One thing that was looked at. `advice` says what to do when it is not good; `unknown`: it could not be looked at. */
export interface Check {
  readonly name: string;
  readonly state: 'good' | 'warning' | 'unknown' | 'bad';
  readonly says: string;
  readonly advice?: string;
}

export function good(name: string, says: string): Check {
  return { name, state: 'good', says };
}

export function warning(name: string, says: string, advice: string): Check {
  return { name, state: 'warning', says, advice };
}

export function unknown(name: string, says: string, advice: string): Check {
  return { name, state: 'unknown', says, advice };
}

export function bad(name: string, says: string, advice: string): Check {
  return { name, state: 'bad', says, advice };
}

/** Runs a check within its time (ms); what it throws is its finding, so that one broken part never hides or holds up the others. */
export async function look(
  name: string,
  advice: string,
  work: () => Promise<readonly Check[]>,
  patience: number = PATIENCE,
): Promise<readonly Check[]> {
  try {
    return await within(work(), AbortSignal.timeout(patience), patience);
  } catch (error) {
    const says = faultOf(error)?.says ?? (error instanceof Error && error.message !== '' ? error.message : String(error));
    const late = error instanceof UserError && error.code === 'step-timeout';
    return [late ? unknown(name, says, advice) : bad(name, says, advice)];
  }
}

/** What is not good, each finding once, with the names of all that it was found of. */
export function together(checks: readonly Check[]): readonly Check[] {
  const groups = Map.groupBy(checks, (check) => JSON.stringify(check.state === 'good' ? check : [check.state, check.says, check.advice]));
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ ...first, name: [...new Set(same.map(({ name }) => name))].join(', ') }];
  });
}
