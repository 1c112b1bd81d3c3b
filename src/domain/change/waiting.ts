import type { Person } from '../incident/commands.ts';
import type { Incident } from '../incident/incident.ts';
import { heldRoles } from './deciding.ts';
import { missingRoles, type Plan } from './plans.ts';

/** Every plan of an incident that can still be approved at this moment (ms). */
export function waitingPlans(incident: Incident, at: number): readonly Plan[] {
  return Object.values(incident.plans).filter((plan) => plan.status === 'waiting' && at < plan.expiresAt);
}

/** Those of them that this person's approval would bring further: the same rule as the click itself. */
export function waitsFor(incident: Incident, person: Person, at: number): readonly Plan[] {
  if (!person.trusted) return [];
  const held = heldRoles(incident, person);
  return waitingPlans(incident, at).filter((plan) => {
    const roles = plan.needs.filter((role) => held.includes(role));
    const after = missingRoles(plan.needs, [...plan.approvals, { user: person.id, roles, at }]);
    return after.length < missingRoles(plan.needs, plan.approvals).length;
  });
}
