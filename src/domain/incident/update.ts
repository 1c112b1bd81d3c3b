import { plural } from '../../lib/plural.ts';
import { sayMoment, sayUtc, toIso } from '../../lib/time.ts';
import { inOneLine } from '../change/one-line.ts';
import { type Plan, plansInForce } from '../change/plans.ts';
import type { UpdateFields } from '../records/data/updates.ts';
import type { Incident } from './incident.ts';

/** Lines of what was done in an automatic update. */
const BRIEF = 5;

export const NOT_KNOWN = 'Not yet known';

/**
 * The update as the record alone tells it: every field of SK-70's template, what people said last in their words, and the changes in force. It is for
 * somebody who reads it before they post it: notes of the incident's channel are among the actions.
 */
export function draftUpdate(incident: Incident): UpdateFields {
  const inForce = changesInForce(incident);
  return {
    status: incident.status,
    severity: incident.severity,
    start_time: sayUtc(incident.milestones.declared),
    impact: incident.impact ?? NOT_KNOWN,
    current_situation: currentSituation(incident),
    actions_taken: incident.actions.map(sayAction),
    next_steps: incident.nextSteps ?? NOT_KNOWN,
    eta: incident.eta ?? NOT_KNOWN,
    ...(inForce.length === 0 ? {} : { in_force: inForce }),
  };
}

/** The same for what is posted without somebody having read it: what was noted in the incident's channel stays there. */
export function unreadUpdate(incident: Incident): UpdateFields {
  return { ...draftUpdate(incident), actions_taken: incident.actions.filter(({ internal }) => !internal).map(sayAction) };
}

/** The same, shorter, for what is posted without anybody: the newest of what was done, and how much there is beside. */
export function briefUpdate(incident: Incident): UpdateFields {
  const update = unreadUpdate(incident);
  const left = update.actions_taken.length - BRIEF;
  if (left <= 0) return update;
  const earlier = `${plural(left, 'earlier action is', 'earlier actions are')} on the timeline.`;
  return { ...update, actions_taken: [earlier, ...update.actions_taken.slice(-BRIEF)] };
}

/** How late the owed update is, in ms; 0 when it is not late. */
export function latenessOf(incident: Incident, now: number): number {
  const { dueAt } = incident.updates;
  return dueAt === null ? 0 : Math.max(0, now - dueAt);
}

function sayAction({ at, text }: Incident['actions'][number]): string {
  return `${clock(at)} ${text}`;
}

/** What people said last. A status that was set since, without a word, comes first; the cause stays until it is looked for again. */
function currentSituation({ situation, situationStatus, cause, ...incident }: Incident): string {
  const now = situation === null ? situationOf(incident) : situation;
  const said = situation !== null && situationStatus !== incident.status ? `${situationOf(incident)} Before that: ${situation}` : now;
  return cause === null || said.includes(cause) ? said : `${said}\nCause: ${cause}`;
}

function situationOf({ status, milestones, diagnoses }: Pick<Incident, 'status' | 'milestones' | 'diagnoses'>): string {
  if (status === 'identified') return 'The cause is identified; a fix is being worked on.';
  if (status === 'monitoring') return 'A fix is in place; the result is being watched.';
  if (milestones.acknowledged === null) return 'Nobody has acknowledged the incident yet.';
  return foundNow(diagnoses) ?? 'Nobody has said yet what the cause is.';
}

/** What the newest diagnosis found first; `null` where it found nothing. */
function foundNow(diagnoses: Incident['diagnoses']): string | null {
  const [newest] = Object.values(diagnoses)
    .filter(({ endedAt }) => endedAt !== null)
    .sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
  const line = inOneLine(newest?.findings[0]?.says ?? '');
  return line === '' ? null : `The diagnosis found: ${line}`;
}

/** Safeguards that are off, and whatever reverts by itself: nobody who reads an update may miss them. */
function changesInForce(incident: Incident): readonly string[] {
  return plansInForce(incident).map((plan) => `${plan.title}${sayUntil(plan)}`);
}

function sayUntil({ status, revertAt }: Plan): string {
  if (status === 'reverting') return ', being reverted';
  return revertAt === null ? '' : `, until ${sayMoment(revertAt)}`;
}

/** `08:15Z`: in UTC, as files say it; who reads it in Slack sees their own time (blocks/update.ts). */
function clock(ms: number): string {
  return `${toIso(ms).slice(11, 16)}Z`;
}
