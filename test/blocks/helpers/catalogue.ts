import type { ModalView } from '@slack/types';
import { catchUp } from '../../../blocks/catch-up.ts';
import * as checklists from '../../../blocks/checklist.ts';
import { figures } from '../../../blocks/figures.ts';
import { handoffModal } from '../../../blocks/handoff.ts';
import { itemList, overdueList } from '../../../blocks/items.ts';
import type { Message } from '../../../blocks/kit.ts';
import * as modals from '../../../blocks/modals.ts';
import * as replies from '../../../blocks/replies.ts';
import { reviewModal } from '../../../blocks/review.ts';
import { render } from '../../../blocks/templates.ts';
import type { FollowUp } from '../../../src/domain/change/plans.ts';
import type { SystemCommand } from '../../../src/domain/incident/commands.ts';
import type { EventType, IncidentRecord } from '../../../src/domain/incident/events.ts';
import { figuresOf, type IncidentFigures, periodFigures } from '../../../src/domain/incident/figures.ts';
import type { Incident } from '../../../src/domain/incident/incident.ts';
import type { Json } from '../../../src/domain/record.ts';
import { ada, declaring, Life, MINUTE, policy, START } from '../../domain/helpers/incidents.ts';
import { alertMessages } from './alerts.ts';
import { boards } from './boards.ts';
import { calledMessages } from './called.ts';
import { ChangeLife, changeAnswers, changeMessages, holders, PLAN, security } from './changes.ts';
import { drillMessages } from './drills.ts';
import { noticeMessages } from './notices.ts';
import { roomMessages } from './rooms.ts';

/** What people say in the catalogue's incidents. */
export interface Words {
  readonly title: string;
  readonly service: string;
  /** What a remedy is called. */
  readonly remedy: string;
  /** Impact, situation, reasons, notes, and all else that may be long. */
  readonly text: string;
  /** How many of everything: incidents in a list, items of a checklist, services. */
  readonly many: number;
}

export interface Entry {
  readonly name: string;
  readonly kind: 'message' | 'modal' | 'home';
  readonly shown: Message | ModalView;
}

/** The person who reads. */
const VIEWER = ada.id;

/** Every message and modal of Tocsin, with these words in them. */
export function catalogue(words: Words): readonly Entry[] {
  return [
    ...messages(words),
    ...reachMessages(words),
    ...roomMessages(words),
    ...cancelledMessages(words),
    ...calledMessages(words),
    ...alertMessages(words),
    ...changeMessages(words),
    ...noticeMessages(words),
    ...drillMessages(words),
    ...boards(words),
    ...answers(words),
    ...changeAnswers(words),
    ...forms(words),
  ];
}

