import { assertNever } from '../../lib/assert-never.ts';
import { toIso } from '../../lib/time.ts';
import { decideCompletion } from '../change/completing.ts';
import { decideChangeAsk, isChangeAsk, requested } from '../change/decide.ts';
import { decideChangeEvent } from '../change/decide-event.ts';
import type { ChangeEvent } from '../change/events.ts';
import { assertFits, decideDrill, insideDrill } from '../drill/decide-drill.ts';
import { drillPolicy } from '../drill/drill.ts';
import { refuse, UserError } from '../errors.ts';
import { SECURITY_BREACH, sayIncidentType } from '../incident-type.ts';
import { voidedNotices } from '../notice/decide.ts';
import type { Actor } from '../record.ts';
import { TOCSIN } from '../streams.ts';
import { changeCall } from './call.ts';
import { checklistOf, isDone } from './checklist.ts';
import type { Command, Declaration, Person, PersonCommand, SystemCommand } from './commands.ts';
import { acknowledge, assign, callNamed, escalate, isLastInLine } from './decide-call.ts';
import { tick } from './decide-checklist.ts';
import { pendingOf, resolvedBy, voidedByResolving } from './decide-ending.ts';
import { addFollowUp, finishFollowUp, reopenFollowUp } from './decide-follow-up.ts';
import { callLevels, changeImpact, conditionsOf, raised } from './decide-impact.ts';
import { assertMay, assertTrusted, isProposal } from './decide-may.ts';
import { editNote, strikeNote } from './decide-note.ts';
import { decideReviewCanvas, finishReview, scheduleReview } from './decide-review.ts';
import { fire } from './decide-timer.ts';
import { postUpdate, snooze } from './decide-update.ts';
import { changeEvent, clip, event, MAX_TEXT, optional, person, required } from './deciding.ts';
import type { EventData, EventType, IncidentEvent } from './events.ts';
import { type Incident, isOpen, sayMergedInto } from './incident.ts';
import { mailsAfter } from './mails.ts';
import { answered, pageByPagerDuty, pagesAfter } from './pagerduty.ts';
import { decideReach } from './reach.ts';
import { decideItem, isItemTold } from './tracking.ts';

/**
 * What happens when somebody asks something of an incident: the events, in order. Pure.
 * @throws UserError with what to do next; `refusal` is set when the person's rights or the incident's state forbid it.
 */
export function decide(state: Incident | null, command: Command): readonly IncidentEvent[] {
  const events = insideDrill(state, decideAsked(state, command));
  return [...events, ...mailsAfter(state, events), ...pagesAfter(state, events)];
}

function decideAsked(state: Incident | null, command: Command): readonly IncidentEvent[] {
  if (command.by === null) {
    if (command.ask.type === 'declare') return declare(TOCSIN, command.ask);
    return state === null ? [] : decideSystem(state, command.ask, command.at);
  }
  const { by, ask, at } = command;
  assertTrusted(by);
  if (ask.type === 'declare') return declare(person(by), ask);
  if (state === null) throw new UserError('no-incident', 'There is no such incident. `/incident list` shows the open ones.');
  assertFits(state, ask.type);
  // Customers hear the end after it.
  const lasts = ask.type === 'approve' && state.plans[ask.plan]?.kind === 'notice';
  assertMay(state, by, ask.type, isProposal(state, ask), lasts);
  return decidePerson(state, by, ask, at);
}

/** The record of a refusal (ADR 1). It changes no state. */
export function refusal(incidentId: string, person: string, command: string, error: UserError): IncidentEvent {
  return {
    ...event({ kind: 'person', id: person }, incidentId, 'command.refused', {
      command,
      code: error.code,
      reason: clip(error.message, 500),
    }),
    outcome: 'refused',
  };
}

