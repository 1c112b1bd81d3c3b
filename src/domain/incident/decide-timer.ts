import { assertNever } from '../../lib/assert-never.ts';
import { sayDuration, toIso } from '../../lib/time.ts';
import { firePlanTimer } from '../change/decide.ts';
import { endForgotten } from '../drill/decide-drill.ts';
import type { Actor } from '../record.ts';
import type { Breach } from '../records/data/updates.ts';
import { escalate } from './decide-call.ts';
import { remindFollowUps } from './decide-follow-up.ts';
import { callUnresolved } from './decide-impact.ts';
import { missReview, remindOfReview } from './decide-review.ts';
import { automaticUpdate } from './decide-update.ts';
import { changeEvent, event } from './deciding.ts';
import type { EventData, IncidentEvent } from './events.ts';
import { type Incident, isOpen, pagedSince } from './incident.ts';
import { mailDue } from './mails.ts';
import { formatTimer, type Timer } from './timer.ts';
import { timersOf } from './timers.ts';

/** A timer that came due. One that the state no longer implies, or not yet, does nothing: firing twice is harmless. */
export function fire(state: Incident, due: Timer, at: number): readonly IncidentEvent[] {
  const name = formatTimer(due);
  const timer = timersOf(state).find((candidate) => formatTimer(candidate.timer) === name);
  if (timer === undefined || timer.dueAt > at) return [];
  const actor: Actor = { kind: 'timer', id: name };
  if (due.plan !== undefined) {
    const events = firePlanTimer(state, due.kind, due.plan).map((one) => changeEvent(actor, state.id, one));
    if (due.kind !== 'revert-conflict') return events;
    return [...events, escalate(state, actor, `The revert of “${state.plans[due.plan]?.title ?? due.plan}” still waits for a decision.`, 'person')];
  }
  const ackDue = state.acknowledgement.dueAt ?? at;
  const updateDue = state.updates.dueAt ?? at;
  const lateUpdate = `The status update is ${sayDuration(at - updateDue)} late.`;
  switch (due.kind) {
    case 'acknowledgement-reminder':
      return [event(actor, state.id, 'acknowledgement.reminded', { due: toIso(ackDue) })];
    case 'acknowledgement-breach':
      return breached(
        state,
        actor,
        { target: 'acknowledgement', due: toIso(ackDue), late_ms: at - ackDue },
        `Nobody acknowledged within ${sayDuration(ackDue - pagedSince(state))}.`,
        'acknowledgement',
      );
    case 'escalation':
      // Where the acknowledgement is overdue at the same moment, its breach calls the next in line: one is called, not two.
      if (timersOf(state).some(({ timer, dueAt }) => timer.kind === 'acknowledgement-breach' && dueAt <= at))
        return fire(state, { kind: 'acknowledgement-breach' }, at);
      return [escalate(state, actor, 'Still not acknowledged.', 'time')];
    case 'unresolved':
      return callUnresolved(state, actor);
    case 'update-offer':
      return [event(actor, state.id, 'update.offered', { due: toIso(updateDue) })];
    case 'update-reminder':
      return [event(actor, state.id, 'update.reminded', { due: toIso(updateDue) })];
    case 'update-breach':
      return [
        ...breached(state, actor, { target: 'update', due: toIso(updateDue), late_ms: at - updateDue }, lateUpdate, 'update'),
        automaticUpdate(state, actor, at),
      ];
    case 'notice-offer':
    case 'notice-reminder':
    case 'notice-breach':
    case 'notice-again':
      return fireNotice(state, due.kind, actor, at);
    case 'stakeholder-mail':
      return [mailDue(state, state.id, 'long', actor)];
    case 'update-automatic':
      return [escalate(state, actor, lateUpdate, 'update'), automaticUpdate(state, actor, at)];
    case 'follow-up-overdue':
      return remindFollowUps(state, actor, at);
    case 'review-reminder':
      return state.review === undefined ? [] : remindOfReview(state, state.review, actor);
    case 'review-breach':
      return state.review === undefined ? [] : missReview(state, state.review, actor, at);
    case 'room-archive':
      return [event(actor, state.id, 'room.archive-due', { channel: state.room?.channel ?? '' })];
    case 'drill-end':
      return endForgotten(state, actor);
    default:
      return assertNever(due);
  }
}

/** A target is missed: it is recorded, and while the incident is open the next in line is called for it. */
function breached(
  state: Incident,
  actor: Actor,
  breach: Breach,
  reason: string,
  cause: Extract<EventData['incident.escalated']['cause'], 'acknowledgement' | 'update'>,
): readonly IncidentEvent[] {
  return [event(actor, state.id, 'breach.recorded', { ...breach }), ...(isOpen(state) ? [escalate(state, actor, reason, cause, breach)] : [])];
}

/** The same for what is owed to customers, of which nothing is ever sent by itself. After the end nobody is called for it. */
function fireNotice(
  state: Incident,
  kind: 'notice-offer' | 'notice-reminder' | 'notice-breach' | 'notice-again',
  actor: Actor,
  at: number,
): readonly IncidentEvent[] {
  const dueAt = state.notices?.promise.dueAt ?? at;
  const due = toIso(dueAt);
  const late = `The notice to customers is ${sayDuration(at - dueAt)} late.`;
  switch (kind) {
    case 'notice-offer':
      return [event(actor, state.id, 'notice.offered', { due })];
    case 'notice-reminder':
      return [event(actor, state.id, 'notice.reminded', { due })];
    case 'notice-breach':
      return breached(state, actor, { target: 'notice', due, late_ms: at - dueAt }, late, 'update');
    case 'notice-again':
      return [...(isOpen(state) ? [escalate(state, actor, late, 'update')] : []), event(actor, state.id, 'notice.reminded', { due })];
    default:
      return assertNever(kind);
  }
}
