import { largest } from '../../lib/numbers.ts';
import { type Incident, isOpen, type UpdatePromise } from '../incident/incident.ts';
import { promiseAt } from '../incident/promises.ts';
import type { Notice, NoticeFields } from '../records/data/notices.ts';
import { GRAVE } from '../severity.ts';
import { isOut, newerThan } from './newest.ts';
import { termsOf } from './text.ts';

/** What customers heard of an incident, and when they hear next. */
export interface NoticeState {
  readonly promise: UpdatePromise;
  /** How many notices went out; one that failed everywhere is none. */
  readonly count: number;
  /** What the newest said, as it was approved; `null`: nobody has begun to tell customers. */
  readonly last: NoticeFields | null;
}

/**
 * The state with what is owed to customers after this record: a first notice of what is grave, one more whenever the time is over, and a last one at the
 * end. A private incident owes none that nobody began.
 */
export function withNoticeOwed(before: Incident | null, after: Incident, at: number): Incident {
  const { notices } = after;
  if (isOpen(after)) {
    if (notices !== undefined && notices.last !== null)
      return before !== null && !isOpen(before) ? owing(after, at + termsOf(after).every_ms) : after;
    const first = after.private || !GRAVE.has(after.severity) ? undefined : after.policy.notices?.first_ms;
    if (first === undefined) return owing(after, null);
    return (notices?.promise.dueAt ?? null) === null ? owing(after, at + first) : after;
  }
  if (before === null || !isOpen(before)) return after.status === 'closed' ? owing(after, null) : after;
  const isTold = (notices?.count ?? 0) > 0 && after.status === 'resolved';
  return owing(after, isTold ? lastDue(after, at) : null);
}

/** The state after a notice went out. One by hand may have waited: where a newer one is out, that one says what is owed. */
export function noticeWentOut(state: Incident, id: string, { subject, facts, impact, doing, eta, status }: Notice, at: number): Incident {
  const { notices } = state;
  const count = countOf(state);
  if (notices !== undefined && newerThan(state, id).some(isOut)) return { ...state, notices: { ...notices, count } };
  const promise = promiseAt(nextAfter(state, status, at), at);
  return { ...state, notices: { promise, count, last: { subject, facts, impact, doing, eta } } };
}

/** When customers hear next: in turn while it is open, whatever they read; of the end at once, unless this was it. */
function nextAfter(state: Incident, status: Notice['status'], at: number): number | null {
  if (isOpen(state)) return at + termsOf(state).every_ms;
  return status === 'resolved' ? null : lastDue(state, at);
}

/** Offered at once: people still know how it was solved. */
function lastDue({ policy, severity }: Incident, at: number): number {
  return at + policy.updates[severity].draft_before_ms;
}

/** The state after it is known that nobody gets a notice: customers know nothing of it. Where it was the newest, one more is owed at once. */
export function noticeFailed(state: Incident, id: string, at: number): Incident {
  const { notices } = state;
  if (notices === undefined) return state;
  const heard = Object.values(state.plans).flatMap((plan) => (isOut(plan) ? [plan.intendedAt ?? at] : []));
  const promise = { ...notices.promise, lastPostedAt: heard.length === 0 ? null : largest(heard) };
  const count = countOf(state);
  const isLate = promise.dueAt !== null && promise.dueAt <= at;
  if (isLate || newerThan(state, id).length > 0) return { ...state, notices: { ...notices, count, promise } };
  // It is reminded of at once: to offer it as well would say it twice.
  return { ...state, notices: { ...notices, count, promise: { ...promiseAt(at, promise.lastPostedAt), offeredFor: at } } };
}

function countOf({ plans }: Incident): number {
  return Object.values(plans).filter(isOut).length;
}

/** Where this state owes a notice at another time, or none any more. */
function owing(state: Incident, dueAt: number | null): Incident {
  const { notices } = state;
  if ((notices?.promise.dueAt ?? null) === dueAt) return state;
  const promise = promiseAt(dueAt, notices?.promise.lastPostedAt ?? null);
  return { ...state, notices: { count: notices?.count ?? 0, last: notices?.last ?? null, promise } };
}
