import type { Incident } from '../incident/incident.ts';
import type { NoticePlace } from './places.ts';

/** Whether a notice that was approved later goes to the same place: customers never read an older one after it. */
export function isReplaced({ plans }: Pick<Incident, 'plans'>, id: string, place: NoticePlace): boolean {
  const own = plans[id]?.intendedAt ?? 0;
  return Object.values(plans).some((other) => other.id !== id && other.notice?.to.includes(place) === true && (other.intendedAt ?? 0) > own);
}