function messages(words: Words): Entry[] {
  const life = fresh(words);
  const entries: Entry[] = [];
  const show = (name: string, template: string, type: EventType | null = null) => {
    const record = type === null ? null : (life.records.findLast((one) => one.type === type) ?? null);
    entries.push({
      name,
      kind: 'message',
      shown: render(template, {
        incident: life.incident,
        record,
        now: life.at,
        data: {},
        holders,
        evidence: 's3://evidence/tocsin',
        reporter: 'Ada Lovelace',
      }),
    });
  };
  show('card', 'card');
  show('welcome', 'welcome');
  life.at += 8 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'acknowledgement-reminder' } } });
  show('acknowledgement-reminder', 'acknowledgement-reminder', 'acknowledgement.reminded');
  life.at = START + 16 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'acknowledgement-breach' } } });
  show('breach-acknowledgement', 'breach', 'breach.recorded');
  show('escalated-unacknowledged', 'escalated', 'incident.escalated');
  show('card-unacknowledged', 'card');
  life.ask({ type: 'acknowledge' });
  show('welcome-acknowledged', 'welcome');
  show('acknowledgement-reminder-done', 'acknowledgement-reminder', 'acknowledgement.reminded');
  show('event-acknowledged', 'event', 'incident.acknowledged');
  show('event-role', 'event', 'role.assigned');
  life.ask({ type: 'assign', role: 'incident-commander', user: 'U0GRACE', handoff: true, note: words.text });
  show('event-handoff', 'event', 'role.assigned');
  life.ask({ type: 'change-impact', impact: words.text, customerImpact: true, dataExposure: true });
  show('event-impact', 'event', 'impact.changed');
  life.ask({ type: 'change-severity', severity: 'P0', reason: words.text });
  show('event-severity', 'event', 'severity.changed');
  life.ask({ type: 'change-status', status: 'identified', note: words.text });
  show('event-status', 'event', 'status.changed');
  life.ask({ type: 'add-note', text: words.text });
  show('event-note', 'event', 'note.added');
  life.ask({ type: 'pin-message', channel: 'C0ROOM', ts: '1.2', author: 'U0GRACE', text: words.text, permalink: null });
  show('event-pin', 'event', 'message.pinned');
  life.at = START + 25 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'update-offer' } } });
  show('update-draft', 'update-draft', 'update.offered');
  life.at = START + 30 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'update-reminder' } } });
  show('update-reminder', 'update-reminder', 'update.reminded');
  life.at = START + 35 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'update-breach' } } });
  show('breach-update', 'breach', 'breach.recorded');
  show('escalated-update', 'escalated', 'incident.escalated');
  show('update-automatic', 'update', 'update.posted');
  show('update-draft-late', 'update-draft', 'update.offered');
  life.ask({ type: 'snooze', ms: 15 * MINUTE, reason: words.text });
  show('event-snooze', 'event', 'update.snoozed');
  show('card-late-and-snoozed', 'card');
  life.ask({
    type: 'post-update',
    situation: words.text,
    impact: words.text,
    nextSteps: words.text,
    eta: words.text,
    actions: [words.text, words.text],
    status: 'monitoring',
  });
  show('update-posted', 'update', 'update.posted');
  show('update-draft-done', 'update-draft', 'update.offered');
  show('update-reminder-done', 'update-reminder', 'update.reminded');
  life.ask({ type: 'escalate', reason: words.text });
  show('escalated-by-person', 'escalated', 'incident.escalated');
  life.ask({ type: 'absorb', from: 'INC-2026-0002', private: false, title: words.title });
  show('event-absorbed', 'event', 'incident.absorbed');
  life.ask({ type: 'resolve', summary: words.text });
  show('milestone-resolved', 'milestone', 'incident.resolved');
  show('resolution', 'resolution', 'incident.resolved');
  show('summary', 'summary', 'incident.resolved');
  show('card-resolved', 'card');
  const over = life.at;
  show('review-asked', 'review', 'incident.resolved');
  life.at += 24 * 60 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'review-reminder' } } });
  show('review-reminded', 'review', 'review.reminded');
  life.at += 24 * 60 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'review-breach' } } });
  show('breach-review-unscheduled', 'breach', 'breach.recorded');
  life.ask({ type: 'schedule-review', when: life.at + 60 * MINUTE, who: 'U0GRACE' });
  show('review-scheduled', 'review', 'incident.resolved');
  life.at += 60 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'review-reminder' } } });
  show('review-begins', 'review', 'review.reminded');
  life.at += 24 * 60 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'review-breach' } } });
  show('breach-review-not-held', 'breach', 'breach.recorded');
  life.ask({ type: 'finish-review' });
  show('review-held', 'review', 'incident.resolved');
  life.give({
    at: life.at,
    by: null,
    ask: { type: 'review-drafted', channel: 'C0ROOM', canvas: 'F0', link: LINK_OF_DRAFT, access: 'restricted_action' },
  });
  show('event-review-drafted', 'event', 'review.drafted');
  show('review-held-drafted', 'review', 'incident.resolved');
  life.at = over;
  life.ask({ type: 'add-follow-up', text: words.text, owner: 'U0GRACE', due: '2026-12-10' });
  show('event-item-added', 'event', 'follow-up.added');
  life.ask({ type: 'tick', item: '1', done: true });
  show('event-ticked', 'event', 'checklist.ticked');
  life.ask({ type: 'reopen', reason: words.text });
  show('milestone-reopened', 'milestone', 'incident.reopened');
  show('reopened', 'reopened', 'incident.reopened');
  show('page-reopened', 'page', 'incident.reopened');
  show('card-reopened', 'card');
  life.ask({ type: 'resolve', summary: words.text });
  life.ask({ type: 'close' });
  show('milestone-closed', 'milestone', 'incident.closed');
  show('milestone-resolved-then-closed', 'milestone', 'incident.resolved');
  show('card-closed', 'card');
  return entries;
}

