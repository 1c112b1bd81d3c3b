import { largest } from '../../lib/numbers.ts';
import { sayMoment } from '../../lib/time.ts';
import { whyDrillEnds } from '../drill/drill.ts';
import type { Person } from '../incident/commands.ts';
import { type Incident, mayBegin } from '../incident/incident.ts';
import { approvalsHeld, sayRoles, sayStanding } from './deciding.ts';
import { bestFilling, missingRoles, type Plan } from './plans.ts';

/** What was approved in the last moment is still begun: ms after the last approval. */
const BEGINS_WITHIN_MS = 2 * 60_000;

/**
 * Why a plan must not be applied any more at this moment, whoever approved it; `null` while it may. Its approval lives as long as it could be
 * given, longer only by `waitsMs`: what the plan itself waits for before this step. A wait of another sort (an outage, a restart, an evidence
 * store that is away) uses it up. `simulatedHere`: whether the platforms are those of the local workspace.
 */
export function whyOver(incident: Incident, plan: Plan, at: number, waitsMs: number, simulatedHere = false): string | null {
  const drill = whyDrillEnds(incident, simulatedHere);
  if (drill !== null) return drill;
  if (!mayBegin(incident, plan.proposes === true)) return `${incident.id} is ${incident.status}`;
  if (plan.status !== 'approved' && plan.status !== 'applying') return `${incident.id}: ${sayStanding(plan)}`;
  const until = goodUntil(plan) + waitsMs;
  if (at < until) return null;
  return `what was approved for ${incident.id} had to be done by ${sayMoment(until)}, and was not. Ask again if you still need it`;
}

/** Who has to hold their roles for a plan to be applied: those whose approvals fill one. */
export function approversOf(plan: Plan): readonly string[] {
  return [...new Set(bestFilling(plan.needs, plan.approvals).filter((user) => user !== null))];
}

/** Why the approvals no longer are enough: an approval counts for as long as its giver holds the role (ADR 9). `null` while they are. */
export function whyUnheld(incident: Incident, plan: Plan, people: readonly Person[]): string | null {
  const missing = missingRoles(plan.needs, approvalsHeld(incident, plan.approvals, people));
  return missing.length === 0 ? null : `those who approved it for ${incident.id} no longer hold ${sayRoles(missing)}`;
}

function goodUntil(plan: Plan): number {
  const last = Math.max(plan.madeAt, largest(plan.approvals.map(({ at }) => at)));
  return Math.max(plan.expiresAt, last + BEGINS_WITHIN_MS);
}
