import type { KnownBlock } from '@slack/types';
import { runbooksToUpdate } from '../src/domain/change/runbooks-to-update.ts';
import type { Contact } from '../src/domain/contacts.ts';
import type { IncidentRecord } from '../src/domain/incident/events.ts';
import { tookCommand } from '../src/domain/incident/handover.ts';
import { type Incident, isOpen, pagedSince } from '../src/domain/incident/incident.ts';
import { calledBy, namedIn, respondersOf } from '../src/domain/incident/line.ts';
import { mention, sayCallee } from '../src/domain/mentions.ts';
import type { EVENT_MESSAGE, ShownOf } from '../src/domain/messages/messages.ts';
import { noticeWaitsFor } from '../src/domain/notice/decide.ts';
import type { Breach } from '../src/domain/records/data/updates.ts';
import { plural } from '../src/lib/plural.ts';
import { sayDuration } from '../src/lib/time.ts';
import { staysInForce } from './approvals.ts';
import { contactsBelow } from './contacts.ts';
import { wrapUp } from './incident-card.ts';
import { callLine, sayAcknowledgeBy, sayInHand, sayRefused, sayRoom, saySeverity, sayStatus, sinceThen } from './incident-words.ts';
import { actions, button, context, type Message, message, section } from './kit.ts';
import { guarded, safe, sentence } from './outside.ts';
import { sayRecord } from './record-words.ts';
import { reviewMissed } from './review.ts';
import { clamp, clocked, user, when } from './text.ts';

/**
 * The first message of an incident's room: who is called and what to do first, and what else can be done here. Acknowledge is on the card above it. Once
 * somebody has it in hand, that stands below.
 */
export function welcome(incident: Incident, now: number, note: string | null = null, call: string | null = null): Message {
  const { id } = incident;
  const called = respondersOf(incident)
    .map((who) => sayCallee(who, incident.onCall))
    .join(' ');
  const { dueAt } = incident.acknowledgement;
  return message(`${id} ${incident.severity} ${safe(incident.serviceName)}: ${safe(incident.title)}`, [
    ...(note === null ? [] : [section(`:information_source: ${sentence(note)}`)]),
    section(dueAt === null ? `Called: ${called}.` : callOut(called, dueAt)),
    ...(dueAt === null ? [sinceThen(sayInHand(incident, now))] : []),
    ...callLine(incident, call),
    context(
      '`/incident` in this channel means this incident; `/incident help` lists what it can do. A :pushpin: on a message puts it on the timeline.',
    ),
    actions('welcome', [
      button('Add note', 'incident.note', id),
      button('Impact', 'incident.impact', id),
      button('Status', 'incident.status', id),
      button('Severity', 'incident.severity', id),
    ]),
  ]);
}

function callOut(called: string, due: number): string {
  return `${called} Acknowledge by ${when(due)}: the first to do so takes command.`;
}

/** In the room: it is open again, and the responders are called as at the declaration. Once somebody has it in hand, that stands below. */
export function reopened(incident: Incident, record: Extract<IncidentRecord, { type: 'incident.reopened' }>, now: number): Message {
  const { id } = incident;
  const { dueAt } = incident.acknowledgement;
  const called = respondersOf(incident)
    .map((who) => sayCallee(who, incident.onCall))
    .join(' ');
  const lead = section(`:leftwards_arrow_with_hook: *Reopened*: ${user(record.actor.id)} reopened *${id}*: ${safe(record.data.reason)}`);
  const text = `Reopened: ${id} ${incident.severity} ${safe(incident.title)}`;
  if (dueAt === null) return message(text, [lead, sinceThen(sayInHand(incident, now))]);
  return message(text, [
    lead,
    section(`${called} It has to be acknowledged again. ${sayAcknowledgeBy(incident, dueAt)}`),
    actions('reopened', [button('Acknowledge', 'incident.ack', id, { style: 'primary' }), button('Diagnose', 'runbook.pick', id)]),
  ]);
}

/** One record as one quiet line. `apart`: outside of the incident's room, with the way there. `unreached`: who should have been told of it alone. */
export function eventLine(
  incident: Incident,
  record: IncidentRecord,
  { apart, unreached }: ShownOf<typeof EVENT_MESSAGE> = { apart: false },
): Message {
  const text = ticked(incident, record) ?? inCommand(incident, record) ?? sayRecord(record, incident.plans) ?? record.type;
  const said = clocked(sentence(text));
  if (!apart) return message(clocked(text), [context(said)]);
  const where = [`*${incident.id}*`, saySeverity(incident.severity), safe(incident.serviceName), safe(incident.title), sayRoom(incident)];
  const others =
    unreached === undefined
      ? []
      : [
          section(
            `:warning: This did not reach ${user(unreached.user)}: ${sayRefused(unreached.error)}. Tell them another way, or let somebody else take it.`,
          ),
        ];
  return message(`${incident.id}: ${clocked(text)}`, [section(said), ...others, context(where.filter((part) => part !== null).join('  ·  '))]);
}

