import type { Incident } from '../incident/incident.ts';
import type { Plan } from './plans.ts';

/** A runbook that did not go as it is written, with what of it did not. */
export interface RunbookToUpdate {
  readonly runbook: string;
  /** `“Restart the frontend” was rejected`, each once. */
  readonly because: readonly string[];
}

/** The runbooks of which steps were refused, failed, did not help, or were decided otherwise in the incident (VQ-23); in the order of their plans. */
export function runbooksToUpdate({ plans }: Pick<Incident, 'plans'>): readonly RunbookToUpdate[] {
  const found = new Map<string, Set<string>>();
  for (const plan of Object.values(plans)) {
    const became = otherwise(plan);
    if (became === null || plan.kind !== 'change') continue;
    const because = found.get(plan.runbook) ?? new Set<string>();
    found.set(plan.runbook, because.add(`“${plan.title}” ${became}`));
  }
  return [...found].map(([runbook, because]) => ({ runbook, because: [...because] }));
}

/** How a plan went otherwise than its runbook says; `null` where it did not. */
function otherwise({ status, verified, watch }: Plan): string | null {
  if (status === 'rejected') return 'was rejected';
  if (status === 'failed') return 'failed';
  if (status === 'kept') return 'was not reverted, by decision';
  if (verified === false) return 'did not have its effect';
  const outcome = watch?.outcome;
  return outcome === 'again' || outcome === 'still' || outcome === 'another' ? 'did not help for long' : null;
}
