import { own } from '../../lib/own.ts';
import { toIso } from '../../lib/time.ts';
import type { Incident } from '../incident/incident.ts';

/**
 * A warning for whoever approves a remedy that this incident has applied before, when nothing was diagnosed since: what the offer rests on is from before
 * it, and a rollback would bring back what it had replaced.
 */
export function warnAppliedBefore({ plans, diagnoses }: Incident, runbook: string, remedy: string): readonly string[] {
  const applied = Object.values(plans)
    .filter((plan) => plan.kind === 'change' && plan.runbook === runbook && plan.remedy === remedy && plan.appliedAt !== null)
    .toSorted((a, b) => (b.appliedAt ?? 0) - (a.appliedAt ?? 0));
  const [last] = applied;
  if (last?.appliedAt == null || (own(diagnoses, runbook)?.at ?? 0) > last.appliedAt) return [];
  return [
    `This remedy was already applied at ${toIso(last.appliedAt)} (${last.id}), and nothing was diagnosed since. Diagnose again before you approve it. A rollback, for example, would bring back the version that it has replaced.`,
  ];
}
