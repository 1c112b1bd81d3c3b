import { plural } from '../../lib/plural.ts';
import { sayMoment } from '../../lib/time.ts';
import type { Plan } from '../change/plans.ts';
import type { ChecklistEntry } from '../policy.ts';
import { type Incident, isOpen } from './incident.ts';

/** Something on the record that shows that an item is done, and when (ms) it was; `null` where that is not known. */
export interface Sign {
  readonly what: string;
  readonly at: number | null;
}

/** A person's word on an item. */
interface Said {
  readonly by: string;
  readonly at: number;
}

/** An item of an incident's checklist, as it stands. */
export interface ListedItem {
  readonly id: string;
  readonly text: string;
  /** The runbook that it comes from; `null` for the service's own. */
  readonly runbook: string | null;
  readonly ticked: Said | null;
  /** Who said that it is not done, whatever Tocsin sees. */
  readonly unticked: Said | null;
  /** What Tocsin sees of it; empty where it sees nothing. */
  readonly signs: readonly Sign[];
}

/** The service's items, and after them those of the runbooks that were used. */
export function checklistOf(incident: Incident): readonly ListedItem[] {
  const own = incident.policy.checklist.map((item) => ({ ...item, runbook: null }));
  return [...own, ...(incident.runbookItems ?? [])].map(({ id, text, runbook, seen }) => ({
    id,
    text,
    runbook,
    ticked: incident.ticked[id] ?? null,
    unticked: incident.unticked?.[id] ?? null,
    signs: seen === undefined ? [] : signsOf(incident, seen, runbook),
  }));
}

/** Ticked by a person, or seen by Tocsin where nobody says otherwise. */
export function isDone({ ticked, unticked, signs }: ListedItem): boolean {
  return ticked !== null || (signs.length > 0 && unticked === null);
}

/** The incident once a runbook was used in it: its items are on the checklist, each text once. */
export function withItems(incident: Incident, runbook: string, entries: readonly ChecklistEntry[] = []): Incident {
  const there = incident.runbookItems ?? [];
  const texts = new Set([...incident.policy.checklist, ...there].map(({ text }) => text.toLowerCase()));
  const fresh = entries.filter(({ text }, i) => !texts.has(text.toLowerCase()) && entries.findIndex((other) => other.text === text) === i);
  if (fresh.length === 0) return incident;
  return { ...incident, runbookItems: [...there, ...fresh.map((entry, i) => ({ ...entry, id: `r${there.length + i + 1}`, runbook }))] };
}

/** The incident once a person has ticked an item, or said that it is not done. */
export function withTick(incident: Incident, item: string, done: boolean, said: Said): Incident {
  const { [item]: _ticked, ...ticked } = incident.ticked;
  const { [item]: _unticked, ...unticked } = incident.unticked ?? {};
  return done ? { ...incident, ticked: { ...ticked, [item]: said }, unticked } : { ...incident, ticked, unticked: { ...unticked, [item]: said } };
}

function signsOf(incident: Incident, seen: NonNullable<ChecklistEntry['seen']>, runbook: string | null): readonly Sign[] {
  switch (seen.what) {
    case 'resolved':
      return resolvedAndVerified(incident);
    case 'announced':
      return isAnnounced(incident) ? [{ what: 'its resolution was posted', at: incident.milestones.resolved }] : [];
    case 'status-page':
      return publishedAsResolved(incident);
    case 'pack':
      return incident.packed === undefined ? [] : [{ what: `evidence pack ${incident.packed.number} was made`, at: incident.packed.at }];
    case 'cause':
      return incident.cause === null ? [] : [{ what: `the cause was named: ${incident.cause}`, at: incident.milestones.identified }];
    case 'component':
      return incident.component === null ? [] : [{ what: `it is named: ${incident.component}`, at: null }];
    case 'review':
      return reviewed(incident);
    case 'items':
      return itemsTracked(incident);
    case 'remedies':
      return applied(incident, (plan) => plan.runbook === runbook && seen.remedies.includes(plan.remedy)).slice(-1);
  }
}

/** The newest notice that the status page shows says that it is over. */
function publishedAsResolved(incident: Incident): readonly Sign[] {
  const shown = Object.values(incident.plans).filter(({ sent = [] }) => sent.includes('status-page'));
  const last = shown.at(-1);
  return isOpen(incident) || last?.notice?.status !== 'resolved' ? [] : [{ what: 'the status page says that it is resolved', at: last.endedAt }];
}

/** Each action item that is not done has an issue where work is tracked, and there is one at least. */
function itemsTracked({ followUps }: Incident): readonly Sign[] {
  const tracked = followUps.flatMap(({ issue }) => (issue === undefined || issue.lost === true ? [] : [issue.key]));
  if (tracked.length === 0 || followUps.some(({ done, issue }) => done === undefined && (issue === undefined || issue.lost === true))) return [];
  return [{ what: `${plural(tracked.length, 'action item has an issue', 'action items have issues')}: ${tracked.join(', ')}`, at: null }];
}

function reviewed({ review }: Incident): readonly Sign[] {
  if (review?.done !== undefined) return [{ what: 'the review was held', at: review.done.at }];
  return review?.scheduled === undefined ? [] : [{ what: `the review is scheduled for ${sayMoment(review.scheduled.at)}`, at: null }];
}

function resolvedAndVerified(incident: Incident): readonly Sign[] {
  if (isOpen(incident) || incident.mergedInto !== null) return [];
  const verified = applied(incident, (plan) => plan.verified === true).slice(-1);
  return verified.length === 0 ? [] : [{ what: 'it was resolved', at: incident.milestones.resolved }, ...verified];
}

/** Changes that are in force and had their effect, as far as anybody looked, the newest last. */
function applied({ plans }: Incident, fits: (plan: Plan) => boolean): readonly Sign[] {
  return Object.values(plans)
    .filter((plan) => plan.kind === 'change' && plan.status === 'applied' && hadEffect(plan) && fits(plan))
    .map(({ title, verified, verification, appliedAt }) => ({
      what: `“${title}” was ${verified === true ? 'verified' : 'applied'}`,
      at: verification?.at ?? appliedAt,
    }))
    .sort((one, other) => (one.at ?? 0) - (other.at ?? 0));
}

function hadEffect({ verified, watch }: Plan): boolean {
  return (verified === true || verified === null) && (watch === null || watch.outcome === null || watch.outcome === 'clear');
}

/** Whether people outside of its room were told that it is over: of a private incident nobody is. */
function isAnnounced(incident: Incident): boolean {
  if (isOpen(incident) || incident.mergedInto !== null || incident.private || incident.unannounced === true) return false;
  return incident.cards.some(({ channel }) => channel !== incident.room?.channel);
}
