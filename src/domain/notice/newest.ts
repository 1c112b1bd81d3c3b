import type { Plan } from '../change/plans.ts';
import type { Incident } from '../incident/incident.ts';
import type { NoticePlace } from './places.ts';

/** Whether a notice that was approved later goes to the same place: customers never read an older one after it. */
export function isReplaced(state: Pick<Incident, 'plans'>, id: string, place: NoticePlace): boolean {
  return newerThan(state, id).some(({ notice }) => notice?.to.includes(place) === true);
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