function decidePerson(state: Incident, by: Person, ask: Exclude<PersonCommand, { type: 'declare' }>, at: number): readonly IncidentEvent[] {
  if (isChangeAsk(ask)) return decideChange(state, by, ask, at);
  const say = <T extends EventType>(type: T, data: EventData[T]): IncidentEvent => event(person(by), state.id, type, data);
  switch (ask.type) {
    case 'acknowledge':
      return acknowledge(state, by, at);
    case 'assign':
      return assign(state, by, ask, at);
    case 'change-severity':
      if (ask.severity === state.severity) throw new UserError('same-severity', `The severity is already ${state.severity}.`);
      return [say('severity.changed', { from: state.severity, to: ask.severity, reason: required(ask.reason, 'a reason') })];
    case 'change-impact':
      return changeImpact(state, by, ask);
    case 'change-type':
      if (ask.incidentType === state.type) throw new UserError('same-type', `The type is already “${sayIncidentType(ask.incidentType)}”.`);
      return [say('type.changed', { from: state.type, to: ask.incidentType, reason: optional(ask.reason) })];
    case 'change-status':
      if (ask.status === state.status) throw new UserError('same-status', `The status is already ${state.status}.`);
      return [say('status.changed', { from: state.status, to: ask.status, note: optional(ask.note) })];
    case 'change-call':
      return changeCall(state, by, ask.url);
    case 'add-note':
      return [say('note.added', { text: required(ask.text, 'the text of the note') })];
    case 'edit-note':
      return editNote(state, by, ask);
    case 'strike-note':
      return strikeNote(state, by, ask);
    case 'pin-message':
      // By the shortcut, by a 📌 and by another person's 📌: one message is one entry.
      if (state.pinned.includes(`${ask.channel}:${ask.ts}`)) return [];
      return [
        say('message.pinned', {
          channel: ask.channel,
          ts: ask.ts,
          author: ask.author,
          text: clip(ask.text, MAX_TEXT) || '(no text)',
          permalink: ask.permalink,
        }),
      ];
    case 'post-update':
      return postUpdate(state, by, ask, at);
    case 'snooze':
      return snooze(state, by, ask, at);
    case 'escalate':
      return [escalate(state, person(by), required(ask.reason, 'a reason'), 'person')];
    case 'page':
      return [callNamed(state, by, ask)];
    case 'page-on-call':
      return pageByPagerDuty(state, by, ask.reason);
    case 'tick':
      return tick(state, by, ask);
    case 'add-follow-up':
      return addFollowUp(state, by, ask, at);
    case 'schedule-review':
      return scheduleReview(state, by, ask, at);
    case 'finish-review':
      return finishReview(state, by);
    case 'finish-follow-up':
      return finishFollowUp(state, by, ask.number);
    case 'reopen-follow-up':
      return reopenFollowUp(state, by, ask.number);
    case 'merge':
      return merge(state, by, ask);
    case 'absorb':
      return [say('incident.absorbed', { from: ask.from, private: ask.private, ...(ask.private ? {} : { title: ask.title }) })];
    case 'resolve':
      return [
        ...voidedByResolving(state, ask.voids === true).map((one) => changeEvent(person(by), state.id, one)),
        say('incident.resolved', resolvedBy(ask)),
      ];
    case 'reopen':
      return reopen(state, by, ask.reason);
    case 'close':
      return close(state, by);
    case 'answer-drill':
    case 'sign-off-drill':
    case 'finish-drill':
      return decideDrill(state, by, ask);
    default:
      return assertNever(ask);
  }
}

/** Asks about change and approval. An emergency is escalated at once, before anybody has approved it (AU-43). */
function decideChange(state: Incident, by: Person, ask: Parameters<typeof decideChangeAsk>[2], at: number): readonly IncidentEvent[] {
  const events = decideChangeAsk(state, by, ask, at).map((one) => changeEvent(person(by), state.id, one));
  if (ask.type !== 'request-remedy' || ask.risk !== 'emergency') return events;
  return [...events, escalate(state, person(by), `Emergency change asked for: ${ask.title}.`, 'person')];
}