/** The first alert of its kind, as its line says it, and how many more there are by now: they are told in its thread, or in the one that is the room. */
export function attachedAlerts(incident: Incident, record: IncidentRecord): Message {
  const line = eventLine(incident, record);
  const more = (incident.alerts?.find(({ first }) => first === record.event_id)?.count ?? 1) - 1;
  if (more < 1) return line;
  const where = incident.room?.threadTs ? 'further down in this thread' : 'in the thread of this message';
  const said = `${plural(more, 'more alert belongs', 'more alerts belong')} to this incident. ${more === 1 ? 'It is' : 'They are'} ${where}.`;
  return { ...line, blocks: [...(line.blocks ?? []), sinceThen(said)] };
}

/** Who took the command by acknowledging: one click is one line. */
function inCommand(incident: Incident, record: IncidentRecord): string | null {
  const { acknowledged } = incident.milestones;
  if (record.type !== 'role.assigned' || acknowledged === null || !tookCommand(incident, record)) return null;
  const who = mention(record.data.user);
  const took = sayDuration(acknowledged - pagedSince(incident));
  return sayRecord(record, incident.plans)?.replace(who, `${who} acknowledged after ${took} and`) ?? null;
}

/** A ticked item by its words, where the record is of a release that kept its number only. */
function ticked(incident: Incident, record: IncidentRecord): string | null {
  if (record.type !== 'checklist.ticked' || record.data.text !== undefined) return null;
  const item = incident.policy.checklist.find(({ id }) => id === record.data.item);
  return item === undefined ? null : `${user(record.actor.id)} ${record.data.done ? 'ticked' : 'unticked'} “${guarded(item.text)}”`;
}

/** A breach, plainly (AU-01: a breach is shown and escalated). Where somebody is called for it, that message says it. */
export function breach(incident: Incident, data: Breach): Message {
  if (data.target === 'review') return reviewMissed(incident, Date.parse(data.due));
  const isCalled = incident.drill === undefined && isOpen(incident);
  const next = isCalled ? 'It is recorded and escalated to the next in line.' : 'It is recorded.';
  const drill = incident.drill === undefined ? '' : ' In a drill nobody is called.';
  return message(breachTitle(incident, data), [section(`${sayBreach(incident, data)} ${next}${drill}${sayNoticeNext(incident, data)}`)]);
}

function breachTitle({ id }: Incident, { target }: Breach): string {
  if (target === 'notice') return `Breach: the notice to customers about ${id} is late`;
  return `Breach: ${id} was not ${target === 'acknowledgement' ? 'acknowledged' : 'updated'} in time`;
}

function sayBreach({ id }: Incident, { target, due, late_ms: late }: Breach): string {
  const at = when(Date.parse(due));
  if (target === 'notice') return `:rotating_light: *Breach*: the notice to customers about *${id}* was due ${at}, ${sayDuration(late)} ago.`;
  const what = target === 'acknowledgement' ? 'acknowledged' : 'updated';
  return `:rotating_light: *Breach*: *${id}* was not ${what} by ${at}${late >= 60_000 ? `, ${sayDuration(late)} late` : ''}.`;
}

/** Customers wait for a notice: what to do about it. */
function sayNoticeNext(incident: Incident, { target }: Breach): string {
  if (target !== 'notice') return '';
  return noticeWaitsFor(incident) === null ? ' `/incident notice` writes it.' : ' A text waits for approval: `/approvals`.';
}

/** Who was called next, and why: a breach that called them is said first. In the room and, with buttons, to the person. */
export function escalated(
  incident: Incident,
  data: Extract<IncidentRecord, { type: 'incident.escalated' }>['data'],
  by: string | null,
  contacts: readonly Contact[] = [],
  link: string | null = null,
): Message {
  const { id } = incident;
  const from = by === null ? '' : ` by ${user(by)}`;
  const what = [saySeverity(incident.severity), safe(incident.serviceName), safe(incident.title), sayRoom(incident)].filter((part) => part !== null);
  const next =
    incident.milestones.acknowledged === null
      ? [button('Acknowledge', 'incident.ack', id, { style: 'primary' }), button('Post update', 'incident.update', id)]
      : [button('Post update', 'incident.update', id, { style: 'primary' })];
  const called = calledBy(data)
    .map((who) => sayCallee(who, incident.onCall))
    .join(' ');
  const { breach: missed } = data;
  const title = `${missed === undefined ? `${id} is escalated` : breachTitle(incident, missed)}: ${safe(incident.title)}`;
  const call = `:arrow_up: ${called}: *${id}* ${sayHow(data)}${from}.`;
  return message(title, [
    section(
      missed === undefined
        ? `${call}\n*Why*: ${safe(data.reason)}`
        : `${sayBreach(incident, missed)} It is recorded.\n${call}${sayNoticeNext(incident, missed)}`,
    ),
    context(what.join('  ·  ')),
    ...callLine(incident, link),
    ...contactsBelow(contacts),
    actions('escalated', [...next, button('Timeline', 'incident.timeline', id)]),
  ]);
}

