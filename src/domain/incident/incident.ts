import type { DiagnosisState, FollowUp, Plan, Requested } from '../change/plans.ts';
import type { Level, Mark } from '../conditions.ts';
import type { Drill } from '../drill/drill.ts';
import type { NoticeState } from '../notice/promise.ts';
import type { ChecklistEntry, IncidentPolicy } from '../policy.ts';
import type { MailKind } from '../records/data/mail.ts';
import type { Severity } from '../severity.ts';
import { TOCSIN } from '../streams.ts';
import type { AlertKind } from './alert-kinds.ts';
import type { CanvasState } from './canvas.ts';
import type { MailMoment } from './mails.ts';
import type { Note } from './notes.ts';
import type { PagerDutyState } from './pagerduty.ts';
import type { Review, ReviewCanvas } from './review.ts';
import type { Tally } from './tally.ts';

export const STATUSES = ['investigating', 'identified', 'monitoring', 'resolved', 'closed'] as const;
export type Status = (typeof STATUSES)[number];

export const ROLES = ['incident-commander', 'communications', 'scribe'] as const;
export type Role = (typeof ROLES)[number];

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  'incident-commander': 'Incident commander',
  communications: 'Communications',
  scribe: 'Scribe',
};

/** Times in ms of the one clock; `null` until reached. */
export interface Milestones {
  readonly detected: number | null;
  readonly declared: number;
  readonly acknowledged: number | null;
  readonly identified: number | null;
  readonly mitigated: number | null;
  readonly resolved: number | null;
  readonly closed: number | null;
}

/** The promise of the next update. `dueAt` is when a person owes it: an automatic update or a snooze never moves it. */
export interface UpdatePromise {
  /** `null` once resolved. */
  readonly dueAt: number | null;
  readonly offeredFor: number | null;
  readonly remindedFor: number | null;
  readonly breachedFor: number | null;
  readonly nextAutomaticAt: number | null;
  readonly snooze: { readonly until: number; readonly reason: string; readonly by: string } | null;
  readonly lastPostedAt: number | null;
}

/** The promise of an acknowledgement. */
export interface AcknowledgementPromise {
  /** `null` once acknowledged (or resolved without). */
  readonly dueAt: number | null;
  readonly reminded: boolean;
  readonly breachedAt: number | null;
  /** From when it is counted, once the incident was reopened; before that, from the declaration. */
  readonly since?: number;
}

/** How far along the line somebody was notified: `level` steps so far. `nextAt`: when the next is, without an acknowledgement. */
export interface Escalation {
  readonly level: number;
  readonly nextAt: number | null;
}

export interface Action {
  readonly at: number;
  readonly text: string;
  /** Said in the incident's channel, for those who are in it: nobody but a person publishes it. */
  readonly internal: boolean;
  /** The type of record of which only the newest is told; missing for the others. */
  readonly newestOf?: string;
  /** The number of the note that says it; missing for what is no note. */
  readonly note?: number;
}

export interface MessagePlace {
  readonly channel: string;
  readonly ts: string;
}

