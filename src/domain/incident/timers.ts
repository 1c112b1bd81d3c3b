import type { Plan } from '../change/plans.ts';
import { type Incident, isOpen, pagedSince } from './incident.ts';
import { formatTimer, type Timer } from './timer.ts';

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
  const plans = Object.values(incident.plans).flatMap(planTimers);
  if (!isOpen(incident)) return plans;
  return [...acknowledgementTimers(incident), ...levelTimers(incident), ...updateTimers(incident), ...plans];
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

/** How long an incident may be open before the second level is called. */
function levelTimers(incident: Incident): DueTimer[] {
  const { levels } = incident.policy;
  if (levels === undefined || levels.L2.length === 0 || incident.unresolvedCalled === true) return [];
  return [{ timer: { kind: 'unresolved' }, dueAt: pagedSince(incident) + levels.unresolved_ms }];
}

function updateTimers({ updates, policy, severity }: Incident): DueTimer[] {
  const { dueAt } = updates;
  if (dueAt === null) return [];
  const cadence = policy.updates[severity];
  const quiet = updates.snooze?.until ?? 0;
  if (updates.breachedFor === dueAt) {
    if (updates.nextAutomaticAt === null) return [];
    return [{ timer: { kind: 'update-automatic' }, dueAt: Math.max(updates.nextAutomaticAt, quiet) }];
  }
  const timers: DueTimer[] = [{ timer: { kind: 'update-breach' }, dueAt: Math.max(dueAt, quiet) + cadence.grace_ms }];
  if (updates.remindedFor === dueAt) return timers;
  timers.push({ timer: { kind: 'update-reminder' }, dueAt: Math.max(dueAt, quiet) });
  if (updates.offeredFor !== dueAt) timers.push({ timer: { kind: 'update-offer' }, dueAt: Math.max(dueAt, quiet) - cadence.draft_before_ms });
  return timers;
}
