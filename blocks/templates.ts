import type { Plan } from '../src/domain/change/plans.ts';
import type { Contact } from '../src/domain/contacts.ts';
import { TocsinError } from '../src/domain/errors.ts';
import type { EventType, IncidentRecord } from '../src/domain/incident/events.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import * as messages from '../src/domain/messages/messages.ts';
import type { Json } from '../src/domain/record.ts';
import { own } from '../src/lib/own.ts';
import { alertCall, alertCard } from './alert.ts';
import { changeMessage, isChangeFinal } from './change.ts';
import { diagnosisBoard, diagnosisDetails } from './diagnosis.ts';
import { asDrill, drillJudged, drillMessage } from './drill.ts';
import { earlierIncidents } from './earlier.ts';
import { incidentCard, type Names } from './incident-card.ts';
import type { Message } from './kit.ts';
import { isOver, noticeByHand, noticeOwed } from './notice.ts';
import { handover, rotaSource } from './on-call.ts';
import { isAskFinal, isPlanFinal, planAsk, planCard } from './plan.ts';
import { planList } from './plan-list.ts';
import type { Holders } from './plan-words.ts';
import { preflightBoard } from './preflight.ts';
import { progressBoard } from './progress.ts';
import { call, page, roomLost, undelivered, unreached } from './reach.ts';
import { resolution, stakeholderSummary } from './resolution.ts';
import { isReviewFinal, reviewMessage } from './review.ts';
import { acknowledgementReminder, attachedAlerts, breach, escalated, eventLine, isFinalMilestone, milestone, reopened, welcome } from './room.ts';
import { postedUpdate, updateDraft, updateReminder } from './update.ts';

/** What a message may show: the state as it is now, the record it tells of, the one clock. */
export interface Scene<Data = Json> {
  readonly incident: Incident;
  readonly record: IncidentRecord | null;
  /** ms of the one clock. */
  readonly now: number;
  /** What is stored with the message. */
  readonly data: Data;
  /** Mentions of who holds a role. */
  readonly holders: Holders;
  /** Where the evidence store is. */
  readonly evidence: string;
  /** What the reporter is called; `null` when that is not known, or not shown. */
  readonly reporter: string | null;
  /** What those are called whom the card names without calling them. */
  readonly names?: Names;
  /** Whom to call outside of Slack: for who is called, in their direct message only. */
  readonly contacts?: readonly Contact[];
  /** The link to its call; `null` where there is none. */
  readonly call?: string | null;
}

/** A message or a board of src/domain/messages, as far as drawing it needs. */
interface Declared<Name extends string, Kind extends string, Data> {
  readonly name: Name;
  readonly kind: Kind;
  readonly read: (stored: Json) => Data;
}

/** How a message is drawn. */
interface Template<Name extends string> {
  readonly name: Name;
  readonly draw: (scene: Scene) => Message;
}

interface LiveTemplate<Name extends string> extends Template<Name> {
  /** True when it shows what it will show for ever, e.g. a draft that was posted. */
  readonly isFinal: (scene: Scene) => boolean;
}

interface BoardTemplate<Name extends string> {
  readonly name: Name;
  readonly draw: (view: Json) => Message;
}