function answers(words: Words): Entry[] {
  const life = busy(words);
  const { incident, records, at } = life;
  const many = Array.from({ length: words.many }, (_, index) => ({
    ...(index % 2 === 0 ? incident : fresh(words).incident),
    id: `INC-2026-${String(index + 1).padStart(4, '0')}`,
  }));
  const lines = Array.from({ length: words.many }, (_, index) => ({ usage: `verb${index} [text]`, summary: 'Does what it says.' }));
  const long: Incident = {
    ...incident,
    policy: { ...policy, checklist: Array.from({ length: words.many }, (_, index) => ({ id: String(index + 1), text: words.text })) },
  };
  const message = (name: string, shown: Message): Entry => ({ name, kind: 'message', shown });
  return [
    message('items', itemList(withItems(incident, words), START)),
    message('items-none', itemList(incident, START)),
    message('overdue', overdueList([withItems(incident, words)], START)),
    message('overdue-none', overdueList([incident], START)),
    message('declared', replies.declared(incident, null)),
    message('declared-beside-one', replies.declared(incident, null, many.slice(0, 1))),
    message('declared-beside-many', replies.declared(incident, null, many)),
    message('declared-in-thread-mode', replies.declared(incident, 'C0INC')),
    message('status', replies.status(incident, at)),
    message('catch-up', catchUp(incident, records, at)),
    message('catch-up-at-first', catchUp(fresh(words).incident, [], START)),
    message('timeline', replies.timeline(incident, Array.from({ length: words.many }, () => records).flat())),
    message('list', replies.list(many, many.length, at)),
    message('list-of-more', replies.list(many, 10_123, at)),
    message('list-empty', replies.list([], 0, at)),
    message('checklist', checklists.checklist(long)),
    message('checklist-item', checklists.checklistItem(long, '1')),
    message('figures', figuresFor(words, many.map(figuresOf))),
    message('figures-none', figuresFor(words, [])),
    message('closed', replies.closed(long) ?? checklists.checklist(long)),
    message('picker', replies.picker(many, 'inbox-1')),
    message('picker-empty', replies.picker([], 'inbox-1')),
    message('help', replies.help('/incident', lines, 'note INC-2026-0001 text')),
    message('problem', replies.problem('There is no such incident.')),
    { name: 'home', kind: 'home', shown: replies.home(many, VIEWER, at) },
    { name: 'home-changes', kind: 'home', shown: homeWithChanges(words) },
    { name: 'home-empty', kind: 'home', shown: replies.home([], VIEWER, at) },
  ];
}

function figuresFor(words: Words, all: readonly IncidentFigures[]): Message {
  const [before, days] = [START + 30 * 24 * 60 * MINUTE, 30];
  const [period, earlier] = [periodFigures(all), periodFigures(all.slice(1))];
  return figures({ from: START, before, days, service: all.length === 0 ? words.service : null, period, earlier });
}

function homeWithChanges(words: Words): Message {
  const waiting = new ChangeLife(words);
  waiting.request();
  waiting.plan();
  const force = new ChangeLife(words);
  force.request();
  force.plan();
  force.ask({ type: 'approve', plan: PLAN }, security);
  force.apply();
  force.inForce();
  const other = { ...waiting.incident, id: 'INC-2026-0002' };
  const waits = [{ incident: other, plan: waiting.current, steps: [], mine: true }];
  return replies.home([force.incident, other], VIEWER, force.at, { pending: [force.incident, other], waiting: waits });
}

function forms(words: Words): Entry[] {
  const { incident } = busy(words);
  const services = Array.from({ length: words.many }, (_, index) => ({ id: `service-${index}`, name: words.service, policy: {} }));
  const form = (name: string, shown: ModalView): Entry => ({ name, kind: 'modal', shown });
  return [
    form('modal-declare', modals.declareModal(services, { severity: 'P1', summary: words.title, service: 'service-0' })),
    form('modal-declare-empty', modals.declareModal(services, {})),
    form('modal-update', modals.updateModal(incident, START)),
    form('modal-review', reviewModal(incident, 'U0ADA')),
    form('modal-assign', modals.assignModal(incident)),
    form(
      'modal-handoff',
      handoffModal(
        incident,
        {
          user: 'U0GRACE',
          note: words.text,
          handedOver: { plans: [PLAN], in_force: [], update_due: '2026-11-21T08:30:00.000Z' },
          insteadOf: '<!subteam^S0SRE>',
          away: words.text,
        },
        START,
      ),
    ),
    form('modal-severity', modals.severityModal(incident)),
    form('modal-impact', modals.impactModal(incident)),
    form('modal-status', modals.statusModal(incident)),
    form('modal-snooze', modals.snoozeModal(incident)),
    form('modal-text', modals.textModal('incident.resolve', 'Resolve', 'Resolve', 'What resolved it?', incident)),
    form('modal-pin', modals.pinModal([incident], { channel: 'C0ROOM', ts: '1.2', author: 'U0GRACE', text: words.text })),
  ];
}

