import { isTracked, itemRunId } from '../../../domain/incident/tracking.ts';
import type { TRACKING_DATA } from '../../../domain/records/data/tracking.ts';
import { ITEM } from '../../run-kinds.ts';
import { type Notice, starting } from '../notice.ts';
import { type NoticesOf, saidInRoom, type Tell } from './tell.ts';

/** A closed or reopened issue is said by what became of the item. */
export const TRACKING_NOTICES: NoticesOf<keyof typeof TRACKING_DATA> = {
  'follow-up.exported': saidInRoom,
  'follow-up.unsynced': saidInRoom,
  'follow-up.lost': saidInRoom,
};

/** The newest item becomes an issue where work is tracked. */
export function exporting({ incident }: Tell): readonly Notice[] {
  return isTracked(incident) ? [runOf(incident.id, incident.followUps.length)] : [];
}

/** Its issue follows an item that was done or opened again. */
export function turning({ number }: { readonly number: number }, { incident }: Tell): readonly Notice[] {
  const item = incident.followUps[number - 1];
  if (item === undefined || (item.issue === undefined && !isTracked(incident))) return [];
  return [
    // After a restored database there is no run any more.
    runOf(incident.id, number),
    { kind: 'signal', run: itemRunId(incident.id, number), name: `turn:${item.turns ?? 0}`, payload: true },
  ];
}

function runOf(incident: string, number: number): Notice {
  return starting(itemRunId(incident, number), ITEM.with({ incident, number }));
}
