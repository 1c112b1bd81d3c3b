import { approvedByAsking } from '../change/completing.ts';
import { UserError } from '../errors.ts';
import type { Actor } from '../record.ts';
import type { Breach } from '../records/data/updates.ts';
import type { Person, PersonCommand } from './commands.ts';
import { event, optional, person, required } from './deciding.ts';
import type { EventData, IncidentEvent } from './events.ts';
import { handedOver } from './handover.ts';
import { type Incident, pagedSince, ROLE_NAMES } from './incident.ts';
import { lineOf, respondersOf } from './line.ts';

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
  return [acknowledged, command, ...(by.roles.includes('incident-commander') ? approvalsByAsking(state, by.id, at) : [])];
}

/** What a new commander, who may approve, has asked for themselves: their role counts as if they had held it when they asked. */
function approvalsByAsking(state: Incident, commander: string, at: number): readonly IncidentEvent[] {
  return approvedByAsking(state, commander, at).map(({ by, event: { type, data } }) => {
    return { type, v: 1, actor: { kind: 'person', id: by }, subject: state.id, outcome: 'done', data } as IncidentEvent;
  });
}

/** @throws UserError `already-assigned` */
export function assign(state: Incident, by: Person, ask: Extract<PersonCommand, { type: 'assign' }>, at: number): readonly IncidentEvent[] {
  if (state.roles[ask.role] === ask.user) throw new UserError('already-assigned', `That person is already ${ROLE_NAMES[ask.role].toLowerCase()}.`);
  const moved = ask.role === 'incident-commander' && state.roles[ask.role] !== undefined ? handedOver(state) : null;
  const assigned = event(person(by), state.id, 'role.assigned', {
    role: ask.role,
    user: ask.user,
    previous: state.roles[ask.role] ?? null,
    handoff: ask.handoff,
    note: optional(ask.note),
    ...(ask.approves === false ? { approves: false } : {}),
    ...(moved === null ? {} : { handed_over: moved }),
  });
  const approves = ask.role === 'incident-commander' && ask.approves !== false;
  return approves ? [assigned, ...approvalsByAsking(state, ask.user, at)] : [assigned];
}

/** The next in line; after the last, the last again, so that nothing overdue is silent. `breach`: the one that calls them. */
export function escalate(
  state: Incident,
  actor: Actor,
  reason: string,
  cause: EventData['incident.escalated']['cause'],
  breach?: Breach,
): IncidentEvent {
  const line = lineOf(state);
  const level = Math.min(state.escalation.level + 1, Math.max(line.length, 1));
  const step = line[level - 1] ?? line.at(-1);
  const [who = { user: state.reporter }, ...also] = step?.who ?? respondersOf(state).slice(0, 1);
  const more = { ...(also.length === 0 ? {} : { also }), ...(breach === undefined ? {} : { breach }) };
  return event(actor, state.id, 'incident.escalated', { level, who, ...more, reason, cause, last: level >= line.length });
}

/** True when everybody in line was called already. */
export function isLastInLine(state: Incident): boolean {
  return state.escalation.level >= Math.max(lineOf(state).length, 1);
}

/** Somebody in particular is called; the line stays where it is. */
export function callNamed(state: Incident, by: Person, ask: Extract<PersonCommand, { type: 'page' }>): IncidentEvent {
  const reason = required(ask.reason, 'a reason: who is called reads it');
  return event(person(by), state.id, 'incident.escalated', { level: state.escalation.level, who: ask.who, reason, cause: 'named', last: false });
}