/** What people and rooms get when they are called, cannot be reached, or are lost. */
function reachMessages(words: Words): Entry[] {
  const life = fresh(words);
  const show = (name: string, template: string, data: Json = {}, record: IncidentRecord | null = life.records.at(-1) ?? null): Entry => ({
    name,
    kind: 'message',
    shown: render(template, {
      incident: life.incident,
      record,
      now: life.at,
      data,
      holders,
      evidence: 's3://evidence/tocsin',
      reporter: 'Ada Lovelace',
    }),
  });
  const tell = (ask: SystemCommand) => life.give({ at: life.at, by: null, ask });
  const entries = [show('page', 'page'), show('call', 'call', { user: 'U0ALAN' })];
  tell({ type: 'people-called', page: 'p', who: { usergroup: 'S0SRE' }, users: [], error: 'no_such_subteam' });
  entries.push(show('unreached-group', 'unreached'));
  tell({ type: 'person-reached', page: 'p', user: 'U0ALAN', way: null, refused: [{ way: 'direct-message', error: 'user_disabled' }] });
  entries.push(show('unreached-person', 'unreached'));
  const undelivered = { kind: 'person', user: 'U0ALAN', what: 'update-reminder', error: 'missing_scope: im:write' };
  entries.push(show('undelivered', 'undelivered', undelivered));
  tell({ type: 'room-lost', channel: 'C0ROOM', reason: 'is_archived' });
  entries.push(show('room-lost', 'room-lost'));
  tell({ type: 'room-created', channel: 'C0NEW', threadTs: null, note: '<#C0ROOM> can no longer be used: it is archived (is_archived).' });
  entries.push(show('welcome-elsewhere', 'welcome'));
  life.ask({ type: 'acknowledge' });
  return [...entries, show('page-acknowledged', 'page')];
}

/** It was no incident. */
function cancelledMessages(words: Words): Entry[] {
  const life = fresh(words);
  life.at += 3 * MINUTE;
  life.ask({ type: 'resolve', summary: words.text, cancels: true });
  const record = life.records.findLast(({ type }) => type === 'incident.resolved') ?? null;
  const scene = { incident: life.incident, record, now: life.at, data: {}, holders, evidence: 's3://evidence/tocsin', reporter: 'Ada Lovelace' };
  return (['card', 'milestone', 'resolution', 'summary'] as const).map((template) => ({
    name: `${template}-cancelled`,
    kind: 'message',
    shown: render(template, scene),
  }));
}

/** With more action items than a message shows, most of them overdue, and one that is done. */
function withItems(incident: Incident, words: Words): Incident {
  const item = { text: words.text, plan: null, by: 'U0ADA', at: START };
  const overdue = { ...item, owner: 'U0GRACE', due: '2026-11-20' };
  const issue = { tracker: 'github', id: '7', key: 'acme/shop#12', url: 'https://github.com/acme/shop/issues/12', done: true, at: START } as const;
  const tracked: FollowUp = { ...item, priority: 'high', issue, done: { by: 'tocsin', at: START, there: 'in GitHub by @grace' } };
  return { ...incident, followUps: [{ ...item, done: { by: 'U0ADA', at: START } }, tracked, ...Array.from({ length: words.many }, () => overdue)] };
}

const LINK_OF_DRAFT = 'https://acme.slack.com/docs/T0ACME/F0DRAFT';
const REVIEW = { ms: 48 * 60 * MINUTE };

/** Declared, with its room; nobody has done anything yet. */
function fresh(words: Words): Life {
  const life = new Life();
  life.ask(
    declaring('P1', {
      title: words.title,
      serviceName: words.service,
      component: words.text,
      impact: words.text,
      statusPage: 'https://status.example.com/aureus',
      policy: { ...policy, review_within: { P0: REVIEW, P1: REVIEW, P2: REVIEW, P3: REVIEW } },
    }),
  );
  life.give({ at: life.at, by: null, ask: { type: 'room-created', channel: 'C0ROOM', threadTs: null } });
  return life;
}

/** In the middle of it: acknowledged, noted, one item ticked. */
function busy(words: Words): Life {
  const life = fresh(words);
  life.at += MINUTE;
  life.ask({ type: 'acknowledge' });
  life.ask({ type: 'add-note', text: words.text });
  life.ask({ type: 'tick', item: '1', done: true });
  life.at += MINUTE;
  return life;
}
