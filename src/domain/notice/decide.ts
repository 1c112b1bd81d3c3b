import { clamp } from '../../lib/clamp.ts';
import { sha256 } from '../../lib/hash.ts';
import { plural } from '../../lib/plural.ts';
import { toIso } from '../../lib/time.ts';
import { found, heldRoles, isPersonOfSlack, sayStanding } from '../change/deciding.ts';
import type { ChangeEvent } from '../change/events.ts';
import { missingRoles, type Plan } from '../change/plans.ts';
import { refuse, UserError } from '../errors.ts';
import type { Person, PersonCommand } from '../incident/commands.ts';
import { type Incident, isOpen, sayMergedInto } from '../incident/incident.ts';
import type { Notice, NoticeFields } from '../records/data/notices.ts';
import type { NoticePlace } from './places.ts';
import { noticeText, stateOf, termsOf } from './text.ts';

/** Who approves: one for the words, one who works on the incident; two people always (ADR 9). */
const NEEDS = ['communications', 'responder'] as const;
/** How long a text may wait: after that it is no longer true. */
const EXPIRES_MS = 30 * 60_000;

/** So many characters of each field: all of a notice fits into what an approver sees. */
export const NOTICE_LIMITS: Readonly<Record<keyof NoticeFields, number>> = { subject: 120, facts: 500, impact: 500, doing: 400, eta: 100 };

/** A notice to customers is asked for: a plan, whose hash covers every word of it. One that still waits gives way. @throws UserError */
export function requestNotice(state: Incident, by: Person, ask: Extract<PersonCommand, { type: 'request-notice' }>, at: number): ChangeEvent[] {
  assertMayTell(state, by, ask.exposes === true);
  const notice = writeNotice(state, ask);
  const { approval } = termsOf(state);
  const held = heldRoles(state, by);
  const needs = approval ? NEEDS : [];
  const plan_hash = sha256(Buffer.from(JSON.stringify(notice)));
  return [
    ...voidedNotices(state, 'a newer text takes its place'),
    {
      type: 'plan.made',
      data: {
        plan: ask.id,
        run: `${ask.id}:notice`,
        kind: 'notice',
        of: null,
        runbook: '',
        revision: '',
        remedy: '',
        title: `Notice to customers: ${notice.subject}`,
        risk: 'change',
        plan_hash,
        needs,
        requester: by.id,
        requester_roles: isPersonOfSlack(by) ? needs.filter((role) => held.includes(role)) : [],
        expires: toIso(at + EXPIRES_MS),
        steps: [
          {
            uses: 'notice',
            summary: `Goes ${sayPlaces(notice.to)}. Status: ${notice.status}${sayState(notice)}`,
            diff: notice.text,
            no_plan: null,
            notes: [],
            snapshot_sha256: null,
          },
        ],
        reason: `Customers hear ${notice.nth === 1 ? 'of it' : 'how it stands'}: notice ${notice.nth}, ${notice.status}`,
        revert_after_ms: null,
        revert_remind_ms: null,
        replaces: null,
        notice,
      },
    },
    ...(approval ? [] : [noticeDue(state, { id: ask.id, hash: plan_hash, notice }, at)]),
  ];
}

/** The records that void what still waits to be approved for customers, since it is no longer true. */
export function voidedNotices(state: Incident, reason: string): ChangeEvent[] {
  return waitingNotices(state).map(({ id }) => ({ type: 'plan.voided', data: { plan: id, reason, final: true } }));
}

/** Its last approval lets a notice go out, word for word as it was approved. */
export function noticeDue(state: Incident, { id, hash, notice }: Pick<Plan, 'id' | 'hash' | 'notice'>, at: number): ChangeEvent {
  if (notice === undefined) throw refuse('no-plan', `${state.id} has no such notice. \`/incident notice\` writes one.`);
  assertNotMerged(state);
  assertTrue(state, notice);
  const due = state.notices?.promise.dueAt ?? null;
  const late_ms = due === null ? 0 : Math.max(0, at - due);
  return { type: 'notice.due', data: { plan: id, digest: hash, nth: notice.nth, to: notice.to, late_ms } };
}

/** Somebody sent by hand what was approved. @throws UserError */
export function noticeSent(state: Incident, ask: Extract<PersonCommand, { type: 'notice-sent' }>): ChangeEvent[] {
  const plan = found(state, ask.plan);
  if (plan.notice?.to.includes('hand') !== true || plan.status !== 'applied')
    throw refuse('notice-not-yours', `“${plan.title}” is not to be sent by hand now: ${sayStanding(plan)}.`);
  if (plan.endedAt !== null) throw new UserError('notice-sent', 'It is recorded already that this notice was sent.');
  const where = clamp(ask.where.trim(), 200);
  if (where === '') throw new UserError('text-missing', 'Please say where you sent it.');
  return [{ type: 'notice.published', data: { plan: plan.id, digest: plan.hash, place: 'hand', where } }];
}

