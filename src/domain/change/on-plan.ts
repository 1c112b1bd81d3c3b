import { own } from '../../lib/own.ts';
import type { Incident } from '../incident/incident.ts';
import { planCardKey } from './plan-card.ts';
import { type Plan } from './plans.ts';

/** A record about one plan. */
interface AboutPlan {
  readonly data: { readonly plan: string };
}

/** How the state follows from a record that changes nothing but the plan that it is about. */
export function planEvolves<R extends AboutPlan>(
  next: (plan: Plan, record: R, at: number) => Plan,
): (state: Incident, record: R, at: number) => Incident {
  return (state, record, at) => onPlan(state, record.data.plan, (plan) => next(plan, record, at));
}

/** The same for one with which the plan's remedy has come to its end: no plan of its run is made any more. */
export function planEnds<R extends AboutPlan>(
  next: (plan: Plan, record: R, at: number) => Plan,
): (state: Incident, record: R, at: number) => Incident {
  const evolves = planEvolves(next);
  return (state, record, at) => withoutRun(evolves(state, record, at), record.data.plan);
}

/** The state with one plan changed; the same when there is no such plan. */
export function onPlan(state: Incident, id: string, change: (plan: Plan) => Plan): Incident {
  const plan = own(state.plans, id);
  return plan === undefined ? state : withPlan(state, change(plan));
}

export function withPlan(state: Incident, plan: Plan): Incident {
  return { ...state, plans: { ...state.plans, [plan.id]: plan } };
}

/** Without what somebody asked for and a plan was being made of. */
export function withoutRequest(state: Incident, run: string): Incident {
  const { [run]: _, ...requested } = state.requested;
  return { ...state, requested };
}

/** Once a remedy's run has come to its end, no plan of it is made any more. */
export function withoutRun(state: Incident, id: string): Incident {
  const plan = own(state.plans, id);
  return plan === undefined || plan.kind !== 'change' ? state : withoutRequest(state, plan.run);
}

/** A plan whose card Slack did not take, or took without its blocks. */
export function cardRefused(state: Incident, key: string): Incident {
  const plan = Object.values(state.plans).find(({ id }) => planCardKey(id) === key);
  return plan === undefined ? state : withPlan(state, { ...plan, cardless: true });
}

/** An approval counts for as long as its giver holds the role (ADR 9): whoever no longer has the command does not approve by it what still waits. */
export function commandMoved(state: Incident, commander: string): Incident {
  const plans = Object.entries(state.plans).map(([id, plan]): [string, Plan] => {
    if (plan.status !== 'waiting') return [id, plan];
    const approvals = plan.approvals.flatMap((approval) => {
      if (approval.user === commander || !approval.roles.includes('incident-commander')) return [approval];
      const roles = approval.roles.filter((role) => role !== 'incident-commander');
      return roles.length === 0 ? [] : [{ ...approval, roles }];
    });
    return [id, { ...plan, approvals }];
  });
  return { ...state, plans: Object.fromEntries(plans) };
}
