import type { IncidentPolicy } from '../policy.ts';
import { isGraver, type Severity } from '../severity.ts';
import { type Escalation, type Incident, pagedSince, type UpdatePromise } from './incident.ts';

/** The promise of the next update, counted from `at` (ms). */
export function freshPromise(at: number, policy: IncidentPolicy, severity: Severity, lastPostedAt: number | null): UpdatePromise {
  return {
    dueAt: at + policy.updates[severity].every_ms,
    offeredFor: null,
    remindedFor: null,
    breachedFor: null,
    nextAutomaticAt: null,
    snooze: null,
    lastPostedAt,
  };
}

/** The promise of an acknowledgement and the line that is called without one, as they begin at `at` (ms). */
export function freshCall(at: number, policy: IncidentPolicy, severity: Severity): Pick<Incident, 'acknowledgement' | 'escalation'> {
  return {
    acknowledgement: { dueAt: at + policy.respond_within_ms[severity], reminded: false, breachedAt: null },
    escalation: climb(policy, at, notifiedAtFirst(policy)),
  };
}

/** The responders are called at once; a line that begins with somebody else has not begun yet. */
function notifiedAtFirst({ escalation, responders }: IncidentPolicy): number {
  const first = JSON.stringify(escalation[0]?.who);
  return responders.some((who) => JSON.stringify(who) === first) ? 1 : 0;
}

/** How far along the line somebody was notified, and when (ms) the next is. */
export function climb(policy: IncidentPolicy, at: number, level: number, acknowledged = false): Escalation {
  const after = policy.escalation[level]?.after_ms ?? null;
  return { level, nextAt: acknowledged || after === null ? null : at + after };
}

/** Graver means sooner: targets run from the declaration or the reopening, the next update is never later than before (AU-01). */
export function withSeverity(state: Incident, severity: Severity, at: number): Incident {
  const { acknowledgement, policy, updates } = state;
  const ackDue = acknowledgement.dueAt === null ? null : pagedSince(state) + policy.respond_within_ms[severity];
  const sooner = at + policy.updates[severity].every_ms;
  const next = { ...state, severity, acknowledgement: { ...acknowledgement, dueAt: ackDue } };
  if (!isGraver(severity, state.severity)) return next;
  const { dueAt, nextAutomaticAt: automatic } = updates;
  // What was put off was put off for something less grave.
  return {
    ...next,
    updates: {
      ...updates,
      dueAt: dueAt === null ? null : Math.min(dueAt, sooner),
      nextAutomaticAt: automatic === null ? null : Math.min(automatic, sooner),
      snooze: null,
    },
  };
}

/** Nothing is owed any more. */
export function stopPromises(state: Incident): Incident {
  return {
    ...state,
    acknowledgement: { ...state.acknowledgement, dueAt: null },
    escalation: { ...state.escalation, nextAt: null },
    updates: { ...state.updates, dueAt: null, nextAutomaticAt: null, snooze: null },
  };
}