/** Where a notice goes, as part of a sentence: `to customers by mail and to the status page`. */
export function sayPlaces(places: readonly NoticePlace[]): string {
  const words: Readonly<Record<NoticePlace, string>> = {
    customers: 'to customers by mail',
    'status-page': 'to the status page',
    hand: 'nowhere by itself: somebody sends it by hand',
  };
  return places.map((place) => words[place]).join(' and ');
}

/** The needed roles that a notice still waits for, `null` where none waits. */
export function noticeWaitsFor(state: Incident): readonly string[] | null {
  const [plan] = waitingNotices(state);
  return plan === undefined ? null : missingRoles(plan.needs, plan.approvals);
}

function waitingNotices({ plans }: Incident): readonly Plan[] {
  return Object.values(plans).filter(({ kind, status }) => kind === 'notice' && status === 'waiting');
}

/** What the status page shows beside the text. */
function sayState({ state, to }: Notice): string {
  return to.includes('status-page') ? `, ${state.replaceAll('_', ' ')}` : '';
}

function writeNotice(state: Incident, ask: Extract<PersonCommand, { type: 'request-notice' }>): Notice {
  const fields = { subject: ask.subject, facts: ask.facts, impact: ask.impact ?? '', doing: ask.doing, eta: ask.eta ?? '' };
  const clean = Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, cleaned(name as keyof NoticeFields, text)])) as NoticeFields &
    object;
  const status = isOpen(state) ? (ask.status ?? openStatus(state)) : 'resolved';
  const terms = termsOf(state);
  // A status page is for everybody: nothing of a private incident goes there.
  const places = terms.places.filter((place) => place !== 'status-page' || !state.private);
  // By those that were approved: what waits to be sent by hand, or failed, keeps its number.
  const nth = Object.values(state.plans).filter(({ kind, intendedAt }) => kind === 'notice' && intendedAt !== null).length + 1;
  const text = noticeText(clean, status, terms);
  return { ...clean, nth, status, state: stateOf(state, status), text, to: places.length === 0 ? ['hand'] : places };
}

function openStatus({ status }: Incident): Exclude<Notice['status'], 'resolved'> {
  return status === 'identified' || status === 'monitoring' ? status : 'investigating';
}

/** Nobody sees these, and a feed with one of them is no XML. */
const UNSEEN = /(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu;

/** A field as it is published: nothing of Slack's own in it, and all of it within its length. @throws UserError `text-missing`, `text-too-long` */
function cleaned(name: keyof NoticeFields, text: string): string {
  const words: Readonly<Record<keyof NoticeFields, string>> = {
    subject: 'a subject',
    facts: 'a sentence on what customers see',
    impact: 'the impact',
    doing: 'what you are doing about it',
    eta: 'the ETA',
  };
  const trimmed = text.toWellFormed().replaceAll(UNSEEN, '').trim();
  if (trimmed === '' && name !== 'impact' && name !== 'eta') throw new UserError('text-missing', `Please give ${words[name]}.`);
  const over = trimmed.length - NOTICE_LIMITS[name];
  if (over > 0) throw new UserError('text-too-long', `Please shorten ${words[name]} by ${plural(over, 'character')}: customers read it on a phone.`);
  if (/<[@!#]/.test(trimmed)) throw new UserError('notice-mention', `Take the mention out of ${words[name]}: customers read no names from Slack.`);
  return name === 'subject' || name === 'eta' ? trimmed.replaceAll(/\s+/g, ' ') : trimmed;
}

function assertMayTell(state: Incident, by: Person, exposes: boolean): void {
  assertNotMerged(state);
  if (!state.private) return;
  if (!by.roles.includes('communications'))
    throw refuse(
      'notice-private',
      `${state.id} is private: customers hear of it only when somebody with the role *communications* decides so. Ask one of them to write the notice.`,
    );
  if (!exposes)
    throw refuse('notice-private', `${state.id} is private. Tick “Tell customers, although it is private” in the form if they are to hear of it.`);
}

function assertNotMerged(state: Incident): void {
  if (state.mergedInto !== null) throw refuse('merged', `${state.id} was merged into ${sayMergedInto(state)}: customers are told there.`);
}

/** Customers never hear of an end that is none, nor of a trouble that is over. */
function assertTrue(state: Incident, { status }: Notice): void {
  const saysOver = status === 'resolved';
  if (saysOver !== isOpen(state)) return;
  const says = saysOver ? 'that it is resolved, but it is open again' : 'that it is not resolved yet, but it is';
  throw refuse('notice-outdated', `This notice of ${state.id} says ${says}. Write another one: \`/incident notice\`.`);
}
