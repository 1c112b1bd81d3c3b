import type { Person } from '../incident/commands.ts';
import { type Incident } from '../incident/incident.ts';
import { heldRoles } from './deciding.ts';
import { type Plan } from './plans.ts';

/** Approvals with those of their roles that their givers still hold. */
export function approvalsHeld(state: Incident, approvals: Plan['approvals'], people: readonly Person[]): Plan['approvals'] {
  const held = new Map(people.map((person) => [person.id, person.trusted ? heldRoles(state, person) : []]));
  return approvals.map((approval) => ({ ...approval, roles: approval.roles.filter((role) => held.get(approval.user)?.includes(role)) }));
}
