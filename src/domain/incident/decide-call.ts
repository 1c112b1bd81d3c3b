import { UserError } from '../errors.ts';
import type { Actor } from '../record.ts';
import { type Person } from './commands.ts';
import { event, person } from './deciding.ts';
import type { EventData, IncidentEvent } from './events.ts';
import { type Incident, pagedSince } from './incident.ts';

/** The first to acknowledge takes command when nobody has it: at 3 a.m. somebody must. */
export function acknowledge(state: Incident, by: Person, at: number): readonly IncidentEvent[] {
  if (state.milestones.acknowledged !== null) throw new UserError('already-acknowledged', 'The incident is already acknowledged.');
  const acknowledged = event(person(by), state.id, 'incident.acknowledged', {
    within_ms: at - pagedSince(state),
    target_ms: state.policy.respond_within_ms[state.severity],
  });
  if (state.roles['incident-commander'] !== undefined) return [acknowledged];
  const command = event(person(by), state.id, 'role.assigned', {
    role: 'incident-commander',
    user: by.id,
    previous: null,
    handoff: false,
    note: null,
    ...(by.roles.includes('incident-commander') ? {} : { approves: false }),
  });
  return [acknowledged, command];
}

/** The next in line; after the last, the last again, so that nothing overdue is silent. */
export function escalate(state: Incident, actor: Actor, reason: string, cause: EventData['incident.escalated']['cause']): IncidentEvent {
  const line = state.policy.escalation;
  const level = Math.min(state.escalation.level + 1, Math.max(line.length, 1));
  const step = line[level - 1] ?? line.at(-1);
  const who = step?.who ?? state.policy.responders[0] ?? { user: state.reporter };
  return event(actor, state.id, 'incident.escalated', { level, who, reason, cause, last: level >= line.length });
}

/** True when everybody in line was called already. */
export function isLastInLine({ escalation, policy }: Incident): boolean {
  return escalation.level >= Math.max(policy.escalation.length, 1);
}
