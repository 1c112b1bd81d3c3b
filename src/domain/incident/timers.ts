import { largest, smallest } from '../../lib/numbers.ts';
import type { Plan } from '../change/plans.ts';
import { drillEndsAt } from '../drill/drill.ts';
import { toRemind } from './follow-ups.ts';
import { type Incident, isOpen, ownChannelOf, pagedSince, type UpdatePromise } from './incident.ts';
import { longMailAt } from './mails.ts';
import { reviewMoments } from './review.ts';
import { formatTimer, type TIMERS, type Timer } from './timer.ts';

export interface DueTimer {
  readonly timer: Timer;
  /** ms of the one clock. */
  readonly dueAt: number;
}

/**
 * Every wait that this state implies, and nothing else: timers are derived, so a restart, a restore or a replay arms
 * exactly the same ones, and a timer whose event is recorded is gone. A snooze postpones what would be said of a
 * missing update, never the moment it was due (VQ-16).
 */
export function timersOf(incident: Incident): readonly DueTimer[] {
  // What was changed and what is to be done afterwards outlives the incident.
  const lasting = [
    ...Object.values(incident.plans).flatMap(planTimers),
    ...followUpTimers(incident),
    ...reviewTimers(incident),
    ...noticeTimers(incident),
  ];
  if (!isOpen(incident)) return [...lasting, ...archiveTimers(incident, lasting)];
  return [
    ...acknowledgementTimers(incident),
    ...levelTimers(incident),
    ...updateTimers(incident),
    ...mailTimers(incident),
    ...drillTimers(incident),
    ...lasting,
  ];
}

/** The same as they are stored. */
export function timerRowsOf(incident: Incident): readonly { readonly name: string; readonly dueAt: number }[] {
  return timersOf(incident).map(({ timer, dueAt }) => ({ name: formatTimer(timer), dueAt }));
}

/** How long a revert that needs a decision waits before the next in line hears of it. */
const CONFLICT_NAG_MS = 10 * 60_000;

/** Approvals are reminded of at half time and expire; a revert is announced. What reverts is a durable run of its own. */
function planTimers({ id, status, madeAt, expiresAt, remindedAt, revert, revertAt, revertReminded, conflict }: Plan): DueTimer[] {
  if (conflict !== null) return [{ timer: { kind: 'revert-conflict', plan: id }, dueAt: conflict.askedAt + CONFLICT_NAG_MS }];
  if (status === 'waiting') {
    const half: DueTimer = { timer: { kind: 'approval-reminder', plan: id }, dueAt: madeAt + Math.floor((expiresAt - madeAt) / 2) };
    return [...(remindedAt === null ? [half] : []), { timer: { kind: 'approval-expiry', plan: id }, dueAt: expiresAt }];
  }
  if (status !== 'applied' || revertReminded || revertAt === null || revert === null || revert.remindMs === null) return [];
  // As long before its end as was configured, also when more time was given.
  return [{ timer: { kind: 'revert-reminder', plan: id }, dueAt: revertAt - (revert.afterMs - revert.remindMs) }];
}

/** One wait for all action items: the next reminder. */
function followUpTimers(incident: Incident): DueTimer[] {
  const moments = toRemind(incident).map(({ remindAt }) => remindAt);
  return moments.length === 0 ? [] : [{ timer: { kind: 'follow-up-overdue' }, dueAt: smallest(moments) }];
}

/** The review is asked for when the incident is over, and when it is closed too. */
function reviewTimers({ review }: Incident): DueTimer[] {
  if (review === undefined) return [];
  const { remindAt, missedAt } = reviewMoments(review);
  return [
    ...(remindAt === null ? [] : [{ timer: { kind: 'review-reminder' } as const, dueAt: remindAt }]),
    ...(missedAt === null ? [] : [{ timer: { kind: 'review-breach' } as const, dueAt: missedAt }]),
  ];
}

