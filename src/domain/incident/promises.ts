import type { IncidentPolicy } from '../policy.ts';
import { isGraver, type Severity } from '../severity.ts';
import { type Escalation, type Incident, pagedSince, type UpdatePromise } from './incident.ts';
import { hasOwnLine, type InLine, lineOf, respondersOf } from './line.ts';

/** The promise of the next update, counted from `at` (ms). */
export function freshPromise(at: number, policy: IncidentPolicy, severity: Severity, lastPostedAt: number | null): UpdatePromise {
  return promiseAt(at + policy.updates[severity].every_ms, lastPostedAt);
}

/** A promise of which nothing was said yet; `null`: nothing is owed. */
export function promiseAt(dueAt: number | null, lastPostedAt: number | null): UpdatePromise {
  return {
    dueAt,
    offeredFor: null,
    remindedFor: null,
    breachedFor: null,
    nextAutomaticAt: null,
    snooze: null,
    lastPostedAt,
  };
}

/** The promise of an acknowledgement and the line that is called without one, as they begin at `at` (ms). */
export function freshCall(at: number, incident: InLine, severity: Severity): Pick<Incident, 'acknowledgement' | 'escalation'> {
  return {
    acknowledgement: { dueAt: at + incident.policy.respond_within_ms[severity], reminded: false, breachedAt: null },
    escalation: climb(incident, at, notifiedAtFirst(incident)),
  };
}

/** How many steps of the line are called at once, as responders; a line that begins with somebody else has not begun yet. */
export function notifiedAtFirst(incident: InLine): number {
  const first = JSON.stringify(lineOf(incident)[0]?.who[0]);
  return respondersOf(incident).some((who) => JSON.stringify(who) === first) ? 1 : 0;
}

/** How far along the line somebody was notified, and when (ms) the next is. */
export function climb(incident: InLine, at: number, level: number, acknowledged = false): Escalation {
  const after = lineOf(incident)[level]?.after_ms ?? null;
  return { level, nextAt: acknowledged || after === null ? null : at + after };
}

/** Another type changes who is next: its first contacts are called now, and the line begins behind them. A type without a line of its own keeps the service's. */
export function withType(state: Incident, type: string, at: number, settled: boolean): Incident {
  const next = { ...state, type };
  if (!hasOwnLine(state) && !hasOwnLine(next)) return next;
  return { ...next, escalation: climb(next, at, notifiedAtFirst(next), settled) };
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
