import type { Plan } from '../change/plans.ts';
import { type Incident, isOpen } from '../incident/incident.ts';
import type { NoticePlace } from './places.ts';

/**
 * Why an approved notice that still waits goes to a place no more: customers never read an older one after a newer one, nor of an end that is none.
 * `null` where nothing keeps it.
 */
export function whyHeld(state: Incident, id: string, place: NoticePlace): string | null {
  if (newerThan(state, id).some(({ notice }) => notice?.to.includes(place) === true)) return 'a newer notice took its place';
  return state.plans[id]?.notice?.status === 'resolved' && isOpen(state)
    ? 'it says that the incident is resolved, but it is open again. Write another one: `/incident notice`'
    : null;
}

/** The notices that were approved after this one. */
export function newerThan({ plans }: Pick<Incident, 'plans'>, id: string): readonly Plan[] {
  const own = plans[id]?.intendedAt ?? 0;
  return Object.values(plans).filter((other) => other.id !== id && other.notice !== undefined && (other.intendedAt ?? 0) > own);
}

/** Whether customers have it or still get it: what goes by hand counts once somebody says that they sent it, and what failed everywhere never does. */
export function isOut({ notice, intendedAt, status, sent = [] }: Plan): boolean {
  return notice !== undefined && intendedAt !== null && status !== 'failed' && (!notice.to.includes('hand') || sent.includes('hand'));
}
