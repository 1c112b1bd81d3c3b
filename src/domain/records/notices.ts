import { plural } from '../../lib/plural.ts';
import { sayDuration } from '../../lib/time.ts';
import { onPlan } from '../change/on-plan.ts';
import type { Plan } from '../change/plans.ts';
import type { EventData, RecordOf } from '../incident/events.ts';
import type { Incident } from '../incident/incident.ts';
import { sayPlaces } from '../notice/decide.ts';
import { noticeFailed, noticeWentOut } from '../notice/promise.ts';
import { NOTICE_DATA } from './data/notices.ts';
import type { RecordTypes } from './record-type.ts';

/** Notices to customers, and what became of each. */
export const NOTICES: RecordTypes<keyof typeof NOTICE_DATA> = {
  'notice.offered': {
    data: NOTICE_DATA['notice.offered'],
    evolve: (state) => onPromise(state, ({ dueAt, ...promise }) => ({ ...promise, dueAt, offeredFor: dueAt })),
    says: () => 'Tocsin asked for the next notice to customers',
  },
  'notice.reminded': {
    data: NOTICE_DATA['notice.reminded'],
    evolve: (state, _, at) => onPromise(state, (promise) => reminded(promise, at + state.policy.updates[state.severity].every_ms)),
    says: () => 'Tocsin reminded of the notice to customers that is due',
  },
  'notice.due': {
    data: NOTICE_DATA['notice.due'],
    evolve: (state, record, at) => goesOut(state, record, at),
    says: ({ data }) => sayDue(data),
    action: ({ data }) => (data.to.includes('hand') ? null : `Notice ${data.nth} to customers went out`),
  },
  'notice.published': {
    data: NOTICE_DATA['notice.published'],
    evolve: (state, { data }, at) => {
      const next = onPlan(state, data.plan, (plan) => over({ ...plan, sent: [...(plan.sent ?? []), data.place] }, at, null));
      const notice = state.plans[data.plan]?.notice;
      return data.place === 'hand' && notice !== undefined ? noticeWentOut(next, data.plan, notice, at) : next;
    },
    says: ({ data }, { by, titled }) => sayPublished(data, by, titled(data.plan)),
  },
  'notice.failed': {
    data: NOTICE_DATA['notice.failed'],
    evolve: (state, record, at) => failed(state, record, at),
    says: ({ data }, { titled }) => sayFailed(data, titled(data.plan)),
  },
};

function onPromise(
  state: Incident,
  next: (promise: NonNullable<Incident['notices']>['promise']) => NonNullable<Incident['notices']>['promise'],
): Incident {
  return state.notices === undefined ? state : { ...state, notices: { ...state.notices, promise: next(state.notices.promise) } };
}

function reminded(promise: NonNullable<Incident['notices']>['promise'], again: number): NonNullable<Incident['notices']>['promise'] {
  const isLate = promise.dueAt !== null && promise.breachedFor === promise.dueAt;
  return { ...promise, offeredFor: promise.dueAt, remindedFor: promise.dueAt, ...(isLate ? { nextAutomaticAt: again } : {}) };
}

/** What goes out by itself counts from then on; what a person sends by hand counts when they say that they did. */
function goesOut(state: Incident, { data }: RecordOf<'notice.due'>, at: number): Incident {
  const next = onPlan(state, data.plan, (plan) => ({ ...plan, status: 'applied', intendedAt: at }));
  const notice = state.plans[data.plan]?.notice;
  return notice === undefined || data.to.includes('hand') ? next : noticeWentOut(next, data.plan, notice, at);
}

function failed(state: Incident, { data }: RecordOf<'notice.failed'>, at: number): Incident {
  // Of some recipients that were refused the others are not over.
  if (data.waits || data.to !== undefined) return state;
  const next = onPlan(state, data.plan, (plan) => over({ ...plan, unsent: [...(plan.unsent ?? []), data.place] }, at, data.error));
  return next.plans[data.plan]?.status === 'failed' ? noticeFailed(next, data.plan, at) : next;
}

/** Once it is known of each place what became of the notice there, its plan is at its end. */
function over(plan: Plan, at: number, error: string | null): Plan {
  const { notice, sent = [], unsent = [] } = plan;
  const left = notice?.to.filter((place) => !sent.includes(place) && !unsent.includes(place)) ?? [];
  const reason = error ?? plan.reason;
  if (left.length > 0) return { ...plan, reason };
  return sent.length === 0 ? { ...plan, status: 'failed', reason, endedAt: at } : { ...plan, status: 'applied', reason, appliedAt: at, endedAt: at };
}

function sayDue({ nth, to, late_ms: late }: EventData['notice.due']): string {
  const delay = late === 0 ? '' : `, ${sayDuration(late)} late`;
  return to.includes('hand')
    ? `Notice ${nth} to customers is approved and waits to be sent by hand${delay}`
    : `Notice ${nth} goes ${sayPlaces(to)}${delay}`;
}

function sayPublished(
  { place, recipients = 0, again = 0, where, url, late_ms: late }: EventData['notice.published'],
  by: string,
  title: string,
): string {
  if (place === 'hand') return `${by} sent ${title}: ${where ?? ''}`;
  const delay = late === undefined ? '' : `, ${sayDuration(late)} late`;
  if (place === 'status-page') return `Tocsin published ${title} on the status page${url === undefined ? '' : ` (${url})`}${delay}`;
  const twice = again === 0 ? '' : `; ${again} of them may have it twice, since the mail server’s answer was lost`;
  return `Tocsin mailed ${title} to ${plural(recipients, 'customer')}${delay}${twice}`;
}

function sayFailed({ place, recipients = 0, error, waits, replaced, to }: EventData['notice.failed'], title: string): string {
  if (to !== undefined) return `The mail server refused ${title} for ${to.join(', ')}: ${error}. Tell them another way`;
  if (replaced === true) return `${title} is no longer ${place === 'customers' ? 'mailed' : 'published'}: ${error}`;
  const where = place === 'status-page' ? 'on the status page' : `by mail to ${plural(recipients, 'customer')}`;
  if (waits) return `${title} is not out ${where} yet: ${error}. Tocsin tries again for a day; tell customers another way if it is urgent`;
  return `${title} did not go out ${where}: ${error}. Tocsin tries no more; tell customers another way`;
}