/** The channel of what is closed is archived once nothing was recorded for a while, and nobody will be reminded there. */
function archiveTimers(incident: Incident, lasting: readonly DueTimer[]): DueTimer[] {
  const { status, archive, policy, milestones, touchedAt } = incident;
  if (status !== 'closed' || policy.archive_after_ms === undefined || archive !== undefined || ownChannelOf(incident) === null) return [];
  const since = Math.max(touchedAt ?? milestones.closed ?? milestones.declared, largest(lasting.map(({ dueAt }) => dueAt)));
  return [{ timer: { kind: 'room-archive' }, dueAt: since + policy.archive_after_ms }];
}

function acknowledgementTimers(incident: Incident): DueTimer[] {
  const { acknowledgement, escalation } = incident;
  const since = pagedSince(incident);
  const { dueAt, reminded, breachedAt } = acknowledgement;
  const timers: DueTimer[] = [];
  if (dueAt !== null && breachedAt === null) {
    const half = since + Math.floor((dueAt - since) / 2);
    if (!reminded) timers.push({ timer: { kind: 'acknowledgement-reminder' }, dueAt: half });
    timers.push({ timer: { kind: 'acknowledgement-breach' }, dueAt });
  }
  if (escalation.nextAt !== null) timers.push({ timer: { kind: 'escalation' }, dueAt: escalation.nextAt });
  return timers;
}

/** The end of a drill that nobody finishes. */
function drillTimers(incident: Incident): DueTimer[] {
  const dueAt = drillEndsAt(incident);
  return dueAt === null ? [] : [{ timer: { kind: 'drill-end' }, dueAt }];
}

/** The mail that it lasts long; once, and never of what is private (VQ-17). */
function mailTimers(incident: Incident): DueTimer[] {
  const dueAt = longMailAt(incident);
  return dueAt === null ? [] : [{ timer: { kind: 'stakeholder-mail' }, dueAt }];
}

/** How long an incident may be open before the second level is called. */
function levelTimers(incident: Incident): DueTimer[] {
  const { levels } = incident.policy;
  if (levels === undefined || levels.L2.length === 0 || incident.unresolvedCalled === true) return [];
  return [{ timer: { kind: 'unresolved' }, dueAt: pagedSince(incident) + levels.unresolved_ms }];
}

/** The waits of a promise, by what each is called: it is offered, reminded of, late, and late still. */
type Ladder = Readonly<Record<'offer' | 'reminder' | 'breach' | 'again', (typeof TIMERS)[number]>>;

const UPDATE: Ladder = { offer: 'update-offer', reminder: 'update-reminder', breach: 'update-breach', again: 'update-automatic' };
const NOTICE: Ladder = { offer: 'notice-offer', reminder: 'notice-reminder', breach: 'notice-breach', again: 'notice-again' };

function updateTimers({ updates, policy, severity }: Incident): DueTimer[] {
  return ladderTimers(updates, policy.updates[severity], UPDATE);
}

/** Customers hear the end too, so their last notice is owed after it; nobody is called for that one. */
function noticeTimers({ notices, policy, severity }: Incident): DueTimer[] {
  return notices === undefined ? [] : ladderTimers(notices.promise, policy.updates[severity], NOTICE);
}

function ladderTimers(promise: UpdatePromise, cadence: Incident['policy']['updates']['P0'], { offer, reminder, breach, again }: Ladder): DueTimer[] {
  const { dueAt } = promise;
  if (dueAt === null) return [];
  const quiet = promise.snooze?.until ?? 0;
  if (promise.breachedFor === dueAt) {
    if (promise.nextAutomaticAt === null) return [];
    return [{ timer: { kind: again }, dueAt: Math.max(promise.nextAutomaticAt, quiet) }];
  }
  const timers: DueTimer[] = [{ timer: { kind: breach }, dueAt: Math.max(dueAt, quiet) + cadence.grace_ms }];
  if (promise.remindedFor === dueAt) return timers;
  timers.push({ timer: { kind: reminder }, dueAt: Math.max(dueAt, quiet) });
  if (promise.offeredFor !== dueAt) timers.push({ timer: { kind: offer }, dueAt: Math.max(dueAt, quiet) - cadence.draft_before_ms });
  return timers;
}