/** Messages that are edited as their incident moves on, and when each is told for good. */
const LIVE: { readonly [N in messages.LiveName]: LiveTemplate<N> } = {
  card: live(
    messages.CARD_MESSAGE,
    ({ incident, now, reporter, names, call }) => incidentCard(incident, now, reporter, names, call),
    () => false,
  ),
  welcome: live(
    messages.WELCOME_MESSAGE,
    ({ incident, now, record, call }) => welcome(incident, now, record?.type === 'room.created' ? (record.data.note ?? null) : null, call),
    isAcknowledged,
  ),
  page: live(messages.PAGE_MESSAGE, ({ incident, now, record, contacts, call }) => page(incident, now, record, contacts, call), isAcknowledged),
  reopened: live(messages.REOPENED_MESSAGE, (scene) => reopened(scene.incident, typed(scene, 'incident.reopened'), scene.now), isAcknowledged),
  alerts: live(
    messages.ALERTS_MESSAGE,
    (scene) => attachedAlerts(scene.incident, recordOf(scene)),
    () => false,
  ),
  'update-draft': live(
    messages.UPDATE_DRAFT_MESSAGE,
    (scene) => {
      const { data, time } = typed(scene, 'update.offered');
      return updateDraft(scene.incident, Date.parse(data.due), scene.now, Date.parse(time));
    },
    (scene) => scene.incident.updates.dueAt !== Date.parse(typed(scene, 'update.offered').data.due),
  ),
  'update-reminder': live(
    messages.UPDATE_REMINDER_MESSAGE,
    (scene) => {
      const { data, time } = typed(scene, 'update.reminded');
      return updateReminder(scene.incident, Date.parse(data.due), scene.now, Date.parse(time));
    },
    (scene) => scene.incident.updates.dueAt !== Date.parse(typed(scene, 'update.reminded').data.due),
  ),
  'notice-owed': live(
    messages.NOTICE_OWED_MESSAGE,
    (scene) => {
      const { due, at } = owedIn(scene);
      return noticeOwed(scene.incident, due, scene.now, at);
    },
    (scene) => isOver(scene.incident, owedIn(scene).due),
  ),
  'notice-by-hand': live(
    messages.NOTICE_BY_HAND_MESSAGE,
    (scene) => noticeByHand(scene.incident, noticePlan(scene)),
    (scene) => noticePlan(scene)?.endedAt !== null,
  ),
  'acknowledgement-reminder': live(
    messages.ACKNOWLEDGEMENT_REMINDER_MESSAGE,
    (scene) => {
      const { data, time } = typed(scene, 'acknowledgement.reminded');
      return acknowledgementReminder(scene.incident, Date.parse(data.due), scene.now, Date.parse(time));
    },
    isAcknowledged,
  ),
  milestone: live(
    messages.MILESTONE_MESSAGE,
    (scene) => milestone(scene.incident, recordOf(scene)),
    (scene) => isFinalMilestone(scene.incident, recordOf(scene)),
  ),
  review: live(
    messages.REVIEW_MESSAGE,
    (scene) => reviewMessage(scene.incident, recordOf(scene)),
    ({ incident }) => isReviewFinal(incident),
  ),
  plan: live(
    messages.PLAN_MESSAGE,
    (scene) => planCard(scene.incident, typed(scene, 'plan.made').data, scene.holders),
    (scene) => isPlanFinal(scene.incident, typed(scene, 'plan.made').data.plan),
  ),
  'plan-ask': live(
    messages.PLAN_ASK_MESSAGE,
    (scene) => planAsk(scene.incident, typed(scene, 'plan.made').data, scene.holders),
    (scene) => isAskFinal(scene.incident, typed(scene, 'plan.made').data.plan),
  ),
  change: live(
    messages.CHANGE_MESSAGE,
    (scene) => changeMessage(scene.incident, recordOf(scene)),
    (scene) => isChangeFinal(scene.incident, recordOf(scene)),
  ),
  drill: live(
    messages.DRILL_MESSAGE,
    ({ incident, record }) => drillMessage(incident, record?.type === 'room.created' ? (record.data.note ?? null) : null),
    ({ incident }) => incident.status === 'closed',
  ),
};

/** Messages that stay as they were posted. */
const ONCE: { readonly [N in messages.OnceName]: Template<N> } = {
  call: once(messages.CALL_MESSAGE, ({ incident, data }) => call(incident, data.user)),
  unreached: once(messages.UNREACHED_MESSAGE, (scene) => unreached(scene.incident, recordOf(scene))),
  'room-lost': once(messages.ROOM_LOST_MESSAGE, (scene) => roomLost(scene.incident, typed(scene, 'room.lost').data.reason)),
  earlier: once(messages.EARLIER_MESSAGE, ({ incident, data }) => earlierIncidents(incident, data)),
  undelivered: once(messages.UNDELIVERED_MESSAGE, ({ incident, data }) => undelivered(incident, data)),
  event: once(messages.EVENT_MESSAGE, (scene) => eventLine(scene.incident, recordOf(scene), scene.data)),
  'plan-list': once(messages.PLAN_LIST_MESSAGE, (scene) => planList(typed(scene, 'plan.made').data)),
  update: once(messages.UPDATE_MESSAGE, (scene) => {
    const record = typed(scene, 'update.posted');
    return postedUpdate(scene.incident, record.data, record.actor.id, Date.parse(record.time));
  }),
  breach: once(messages.BREACH_MESSAGE, (scene) => breach(scene.incident, typed(scene, 'breach.recorded').data)),
  escalated: once(messages.ESCALATED_MESSAGE, (scene) => {
    const record = typed(scene, 'incident.escalated');
    return escalated(scene.incident, record.data, record.actor.kind === 'person' ? record.actor.id : null, scene.contacts, scene.call);
  }),
  resolution: once(messages.RESOLUTION_MESSAGE, (scene) => resolution(scene.incident, typed(scene, 'incident.resolved').data, scene.evidence)),
  'drill-judged': once(messages.DRILL_JUDGED_MESSAGE, (scene) => {
    const { data, actor } = typed(scene, 'drill.judged');
    return drillJudged(scene.incident, data, actor.kind === 'timer');
  }),
  summary: once(messages.SUMMARY_MESSAGE, (scene) => stakeholderSummary(scene.incident, typed(scene, 'incident.resolved').data)),
};

