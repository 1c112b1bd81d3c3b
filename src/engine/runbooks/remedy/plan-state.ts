import type { ChangeEvent } from '../../../domain/change/events.ts';
import type { Plan } from '../../../domain/change/plans.ts';
import { UserError } from '../../../domain/errors.ts';
import { type Incident, mayBegin } from '../../../domain/incident/incident.ts';
import { readBack } from '../../../domain/json.ts';
import { own } from '../../../lib/own.ts';
import type { StoreTx } from '../../../ports/store.ts';
import type { Change } from '../../incidents/incidents.ts';
import type { RunbookDeps } from '../deps.ts';

type Deps = Pick<RunbookDeps, 'incidents'>;

/** Tells an incident what a run did. @throws UserError `plan-state` when the plan's standing does not allow it, `no-incident` */
export async function tellChange(deps: Deps, tx: StoreTx, incident: string, event: ChangeEvent): Promise<Change> {
  const change = await deps.incidents.tell(tx, incident, { type: 'change', event });
  if (change === null) throw new UserError('no-incident', `There is no incident ${incident}.`);
  return change;
}

/** @throws UserError `no-incident` */
export async function incidentNow(deps: Deps, id: string): Promise<Incident> {
  const incident = await deps.incidents.find(id);
  if (incident === null) throw new UserError('no-incident', `There is no incident ${id}.`);
  return incident;
}

/** The plan as it stands, outside of a transaction. @throws UserError `no-incident`, `no-plan` */
export async function planNow(deps: Deps, incident: string, id: string): Promise<{ readonly incident: Incident; readonly plan: Plan }> {
  const state = await incidentNow(deps, incident);
  const plan = own(state.plans, id);
  if (plan === undefined) throw new UserError('no-plan', `${incident} has no plan ${id}.`);
  return { incident: state, plan };
}

/** The plan as the transaction sees it. @throws UserError `no-plan` */
export async function planIn(tx: StoreTx, incident: string, id: string): Promise<Plan> {
  const plan = (await incidentIn(tx, incident))?.plans[id];
  if (plan === undefined) throw new UserError('no-plan', `${incident} has no plan ${id}.`);
  return plan;
}

/** Whether a plan may still be begun, as the transaction sees it: approved, and its incident open. */
export async function stands(tx: StoreTx, incident: string, id: string): Promise<boolean> {
  const state = await incidentIn(tx, incident);
  const plan = state?.plans[id];
  return state !== null && mayBegin(state, plan?.proposes === true) && plan?.status === 'approved';
}

/** The incident as the transaction sees it. */
export async function incidentIn(tx: StoreTx, id: string): Promise<Incident | null> {
  const { state } = await tx.lockStream(id);
  return readBack<{ incident?: Incident } | null>(state)?.incident ?? null;
}

/** The moment that a change counts from: its intent. */
export function intentTime(plan: Plan): number {
  return plan.intendedAt ?? plan.madeAt;
}
