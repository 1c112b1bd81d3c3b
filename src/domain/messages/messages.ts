import { z } from 'zod';
import { own } from '../../lib/own.ts';
import type { Json } from '../record.ts';
import { SEVERITIES } from '../severity.ts';
import { defineBoard, defineMessage } from './definition.ts';
import { alertCallView, alertView, diagnosisView, handoverView, preflightView, progressView, rotaSourceView } from './views.ts';

/**
 * Every message that is stored and delivered. What each looks like is in blocks/templates.ts, which the compiler holds complete. Names are stored with messages
 * that wait: never rename one.
 */

/** For what the incident and the record say all of. */
const nothing = z.object({}).catch({});
/** For what calls a person; the page's run sees to its delivery. */
const paged = z.object({ page: z.string().exactOptional(), user: z.string().exactOptional() });
/** Text and blocks of Slack, drawn by whoever puts it. */
const drawn = z.object({ text: z.string(), blocks: z.array(z.custom<object>((block) => typeof block === 'object' && block !== null)).readonly() });

export const CARD_MESSAGE = defineMessage('card', { kind: 'live', words: 'the incident card', data: nothing });
export const WELCOME_MESSAGE = defineMessage('welcome', { kind: 'live', words: 'the first message of the room', data: nothing });
export const PAGE_MESSAGE = defineMessage('page', { kind: 'live', words: 'the page', calls: true, data: paged });
export const REOPENED_MESSAGE = defineMessage('reopened', { kind: 'live', words: 'the call after the reopening', calls: true, data: nothing });
export const CALL_MESSAGE = defineMessage('call', {
  kind: 'once',
  words: 'the call of a person',
  calls: true,
  data: z.object({ page: z.string().exactOptional(), user: z.string() }),
});
export const ESCALATED_MESSAGE = defineMessage('escalated', { kind: 'once', words: 'the escalation', calls: true, data: paged });
export const UNREACHED_MESSAGE = defineMessage('unreached', { kind: 'once', words: 'who could not be reached', calls: true, data: nothing });
export const ROOM_LOST_MESSAGE = defineMessage('room-lost', { kind: 'once', words: 'the loss of the room', data: nothing });
export const EARLIER_MESSAGE = defineMessage('earlier', {
  kind: 'once',
  words: 'how earlier incidents ended',
  /** `channel`: where one met; times in ms. */
  data: z.object({
    days: z.number(),
    incidents: z
      .array(
        z.object({
          id: z.string(),
          title: z.string(),
          severity: z.enum(SEVERITIES),
          channel: z.string().nullable(),
          resolution: z.string(),
          declaredAt: z.number(),
          resolvedAt: z.number(),
        }),
      )
      .readonly(),
  }),
});
export const UNDELIVERED_MESSAGE = defineMessage('undelivered', {
  kind: 'once',
  words: 'a message that was not delivered',
  /** `what`: the name of the message; `error`: Slack's code. */
  data: z.object({ user: z.string().exactOptional(), channel: z.string().exactOptional(), what: z.string(), error: z.string() }),
});
export const EVENT_MESSAGE = defineMessage('event', {
  kind: 'once',
  words: 'an entry of the timeline',
  /** `apart`: said outside of the incident's room, so that it names the incident. `unreached`: whom it was meant for, and why Slack refused it. */
  data: z
    .object({ apart: z.boolean().default(false), unreached: z.object({ user: z.string(), error: z.string() }).exactOptional() })
    .catch({ apart: false }),
});
export const ALERTS_MESSAGE = defineMessage('alerts', { kind: 'live', words: 'the alerts that belong to it', data: nothing });
export const UPDATE_MESSAGE = defineMessage('update', { kind: 'once', words: 'the update', data: nothing });
export const UPDATE_DRAFT_MESSAGE = defineMessage('update-draft', { kind: 'live', words: 'the draft of the update', data: nothing });
export const UPDATE_REMINDER_MESSAGE = defineMessage('update-reminder', { kind: 'live', words: 'the reminder of the update', data: nothing });
export const NOTICE_OWED_MESSAGE = defineMessage('notice-owed', { kind: 'live', words: 'the reminder of the notice to customers', data: nothing });
export const NOTICE_BY_HAND_MESSAGE = defineMessage('notice-by-hand', { kind: 'live', words: 'the notice to customers', data: nothing });
export const BREACH_MESSAGE = defineMessage('breach', { kind: 'once', words: 'the breach', data: nothing });
export const ACKNOWLEDGEMENT_REMINDER_MESSAGE = defineMessage('acknowledgement-reminder', {
  kind: 'live',
  words: 'the reminder to acknowledge',
  data: nothing,
});
export const MILESTONE_MESSAGE = defineMessage('milestone', { kind: 'live', words: 'a milestone', data: nothing });
export const REVIEW_MESSAGE = defineMessage('review', { kind: 'live', words: 'the question about the review', data: nothing });
export const RESOLUTION_MESSAGE = defineMessage('resolution', { kind: 'once', words: 'the resolution', data: nothing });
export const SUMMARY_MESSAGE = defineMessage('summary', { kind: 'once', words: 'the summary for the stakeholders', data: nothing });
export const PLAN_MESSAGE = defineMessage('plan', { kind: 'live', words: 'the card of a plan', data: nothing });
export const PLAN_ASK_MESSAGE = defineMessage('plan-ask', { kind: 'live', words: 'the request to approve a plan', data: nothing });
export const PLAN_LIST_MESSAGE = defineMessage('plan-list', { kind: 'once', words: 'the list of what a plan acts on', data: nothing });
export const CHANGE_MESSAGE = defineMessage('change', {
  kind: 'live',
  words: 'the state of a change',
  data: nothing,
});
export const DRILL_MESSAGE = defineMessage('drill', { kind: 'live', words: 'the task of the drill', data: nothing });
export const DRILL_JUDGED_MESSAGE = defineMessage('drill-judged', { kind: 'once', words: 'how the drill went', data: nothing });
export const REPLY_MESSAGE = defineMessage('reply', { kind: 'ready', words: 'an answer', data: drawn });