const TEMPLATES: Readonly<Record<string, Template<string>>> = { ...LIVE, ...ONCE };

/** Boards belong to no record: what they show is stored with them (engine/runbooks/board.ts). */
const BOARDS: { readonly [N in messages.BoardName]: BoardTemplate<N> } = {
  diagnosis: board(messages.DIAGNOSIS_BOARD, diagnosisBoard),
  'diagnosis-details': board(messages.DETAILS_BOARD, diagnosisDetails),
  progress: board(messages.PROGRESS_BOARD, progressBoard),
  alert: board(messages.ALERT_BOARD, alertCard),
  'alert-call': board(messages.ALERT_CALL_BOARD, alertCall),
  preflight: board(messages.PREFLIGHT_BOARD, preflightBoard),
  'rota-handover': board(messages.HANDOVER_BOARD, handover),
  'rota-source': board(messages.ROTA_SOURCE_BOARD, rotaSource),
};

/** Whether a live message shows what it will show for ever; any other does. */
export function isFinal(name: string, scene: Scene): boolean {
  return own<LiveTemplate<string>>(LIVE, name)?.isFinal(scene) ?? true;
}

/** Draws a message that follows from a record. @throws TocsinError for one of a newer version of Tocsin. */
export function render(name: string, scene: Scene): Message {
  const template = own(TEMPLATES, name);
  if (template === undefined) throw new TocsinError('template-unknown', `There is no message template ${name}.`);
  const drawn = template.draw(scene);
  return scene.incident.drill === undefined ? drawn : asDrill(drawn, scene.incident.id);
}

export function renderBoard(name: messages.BoardName, view: Json): Message {
  return BOARDS[name].draw(view);
}

/** How a live message is drawn of its scene, with its data as it is declared. */
function live<Name extends string, Data>(
  { name, read }: Declared<Name, 'live', Data>,
  draw: (scene: Scene<Data>) => Message,
  isOver: (scene: Scene<Data>) => boolean,
): LiveTemplate<Name> {
  const withData = (scene: Scene): Scene<Data> => ({ ...scene, data: read(scene.data) });
  return { name, draw: (scene) => draw(withData(scene)), isFinal: (scene) => isOver(withData(scene)) };
}

function once<Name extends string, Data>({ name, read }: Declared<Name, 'once', Data>, draw: (scene: Scene<Data>) => Message): Template<Name> {
  return { name, draw: (scene) => draw({ ...scene, data: read(scene.data) }) };
}

function board<Name extends string, View>({ name, read }: Declared<Name, 'board', View>, draw: (view: View) => Message): BoardTemplate<Name> {
  return { name, draw: (view) => draw(read(view)) };
}

function isAcknowledged({ incident }: Scene<unknown>): boolean {
  return incident.acknowledgement.dueAt === null;
}

/** When a notice is owed, and when that was said (ms). */
function owedIn(scene: Scene<unknown>): { readonly due: number; readonly at: number } {
  const record = recordOf(scene);
  const { data, time } = record.type === 'notice.reminded' ? record : typed(scene, 'notice.offered');
  return { due: Date.parse(data.due), at: Date.parse(time) };
}

function noticePlan(scene: Scene<unknown>): Plan | undefined {
  return own(scene.incident.plans, typed(scene, 'notice.due').data.plan);
}

function recordOf({ record, incident }: Scene<unknown>): IncidentRecord {
  if (record === null) throw new TocsinError('record-missing', `The record that a message of ${incident.id} tells of is not there.`);
  return record;
}

function typed<T extends EventType>(scene: Scene<unknown>, type: T): Extract<IncidentRecord, { type: T }> {
  const record = recordOf(scene);
  if (record.type !== type) throw new TocsinError('record-mismatch', `A message of ${scene.incident.id} expects ${type} and finds ${record.type}.`);
  return record as Extract<IncidentRecord, { type: T }>;
}
