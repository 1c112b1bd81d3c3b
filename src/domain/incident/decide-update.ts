import { sayDuration, toIso } from '../../lib/time.ts';
import { UserError } from '../errors.ts';
import type { Actor } from '../record.ts';
import { type Person, type PersonCommand } from './commands.ts';
import { clip, event, MAX_TEXT, optional, person, required } from './deciding.ts';
import type { IncidentEvent } from './events.ts';
import { type Incident } from './incident.ts';
import { briefUpdate, draftUpdate, latenessOf, unreadUpdate } from './update.ts';

/** A snooze longer than this would be silence by another name. */
export const MAX_SNOOZE_MS = 2 * 60 * 60_000;

export function postUpdate(state: Incident, by: Person, ask: Extract<PersonCommand, { type: 'post-update' }>, at: number): readonly IncidentEvent[] {
  if (ask.forDue !== undefined && ask.forDue !== state.updates.dueAt) {
    throw new UserError('stale-draft', 'That draft is out of date: an update was posted since. `/incident update` opens a fresh one.');
  }
  const events: IncidentEvent[] = [];
  if (ask.status !== undefined && ask.status !== state.status) {
    events.push(event(person(by), state.id, 'status.changed', { from: state.status, to: ask.status, note: null }));
  }
  // Who presses Post has read the draft; who writes a sentence has not.
  const draft = ask.forDue === undefined ? unreadUpdate(state) : draftUpdate(state);
  events.push(
    event(person(by), state.id, 'update.posted', {
      ...draft,
      status: ask.status ?? state.status,
      impact: clip(optional(ask.impact) ?? draft.impact, MAX_TEXT),
      current_situation: clip(optional(ask.situation) ?? draft.current_situation, MAX_TEXT),
      actions_taken: ask.actions ?? draft.actions_taken,
      next_steps: clip(optional(ask.nextSteps) ?? draft.next_steps, MAX_TEXT),
      eta: clip(optional(ask.eta) ?? draft.eta, 200),
      automatic: false,
      due: state.updates.dueAt === null ? null : toIso(state.updates.dueAt),
      late_ms: latenessOf(state, at),
    }),
  );
  return events;
}

export function automaticUpdate(state: Incident, actor: Actor, at: number): IncidentEvent {
  return event(actor, state.id, 'update.posted', {
    ...briefUpdate(state),
    automatic: true,
    due: state.updates.dueAt === null ? null : toIso(state.updates.dueAt),
    late_ms: latenessOf(state, at),
  });
}

export function snooze(state: Incident, by: Person, ask: Extract<PersonCommand, { type: 'snooze' }>, at: number): readonly IncidentEvent[] {
  if (ask.ms <= 0 || ask.ms > MAX_SNOOZE_MS) {
    throw new UserError(
      'snooze-length',
      `A snooze lasts up to ${sayDuration(MAX_SNOOZE_MS)}, for example \`/incident snooze 30m waiting for the vendor\`.`,
    );
  }
  return [
    event(person(by), state.id, 'update.snoozed', {
      until: toIso(at + ask.ms),
      reason: required(ask.reason, 'a reason'),
      due: toIso(state.updates.dueAt ?? at),
      late_ms: latenessOf(state, at),
    }),
  ];
}