/** A revert that fails goes to the next in line each time: it is never given up and never silent (ADR 8). */
function tellChange(state: Incident, actor: Actor, told: ChangeEvent): readonly IncidentEvent[] {
  const events = decideChangeEvent(state, told).map((one) => changeEvent(actor, state.id, one));
  if (told.type !== 'revert.failed') return events;
  const title = state.plans[told.data.plan]?.title ?? told.data.plan;
  return [...events, escalate(state, actor, `Reverting “${title}” failed (try ${told.data.attempt}): ${told.data.error}`, 'person')];
}

function decideSystem(state: Incident, ask: SystemCommand, at: number): readonly IncidentEvent[] {
  if (isItemTold(ask)) return decideItem(state, ask);
  switch (ask.type) {
    case 'declare':
      return [];
    case 'request-diagnosis':
      return isOpen(state) ? [changeEvent(TOCSIN, state.id, { type: 'diagnosis.requested', data: requested(ask) })] : [];
    case 'room-created':
      if (state.room !== null) return [];
      return [event(TOCSIN, state.id, 'room.created', { channel: ask.channel, thread_ts: ask.threadTs, ...(ask.note ? { note: ask.note } : {}) })];
    case 'people-called':
    case 'person-reached':
    case 'person-mailed':
    case 'room-archived':
    case 'room-lost':
    case 'canvas-created':
    case 'canvas-left':
      return decideReach(state, ask).map(({ type, data, outcome }) => ({ ...event(TOCSIN, state.id, type, data), outcome }));
    case 'review-drafted':
    case 'review-undrafted':
    case 'review-opened':
      return decideReviewCanvas(state, ask);
    case 'nobody-reached':
      return isOpen(state) && !isLastInLine(state) ? [escalate(state, TOCSIN, ask.reason, 'unreached')] : [];
    case 'mail-sent':
      return [event(TOCSIN, state.id, 'mail.sent', ask.data)];
    case 'mail-failed':
      return [{ ...event(TOCSIN, state.id, 'mail.failed', ask.data), outcome: 'failed' }];
    case 'pagerduty-sent':
      return [event(TOCSIN, state.id, 'pagerduty.sent', ask.data)];
    case 'pagerduty-failed':
      return [{ ...event(TOCSIN, state.id, 'pagerduty.failed', ask.data), outcome: 'failed' }];
    case 'pagerduty-dropped':
      return [event(TOCSIN, state.id, 'pagerduty.dropped', ask.data)];
    case 'pagerduty-answered':
      return answered(state, ask.data);
    case 'card-posted':
      if (state.cards.some((card) => card.channel === ask.channel && card.ts === ask.ts)) return [];
      return [event(TOCSIN, state.id, 'card.posted', { channel: ask.channel, ts: ask.ts })];
    case 'message-failed':
      return [
        {
          ...event(TOCSIN, state.id, 'message.failed', { key: ask.key, template: ask.template, error: clip(ask.error, 300) }),
          outcome: 'failed',
        },
      ];
    case 'resolved-by-remedy':
      return isOpen(state) && state.drill === undefined && pendingOf(state) === null
        ? [event(TOCSIN, state.id, 'incident.resolved', { summary: ask.summary })]
        : [];
    case 'attach-alert':
      return [event(ask.by === null ? TOCSIN : { kind: 'person', id: ask.by }, state.id, 'alert.attached', ask.data)];
    case 'packed':
      return [event(TOCSIN, state.id, 'evidence.packed', { number: ask.number, records: ask.records })];
    case 'completion':
      return decideCompletion(state, ask.plan, ask.people).map((one) => changeEvent(TOCSIN, state.id, one));
    case 'change':
      return tellChange(state, TOCSIN, ask.event);
    case 'timer':
      return fire(state, ask.timer, at);
    default:
      return assertNever(ask);
  }
}

