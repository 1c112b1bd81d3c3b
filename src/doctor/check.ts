import { faultOf } from '../faults.ts';

/** One thing that was looked at. `advice` says what to do when it is not good. */
export interface Check {
  readonly name: string;
  readonly state: 'good' | 'warning' | 'bad';
  readonly says: string;
  readonly advice?: string;
}

export function good(name: string, says: string): Check {
  return { name, state: 'good', says };
}

export function warning(name: string, says: string, advice: string): Check {
  return { name, state: 'warning', says, advice };
}

export function bad(name: string, says: string, advice: string): Check {
  return { name, state: 'bad', says, advice };
}

/** Runs a check; what it throws is its finding, so that one broken part never hides the others. */
export async function look(name: string, advice: string, work: () => Promise<readonly Check[]>): Promise<readonly Check[]> {
  try {
    return await work();
  } catch (error) {
    return [bad(name, faultOf(error)?.says ?? (error instanceof Error && error.message !== '' ? error.message : String(error)), advice)];
  }
}