function sayHow({ cause, to }: Extract<IncidentRecord, { type: 'incident.escalated' }>['data']): string {
  if (cause === 'named') return 'needs you. You are called';
  return to === undefined ? 'is escalated to you' : `is escalated to you as level ${to.slice(1)}`;
}

/** Half of the acknowledgement target is over. `due`: the target, `at`: when it was said (ms). It stays as it was; what happened since stands below. */
export function acknowledgementReminder(incident: Incident, due: number, now: number, at: number): Message {
  const called = respondersOf(incident)
    .map((who) => sayCallee(who, incident.onCall))
    .join(' ');
  const text = `${incident.id}: nobody had acknowledged at ${when(at)}`;
  // A drill calls nobody.
  const said = `${called === '' ? 'Nobody' : `${called}: nobody`} had acknowledged *${incident.id}* at ${when(at)}. Target: ${when(due)}.`;
  const lead = section(`:alarm_clock: ${said}`);
  if (incident.acknowledgement.dueAt === null) return message(text, [lead, sinceThen(sayInHand(incident, now))]);
  return message(text, [lead, actions('acknowledgement', [button('Acknowledge', 'incident.ack', incident.id, { style: 'primary' })])]);
}

const MILESTONE_MARKS: Readonly<Partial<Record<IncidentRecord['type'], string>>> = {
  'incident.resolved': sayMark('resolved'),
  'incident.closed': sayMark('closed'),
  'incident.reopened': ':leftwards_arrow_with_hook:',
  'incident.merged': ':twisted_rightwards_arrows:',
};

function sayMark(status: 'resolved' | 'closed'): string {
  return sayStatus(status).split(' ')[0] ?? '';
}

/** Resolved, reopened, merged, closed: the lines that everybody follows. While resolved, with the way to the end. */
export function milestone(incident: Incident, record: IncidentRecord): Message {
  const text = sayRecord(record) ?? record.type;
  const took =
    record.type === 'incident.resolved' && record.data.cancelled === undefined
      ? ` It took ${sayDuration(Date.parse(record.time) - incident.milestones.declared)}.`
      : '';
  const mark = MILESTONE_MARKS[record.type] ?? '';
  const stop = /[.!?]$/.test(text) ? '' : '.';
  return message(`${incident.id}: ${text}`, [
    section(`${mark} *${incident.id}* ${safe(incident.title)} (${incident.severity})\n${sentence(text)}${stop}${took}`.trim()),
    ...(record.type === 'incident.closed' ? toUpdate(incident) : []),
    ...(isFinalMilestone(incident, record) ? [] : whileResolved(incident)),
  ]);
}

/** Runbooks that did not go as they are written: whoever closes is reminded while it is known (VQ-23). */
function toUpdate(incident: Incident): KnownBlock[] {
  const lines = runbooksToUpdate(incident).map(({ runbook, because }) => `• \`${runbook}\`: ${safe(clamp(because.join(', '), 500))}`);
  return lines.length === 0 ? [] : [section(`:pencil: *Update the runbook* with what was learned:\n${lines.join('\n')}`)];
}

/** What is in force still, with the way to end it, and the way to the end. */
function whileResolved(incident: Incident): KnownBlock[] {
  return [...staysInForce(incident), actions('milestone', wrapUp(incident))];
}

/** True when a milestone's message has nothing more to offer: only a resolved incident leads on. */
export function isFinalMilestone(incident: Incident, record: IncidentRecord): boolean {
  return record.type !== 'incident.resolved' || incident.status !== 'resolved';
}

/** A described record for a text that notifies nobody (ephemeral, file): the groups this incident calls stay readable, the rest is made safe. */
export function sayDescribed(incident: Incident, text: string): string {
  const groups = namedIn(incident.policy).flatMap((who) => ('usergroup' in who ? [who.usergroup] : []));
  return groups.reduce((said, group) => said.replaceAll(`&lt;!subteam^${group}&gt;`, `<!subteam^${group}>`), sentence(text));
}