function declare(by: Actor, ask: Declaration): readonly IncidentEvent[] {
  const severity = ask.customerImpact === true ? raised(ask.severity, ask.policy.customer_impact_severity) : ask.severity;
  const customerImpact = ask.customerImpact ?? false;
  const conditions = conditionsOf({ customerImpact, dataExposure: false });
  return [
    event(by, 'new', 'incident.declared', {
      title: clip(required(ask.title, 'a summary'), 200),
      service: ask.service,
      service_name: ask.serviceName,
      type: optional(ask.incidentType),
      component: optional(ask.component),
      severity,
      impact: optional(ask.impact),
      customer_impact: customerImpact,
      private: ask.private ?? ask.incidentType === SECURITY_BREACH,
      detected: ask.detected === undefined || ask.detected === null ? null : toIso(ask.detected),
      status_page: optional(ask.statusPage),
      policy: ask.drill === undefined ? ask.policy : drillPolicy(ask.policy),
      ...(ask.beside === undefined || ask.beside.length === 0 ? {} : { beside: ask.beside }),
      ...(ask.drill === undefined ? {} : { drill: ask.drill }),
    }),
    ...callLevels({ id: 'new', policy: ask.policy, escalation: { level: 0, nextAt: null } }, conditions, by),
  ];
}

export function merge(
  state: Incident,
  by: Person,
  { into, room, private: isHidden = false }: Extract<PersonCommand, { type: 'merge' }>,
): readonly IncidentEvent[] {
  if (into === state.id)
    throw new UserError('merge-self', 'An incident cannot be merged into itself. Name the other one; `/incident list` shows the open ones.');
  if (state.status === 'closed') throw refuse('closed', `${state.id} is closed. Reopen it before merging it.`);
  // Whoever reads the other one would read this one.
  if (state.private && !isHidden)
    throw refuse(
      'merge-private',
      `${state.id} is private and ${into} is not, so ${state.id} cannot be merged into it. Tell ${into} what may be known: \`/incident note ${into} text\`. Then \`/incident resolve ${state.id} text\` and \`/incident close ${state.id}\`.`,
    );
  assertNothingPending(state, 'merged');
  const hidden = isHidden && !state.private;
  return [event(person(by), state.id, 'incident.merged', { into, ...(room === undefined ? {} : { room }), ...(hidden ? { hidden } : {}) })];
}

export function reopen(state: Incident, by: Person, reason: string): readonly IncidentEvent[] {
  if (state.mergedInto !== null) throw refuse('merged', `${state.id} was merged into ${sayMergedInto(state)}: work continues there.`);
  if (isOpen(state)) throw new UserError('not-resolved', `${state.id} is already open.`);
  // A text about the end is true no more.
  const voided = voidedNotices(state, `${state.id} was reopened`).map((one) => changeEvent(person(by), state.id, one));
  return [...voided, event(person(by), state.id, 'incident.reopened', { reason: required(reason, 'a reason'), paged: true })];
}

export function close(state: Incident, by: Person): readonly IncidentEvent[] {
  if (state.status === 'closed') throw new UserError('closed', `${state.id} is already closed.`);
  if (state.status !== 'resolved')
    throw refuse('not-resolved', `${state.id} is not resolved yet. \`/incident resolve what fixed it\` first, then close it.`);
  assertNothingPending(state, 'closed');
  const items = checklistOf(state);
  const open_items = items.filter((item) => !isDone(item)).length;
  return [event(person(by), state.id, 'incident.closed', { open_items, items: items.length })];
}

/** An incident does not end while something of it still waits to be approved or reverted (docs/explanation/security.md#approvals). */
function assertNothingPending(state: Incident, how: string): void {
  const pending = pendingOf(state);
  if (pending === null) return;
  throw refuse('change-pending', `${state.id} cannot be ${how} yet because of “${pending.title}”: ${pending.standing}. ${pending.next}`);
}
