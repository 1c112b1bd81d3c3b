import type { KnownBlock, ModalView } from '@slack/types';
import { sayRoles } from '../src/domain/change/deciding.ts';
import type { Plan } from '../src/domain/change/plans.ts';
import { type Incident, isOpen } from '../src/domain/incident/incident.ts';
import { NOTICE_LIMITS, noticeWaitsFor } from '../src/domain/notice/decide.ts';
import { draftNotice } from '../src/domain/notice/text.ts';
import type { Notice, NoticeFields } from '../src/domain/records/data/notices.ts';
import { sayDuration } from '../src/lib/time.ts';
import { chunks } from './chunks.ts';
import { code } from './code.ts';
import { sayRoom, sinceThen } from './incident-words.ts';
import { actions, button, context, type Message, message, option, section } from './kit.ts';
import { about, checkboxes, type InputOptions, input, modal, STATUS_OPTIONS, select } from './modals.ts';
import { safe } from './outside.ts';
import { since, when } from './text.ts';

/** Characters of one block in fixed width, so that nothing of a text is cut. */
const BLOCK = 2_900;
const LINES = 2_800;

/** The notice that customers are to read, filled from what they read last. `facts`: what was typed with the command. */
export function noticeModal(incident: Incident, facts = ''): ModalView {
  const over = !isOpen(incident);
  const draft = draftNotice(incident, over);
  const field = (name: keyof NoticeFields, label: string, options: InputOptions = {}) =>
    input(name, label, { initial: draft[name].slice(0, NOTICE_LIMITS[name]), max: NOTICE_LIMITS[name], ...options });
  return modal('incident.notice', 'Notice to customers', 'Continue', { incident: incident.id }, [
    about(incident),
    context('Customers read this. Leave out names, internal details and guesses.'),
    ...(over ? [] : [select('status', 'Status', STATUS_OPTIONS, { initial: incident.status })]),
    field('subject', 'Subject'),
    field('facts', 'What customers see', { multiline: true, focus: true, ...(facts === '' ? {} : { initial: facts.slice(0, NOTICE_LIMITS.facts) }) }),
    field('impact', 'Impact', { multiline: true, optional: true, hint: 'One per line.' }),
    field('doing', 'What we do about it', { multiline: true }),
    ...(over ? [] : [field('eta', 'ETA', { optional: true, placeholder: 'Approximately 2 hours' })]),
    ...(incident.private ? [checkboxes('flags', 'This incident is private', [option('Tell customers, although it is private', 'exposes')])] : []),
  ]);
}

/** Who sent a notice by hand says where. */
export function noticeSentModal(incident: Incident, plan: Plan): ModalView {
  return modal('incident.notice.sent', 'I sent it', 'Record', { incident: incident.id, plan: plan.id }, [
    about(incident),
    section(`*${safe(plan.title)}*\nCustomers have read it, word for word as it was approved.`),
    input('text', 'Where did you send it?', { focus: true, max: 200, placeholder: 'To 12 customers, from the support mailbox' }),
  ]);
}

/** The words of a notice, all of them: whoever approves has read what goes out. */
export function noticeWords({ subject, text }: Pick<Notice, 'subject' | 'text'>): KnownBlock[] {
  // Signs that Slack's markup has are longer where they are escaped.
  const parts = chunks(text.split('\n'), LINES, (line) => line.replaceAll(/[&<>]/g, '&amp;').length);
  return [section(`*Subject*: ${safe(subject)}`), ...parts.map((part) => section(code(part, BLOCK, BLOCK)))];
}

/** Where a notice stands that was approved. */
export function noticeStanding({ notice, endedAt, reason }: Plan): { readonly word: string; readonly says: string } {
  if (notice?.to.includes('hand') === true)
    return endedAt === null
      ? { word: 'To be sent by hand', says: ':hand: It is approved. Send it, then press *I sent it* in its own message.' }
      : { word: 'Sent', says: `:white_check_mark: Sent by hand, recorded at ${when(endedAt)}.` };
  if (endedAt === null) return { word: 'Going out', says: ':hourglass_flowing_sand: It is on its way.' };
  if (reason !== null) return { word: 'Sent in part', says: `:warning: Not all of it went out: ${safe(reason)}` };
  return { word: 'Sent', says: `:white_check_mark: It went out at ${when(endedAt)}.` };
}

/**
 * Customers are owed a notice: it is asked for before, reminded of when it is due, and late after that. `at`: when this was said (ms). It stays what it
 * was; what happened since stands below.
 */
export function noticeOwed(incident: Incident, due: number, now: number, at: number): Message {
  const { id } = incident;
  const lead = section(`:loudspeaker: A notice to customers about *${id}* is due ${when(due)}.`);
  const text = `${id}: a notice to customers is due`;
  if (isOver(incident, due)) return message(text, [lead, sinceThen(sayFate(incident, at))]);
  const waits = noticeWaitsFor(incident);
  const late = now - due;
  return message(text, [
    lead,
    section(sayUnheard(incident)),
    ...(late > 0 ? [section(`:warning: *Late*: it was due ${since(due, `${sayDuration(late)} late`)}.`)] : []),
    context([incident.severity, safe(incident.serviceName), safe(incident.title), sayRoom(incident)].filter((part) => part !== null).join('  ·  ')),
    ...(waits === null ? [] : [section(`:hand: A text waits for ${sayRoles(waits)}: \`/approvals\`.`)]),
    actions('notice', [button(waits === null ? 'Write it' : 'Write another', 'incident.notice', id, waits === null ? { style: 'primary' } : {})]),
  ]);
}

/** What customers do not know yet. */
function sayUnheard(incident: Incident): string {
  if (!isOpen(incident)) return 'Customers have not heard that it is resolved.';
  return (incident.notices?.count ?? 0) === 0 ? 'Customers have not heard of it yet.' : 'Customers wait to hear how it stands.';
}

/** Whether a notice that was owed for that time no longer is. */
export function isOver({ notices }: Incident, due: number): boolean {
  return notices?.promise.dueAt !== due;
}

function sayFate({ id, notices }: Incident, after: number): string {
  const { dueAt = null, lastPostedAt = null } = notices?.promise ?? {};
  if (lastPostedAt !== null && lastPostedAt >= after) return `a notice went out at ${when(lastPostedAt)}.`;
  return dueAt === null ? `no notice about ${id} is due.` : `the next notice is due ${when(dueAt)}.`;
}

/** An approved notice that nothing sends by itself: the text to copy, and the button that records who sent it where. */
export function noticeByHand(incident: Incident, plan: Plan | undefined): Message {
  const { id } = incident;
  if (plan?.notice === undefined) return message(`${id}: a notice to customers`, [section(`This notice is no longer part of ${id}.`)]);
  const isSent = plan.endedAt !== null;
  return message(`${id}: send this notice to customers`, [
    section(`:loudspeaker: *Send this notice to customers*, word for word, then record where: nothing sends it by itself.`),
    ...noticeWords(plan.notice),
    ...(isSent ? [sinceThen(`it was sent at ${when(plan.endedAt ?? 0)}.`)] : []),
    ...(isSent ? [] : [actions('notice', [button('I sent it', 'incident.notice.sent', `${id}:${plan.id}`, { style: 'primary' })])]),
  ]);
}
