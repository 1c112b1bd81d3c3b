import { approversOf, whyOver, whyUnheld } from '../../../domain/change/may-apply.ts';
import type { RunbookDeps } from '../deps.ts';
import type { PlanDocument } from './plan-document.ts';
import { planNow } from './plan-state.ts';

/** How long (ms) a change is tried again while the other side cannot be reached. */
export const APPLY_FOR = 10 * 60_000;
/** How long (ms) a step that waits does so, where the runbook does not say. */
export const WAIT_WITHIN = 5 * 60_000;
/** How long (ms) it is believed that approvers hold their roles, between steps that follow each other. */
const HELD_FOR = 10_000;

/**
 * May this still be applied now? Asked directly before each effect, never remembered: the incident is open, the approval lives, and who gave it
 * still holds the role. What the step itself depends on its action looks at (`plan-stale`). Returns why not, for people.
 * `again` asks Slack whatever was seen just now; between the steps of one remedy a look of some seconds ago will do.
 * @throws UserError `roles-unknown` when Slack cannot be asked: then it is asked again, until the approval is over
 */
export async function whyNotNow(deps: RunbookDeps, incidentId: string, planId: string, waitsMs: number, again = true): Promise<string | null> {
  const { incident, plan } = await planNow(deps, incidentId, planId);
  const now = await deps.store.now();
  const over = whyOver(incident, plan, now, waitsMs, deps.simulated === true);
  if (over !== null) return over;
  const looked = lookedAt(deps);
  const last = looked.get(planId);
  if (!again && last !== undefined && now - last >= 0 && now - last < HELD_FOR) return null;
  const people = await Promise.all(approversOf(plan).map((user) => deps.personNow(user, incident.service)));
  const unheld = whyUnheld(incident, plan, people);
  if (unheld === null) looked.set(planId, now);
  else looked.delete(planId);
  return unheld;
}

const looks = new WeakMap<RunbookDeps, Map<string, number>>();

/** When this process has last seen that a plan's approvers hold their roles, ms of the one clock, by plan. A restart forgets it. */
function lookedAt(deps: RunbookDeps): Map<string, number> {
  const known = looks.get(deps) ?? new Map<string, number>();
  looks.set(deps, known);
  return known;
}

/** What a plan itself waits for before a step begins, ms: its pauses, and what the steps before it may take. */
export function waitsBefore({ steps }: PlanDocument, step: number): number {
  const before = steps.slice(0, step).map(({ planned, within_ms }) => (planned === null ? (within_ms ?? WAIT_WITHIN) : APPLY_FOR));
  const pauses = steps.slice(0, step + 1).map(({ after_ms = 0 }) => after_ms);
  return [...before, ...pauses].reduce((sum, ms) => sum + ms, 0);
}
