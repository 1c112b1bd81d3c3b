import { TocsinError } from '../src/domain/errors.ts';
import type { EventType, IncidentRecord } from '../src/domain/incident/events.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { readBack } from '../src/domain/json.ts';
import type { Json } from '../src/domain/record.ts';
import { type AlertCallShown, type AlertShown, alertCall, alertCard } from './alert.ts';
import { changeMessage, isChangeFinal } from './change.ts';
import { type DiagnosisShown, diagnosisBoard, diagnosisDetails } from './diagnosis.ts';
import { incidentCard } from './incident-card.ts';
import type { Message } from './kit.ts';
import { isAskFinal, isPlanFinal, planAsk, planCard } from './plan.ts';
import type { Holders } from './plan-words.ts';
import { type PreflightShown, preflightBoard } from './preflight.ts';
import { type ProgressShown, progressBoard } from './progress.ts';
import { call, page, roomLost, undelivered, unreached } from './reach.ts';
import { resolution } from './resolution.ts';
import { acknowledgementReminder, breach, escalated, eventLine, isFinalMilestone, milestone, reopened, welcome } from './room.ts';
import { postedUpdate, updateDraft, updateReminder } from './update.ts';

/** What a template may show: the state as it is now, the record it tells of, the one clock. */
export interface Scene {
  readonly incident: Incident;
  readonly record: IncidentRecord | null;
  /** ms of the one clock. */
  readonly now: number;
  /** What is stored with the message. */
  readonly data: Json;
  /** Mentions of who holds a role. */
  readonly holders: Holders;
  /** Where the evidence store is. */
  readonly evidence: string;
  /** What the reporter is called; `null` when that is not known, or not shown. */
  readonly reporter: string | null;
}

type Template = (scene: Scene) => Message;

/** Every message that follows from a record. Names are stored with messages that wait: never rename one. */
const TEMPLATES: Readonly<Record<string, Template>> = {
  card: ({ incident, now, reporter }) => incidentCard(incident, now, reporter),
  welcome: ({ incident, now, record }) => welcome(incident, now, record?.type === 'room.created' ? (record.data.note ?? null) : null),
  page: ({ incident, now, record }) => page(incident, now, record),
  reopened: (scene) => reopened(scene.incident, typed(scene, 'incident.reopened'), scene.now),
  call: ({ incident, data }) => call(incident, (data as { user: string }).user),
  unreached: (scene) => unreached(scene.incident, recordOf(scene)),
  'room-lost': (scene) => roomLost(scene.incident, typed(scene, 'room.lost').data.reason),
  undelivered: ({ incident, data }) => undelivered(incident, readBack<Parameters<typeof undelivered>[1]>(data)),
  event: (scene) => eventLine(scene.incident, recordOf(scene)),
  update(scene) {
    const record = typed(scene, 'update.posted');
    return postedUpdate(scene.incident, record.data, record.actor.id, Date.parse(record.time));
  },
  'update-draft'(scene) {
    const { data, time } = typed(scene, 'update.offered');
    return updateDraft(scene.incident, Date.parse(data.due), scene.now, Date.parse(time));
  },
  'update-reminder'(scene) {
    const { data, time } = typed(scene, 'update.reminded');
    return updateReminder(scene.incident, Date.parse(data.due), Date.parse(time));
  },
  breach: (scene) => breach(scene.incident, typed(scene, 'breach.recorded').data),
  escalated(scene) {
    const record = typed(scene, 'incident.escalated');
    return escalated(scene.incident, record.data, record.actor.kind === 'person' ? record.actor.id : null);
  },
  'acknowledgement-reminder'(scene) {
    const { data, time } = typed(scene, 'acknowledgement.reminded');
    return acknowledgementReminder(scene.incident, Date.parse(data.due), scene.now, Date.parse(time));
  },
  milestone: (scene) => milestone(scene.incident, recordOf(scene)),
  resolution: (scene) => resolution(scene.incident, typed(scene, 'incident.resolved').data.summary, scene.evidence),
  plan: (scene) => planCard(scene.incident, typed(scene, 'plan.made').data, scene.holders),
  'plan-ask': (scene) => planAsk(scene.incident, typed(scene, 'plan.made').data, scene.holders),
  change: (scene) => changeMessage(scene.incident, recordOf(scene), toldOf(scene)),
};

/** Templates whose message is edited as the incident moves on, and when each is told for good. */
const LIVE: Readonly<Record<string, (scene: Scene) => boolean>> = {
  card: () => false,
  welcome: ({ incident }) => incident.acknowledgement.dueAt === null,
  page: ({ incident }) => incident.acknowledgement.dueAt === null,
  reopened: ({ incident }) => incident.acknowledgement.dueAt === null,
  milestone: (scene) => isFinalMilestone(scene.incident, recordOf(scene)),
  'update-draft': (scene) => scene.incident.updates.dueAt !== Date.parse(typed(scene, 'update.offered').data.due),
  'update-reminder': (scene) => scene.incident.updates.dueAt !== Date.parse(typed(scene, 'update.reminded').data.due),
  'acknowledgement-reminder': ({ incident }) => incident.acknowledgement.dueAt === null,
  plan: (scene) => isPlanFinal(scene.incident, typed(scene, 'plan.made').data.plan),
  'plan-ask': (scene) => isAskFinal(scene.incident, typed(scene, 'plan.made').data.plan),
  change: (scene) => isChangeFinal(scene.incident, recordOf(scene)),
};

export function isLive(template: string): boolean {
  return template in LIVE;
}

/** True when a live message shows what it will show for ever, e.g. a draft that was posted. */
export function isFinal(template: string, scene: Scene): boolean {
  return LIVE[template]?.(scene) ?? true;
}

/** @throws TocsinError for a template of a newer version of Tocsin. */
export function render(template: string, scene: Scene): Message {
  const make = TEMPLATES[template];
  if (make === undefined) throw new TocsinError('template-unknown', `There is no message template ${template}.`);
  return make(scene);
}

/** Boards show how work goes on. They belong to no record: what they show is stored with them (engine/runbooks/board.ts). */
const BOARDS = {
  diagnosis: (view: Json) => diagnosisBoard(readBack<DiagnosisShown>(view)),
  'diagnosis-details': (view: Json) => diagnosisDetails(readBack<DiagnosisShown>(view)),
  progress: (view: Json) => progressBoard(readBack<ProgressShown>(view)),
  alert: (view: Json) => alertCard(readBack<AlertShown>(view)),
  'alert-call': (view: Json) => alertCall(readBack<AlertCallShown>(view)),
  preflight: (view: Json) => preflightBoard(readBack<PreflightShown>(view)),
} as const;

export function renderBoard(template: keyof typeof BOARDS, view: Json): Message {
  return BOARDS[template](view);
}

/** Channels that hear of it as well: messages of a version before do not say. */
function toldOf({ data }: Scene): readonly string[] {
  const { told = [] } = data as { readonly told?: readonly string[] };
  return told;
}

function recordOf({ record, incident }: Scene): IncidentRecord {
  if (record === null) throw new TocsinError('record-missing', `The record that a message of ${incident.id} tells of is not there.`);
  return record;
}

function typed<T extends EventType>(scene: Scene, type: T): Extract<IncidentRecord, { type: T }> {
  const record = recordOf(scene);
  if (record.type !== type) throw new TocsinError('record-mismatch', `A message of ${scene.incident.id} expects ${type} and finds ${record.type}.`);
  return record as Extract<IncidentRecord, { type: T }>;
}