export const DIAGNOSIS_BOARD = defineBoard('diagnosis', { words: 'the diagnosis', view: diagnosisView });
export const DETAILS_BOARD = defineBoard('diagnosis-details', { words: 'what the diagnosis saw', view: diagnosisView });
export const PROGRESS_BOARD = defineBoard('progress', { words: 'the progress', view: progressView });
export const PREFLIGHT_BOARD = defineBoard('preflight', { words: 'the pre-flight', view: preflightView });
export const ALERT_BOARD = defineBoard('alert', { words: 'the card of an alert', view: alertView });
export const ALERT_CALL_BOARD = defineBoard('alert-call', { words: 'the call about an alert', calls: true, view: alertCallView });
export const HANDOVER_BOARD = defineBoard('rota-handover', { words: 'the hand-over of a rota', view: handoverView });
export const ROTA_SOURCE_BOARD = defineBoard('rota-source', { words: 'what is wrong with where a rota is kept', view: rotaSourceView });

const MESSAGES = [
  CARD_MESSAGE,
  WELCOME_MESSAGE,
  PAGE_MESSAGE,
  REOPENED_MESSAGE,
  CALL_MESSAGE,
  ESCALATED_MESSAGE,
  UNREACHED_MESSAGE,
  ROOM_LOST_MESSAGE,
  EARLIER_MESSAGE,
  UNDELIVERED_MESSAGE,
  EVENT_MESSAGE,
  ALERTS_MESSAGE,
  UPDATE_MESSAGE,
  UPDATE_DRAFT_MESSAGE,
  UPDATE_REMINDER_MESSAGE,
  NOTICE_OWED_MESSAGE,
  NOTICE_BY_HAND_MESSAGE,
  BREACH_MESSAGE,
  ACKNOWLEDGEMENT_REMINDER_MESSAGE,
  MILESTONE_MESSAGE,
  REVIEW_MESSAGE,
  RESOLUTION_MESSAGE,
  SUMMARY_MESSAGE,
  PLAN_MESSAGE,
  PLAN_ASK_MESSAGE,
  PLAN_LIST_MESSAGE,
  CHANGE_MESSAGE,
  DRILL_MESSAGE,
  DRILL_JUDGED_MESSAGE,
  REPLY_MESSAGE,
] as const;

const BOARDS = [
  DIAGNOSIS_BOARD,
  DETAILS_BOARD,
  PROGRESS_BOARD,
  PREFLIGHT_BOARD,
  ALERT_BOARD,
  ALERT_CALL_BOARD,
  HANDOVER_BOARD,
  ROTA_SOURCE_BOARD,
] as const;

type AnyMessage = (typeof MESSAGES)[number];

export type MessageName = AnyMessage['name'];
/** Messages that are edited as their incident moves on. */
export type LiveName = Extract<AnyMessage, { kind: 'live' }>['name'];
/** Messages that stay as they were posted. */
export type OnceName = Extract<AnyMessage, { kind: 'once' }>['name'];
/** An answer, as it is stored. */
export type Reply = z.input<typeof drawn>;
export type BoardName = (typeof BOARDS)[number]['name'];

/** What a message or a board is read as. */
export type ShownOf<Definition extends { read(data: Json): unknown }> = ReturnType<Definition['read']>;

/** A board as it is stored: `rev` grows with what it shows. */
export const storedBoard = z.object({ rev: z.number(), view: z.json() });

const ofPage = z.object({ page: z.string() });

const WORDS: Readonly<Record<string, string>> = Object.fromEntries([...MESSAGES, ...BOARDS].map(({ name, words }) => [name, words]));

/** A message by what it is for, as part of a sentence; also one that another release has named. */
export function sayMessage(name: string): string {
  return own(WORDS, name) ?? name.replaceAll('-', ' ');
}

/** Whether a stored message is a board; `null` for what is none. */
export function boardName(name: string): BoardName | null {
  return BOARDS.find((one) => one.name === name)?.name ?? null;
}

/** Whether a stored message calls a person for a page, which sees itself to what becomes of it. */
export function isOfPage({ data }: { readonly data: Json }): boolean {
  return ofPage.safeParse(data).success;
}

/** Whether a stored message or board mentions people so that they come. */
export function callsPeople(name: string): boolean {
  return [...MESSAGES, ...BOARDS].some((one) => one.name === name && one.calls);
}

/** The names of the messages that are edited as their incident moves on. */
export const LIVE_MESSAGES: readonly string[] = MESSAGES.filter(({ kind }) => kind === 'live').map(({ name }) => name);

/** Whether a stored message is edited as its incident moves on. */
export function isLive(name: string): boolean {
  return LIVE_MESSAGES.includes(name);
}