export interface Incident {
  readonly id: string;
  /** The seq of the newest record this state has seen. */
  readonly seq: number;
  readonly title: string;
  readonly service: string;
  readonly serviceName: string;
  readonly type: string | null;
  readonly component: string | null;
  readonly severity: Severity;
  readonly status: Status;
  readonly impact: string | null;
  readonly customerImpact: boolean;
  readonly dataExposure: boolean;
  /** What else people marked; missing while nobody has. */
  readonly marks?: readonly Mark[];
  /** The highest level that was called by a condition; missing while none was. */
  readonly calledLevel?: Level;
  /** It was said that it is not resolved in time. */
  readonly unresolvedCalled?: boolean;
  readonly private: boolean;
  /** Incidents of the service that were open when it was declared; missing where there was none. */
  readonly beside?: readonly string[];
  readonly reporter: string;
  readonly roles: Readonly<Partial<Record<Role, string>>>;
  readonly milestones: Milestones;
  readonly reopened: number;
  readonly mergedInto: string | null;
  /** The channel in which the incident that it was merged into met then. */
  readonly mergedRoom?: string | null;
  /** The incident that it was merged into is private and this one is not: nothing that is said of this one names it. */
  readonly mergedHidden?: boolean;
  readonly absorbed: readonly string[];
  /** Messages on the timeline, as `channel:ts`: each is there once. */
  readonly pinned: readonly string[];
  /** The alerts that its present room was told of, by kinds; missing while there is none. */
  readonly alerts?: readonly AlertKind[];
  /** Notes in the order in which they were added; missing while there is none. */
  readonly notes?: readonly Note[];
  readonly policy: IncidentPolicy;
  readonly acknowledgement: AcknowledgementPromise;
  readonly updates: UpdatePromise;
  readonly escalation: Escalation;
  readonly breaches: number;
  readonly tally: Tally;
  /** What a person said last of how it stands, by an update, a status or a reopening; the next draft starts from it. */
  readonly situation: string | null;
  /** The status it was said in. */
  readonly situationStatus: Status | null;
  /** What a person named as the cause when they changed the status to identified. */
  readonly cause: string | null;
  readonly nextSteps: string | null;
  readonly eta: string | null;
  /** What was done since the last update by a person, oldest first (SK-70, Actions Taken). */
  readonly actions: readonly Action[];
  readonly ticked: Readonly<Record<string, { readonly by: string; readonly at: number }>>;
  /** Items of the runbooks that were used; missing where they have none. */
  readonly runbookItems?: readonly (ChecklistEntry & { readonly id: string; readonly runbook: string })[];
  /** What somebody said is not done, by item. */
  readonly unticked?: Readonly<Record<string, { readonly by: string; readonly at: number }>>;
  /** The newest evidence pack. */
  readonly packed?: { readonly number: number; readonly at: number };
  /** Slack did not take the message that says that it is over. */
  readonly unannounced?: boolean;
  /** The mails that the stakeholders were to get, in order; missing where there was none. */
  readonly mails?: readonly MailKind[];
  /** How grave it was and of which type when each of these was due. */
  readonly mailed?: readonly MailMoment[];
  /** What PagerDuty is to know of it; missing where it was never to page anybody. */
  readonly pagerduty?: PagerDutyState;
  /** What customers heard, and when they hear next; missing while nothing of it was owed or sent. */
  readonly notices?: NoticeState;
  readonly resolution: string | null;
  /** It was none: declared by mistake, or a false alarm. */
  readonly cancelled?: boolean;
  readonly statusPage: string | null;
  /** The link to its call, where somebody set another than the service's; `null`: it has none. */
  readonly call?: string | null;
  /** Where people meet: a channel of its own, or the card's thread. `null` until it exists. */
  readonly room: { readonly channel: string; readonly threadTs: string | null } | null;
  /** The canvas of its own channel; missing while it meets anywhere else. */
  readonly canvas?: CanvasState;
  /** What becomes of its own channel after the close; missing until that is due. */
  readonly archive?: { readonly channel: string; readonly standing: 'due' | 'done' | 'refused' };
  /** When the newest record came in after the close (ms); missing where its channel is never archived. */
  readonly touchedAt?: number;
  /** Who was called: each is a responder of this incident, whatever roles they hold elsewhere. */
  readonly called: readonly string[];
  /** Who was called last for each rota that was; missing where none was. */
  readonly onCall?: Readonly<Record<string, string>>;
  /** The cards that are edited in place, one a channel. */
  readonly cards: readonly MessagePlace[];
  /** Plans by id, oldest first. */
  readonly plans: Readonly<Record<string, Plan>>;
  /** Remedies whose plan is being made, by run. */
  readonly requested: Readonly<Record<string, Requested>>;
  /** The newest diagnosis of each runbook, by runbook. */
  readonly diagnoses: Readonly<Record<string, DiagnosisState>>;
  readonly followUps: readonly FollowUp[];
  readonly review?: Review;
  /** Missing until the review has a canvas, or was found to get none. */
  readonly reviewCanvas?: ReviewCanvas;
  /** It is rehearsed: nothing of it is real. Missing for every other incident. */
  readonly drill?: Drill;
}

/** The channel that is the incident's room and nothing else's; `null` while it meets in a thread, in a direct message, or nowhere. */
export function ownChannelOf({ room }: Pick<Incident, 'room'>): string | null {
  return room === null || room.threadTs !== null || room.channel.startsWith('D') ? null : room.channel;
}

/** The people whom an incident knows: who declared it, unless Tocsin did by a rule, who has a role in it, and who was called. */
export function peopleOf({ reporter, roles, called }: Pick<Incident, 'reporter' | 'roles' | 'called'>): readonly string[] {
  return [...new Set([...(reporter === TOCSIN.id ? [] : [reporter]), ...Object.values(roles), ...called])];
}

/** Whether somebody is in an incident by its own records: they declared it, have a role in it, or were called. */
export function isIn({ reporter, roles, called }: Pick<Incident, 'reporter' | 'roles' | 'called'>, user: string): boolean {
  return reporter === user || Object.values(roles).includes(user) || called.includes(user);
}

/** The incident that this one was merged into, as everybody who reads this one may hear of it. */
export function sayMergedInto({ mergedInto, mergedHidden }: Pick<Incident, 'mergedInto' | 'mergedHidden'>): string {
  return mergedInto === null || mergedHidden === true ? HIDDEN_INCIDENT : mergedInto;
}

/** What stands for an incident that the reader may not see. */
export const HIDDEN_INCIDENT = 'another incident, which is private';

export function isOpen(incident: Incident): boolean {
  return incident.status !== 'resolved' && incident.status !== 'closed';
}

/** Whether something may be begun: while the incident is open; what only proposes, for people to take or leave, also once it is resolved and until it is closed. */
export function mayBegin(incident: Pick<Incident, 'status' | 'mergedInto'>, proposes: boolean): boolean {
  if (incident.status === 'closed') return false;
  return incident.status !== 'resolved' || (proposes && incident.mergedInto === null);
}

/** From when the acknowledgement is counted: the declaration, or the newest reopening that paged the responders. */
export function pagedSince({ acknowledgement, milestones }: Pick<Incident, 'acknowledgement' | 'milestones'>): number {
  return acknowledgement.since ?? milestones.declared;
}
