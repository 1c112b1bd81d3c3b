import { type Incident, isOpen, type UpdatePromise } from '../incident/incident.ts';
import { promiseAt } from '../incident/promises.ts';
import type { Notice, NoticeFields } from '../records/data/notices.ts';
import { GRAVE } from '../severity.ts';
import { termsOf } from './text.ts';

/** What customers heard of an incident, and when they hear next. */
export interface NoticeState {
  readonly promise: UpdatePromise;
  /** How many notices went out. */
  readonly count: number;
  /** What the newest said. */
  readonly last: NoticeFields | null;
}

/**
 * The state with what is owed to customers after this record: a first notice of what is grave, one more whenever the time is over, and a last one at the
 * end. A private incident owes none that nobody began.
 */
export function withNoticeOwed(before: Incident | null, after: Incident, at: number): Incident {
  const { notices } = after;
  if (isOpen(after)) {
    if (notices !== undefined && notices.count > 0) return before !== null && !isOpen(before) ? owing(after, at + termsOf(after).every_ms) : after;
    const first = after.private || !GRAVE.has(after.severity) ? undefined : after.policy.notices?.first_ms;
    if (first === undefined) return owing(after, null);
    return (notices?.promise.dueAt ?? null) === null ? owing(after, at + first) : after;
  }
  if (before === null || !isOpen(before)) return after.status === 'closed' ? owing(after, null) : after;
  const isTold = (notices?.count ?? 0) > 0 && after.status === 'resolved';
  // Offered at once: people still know how it was solved.
  return owing(after, isTold ? at + after.policy.updates[after.severity].draft_before_ms : null);
}

/** The state after a notice went out. */
export function noticeWentOut(state: Incident, { subject, facts, impact, doing, eta, status }: Notice, at: number): Incident {
  const dueAt = status === 'resolved' ? null : at + termsOf(state).every_ms;
  return {
    ...state,
    notices: { promise: promiseAt(dueAt, at), count: (state.notices?.count ?? 0) + 1, last: { subject, facts, impact, doing, eta } },
  };
}

/** Where this state owes a notice at another time, or none any more. */
function owing(state: Incident, dueAt: number | null): Incident {
  const { notices } = state;
  if ((notices?.promise.dueAt ?? null) === dueAt) return state;
  const promise = promiseAt(dueAt, notices?.promise.lastPostedAt ?? null);
  return { ...state, notices: { count: notices?.count ?? 0, last: notices?.last ?? null, promise } };
}
