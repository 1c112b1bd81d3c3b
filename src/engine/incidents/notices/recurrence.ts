import type { RecordOf } from '../../../domain/incident/events.ts';
import type { RECURRENCE_DATA } from '../../../domain/records/data/recurrence.ts';
import type { Notice } from '../notice.ts';
import type { NoticesOf, Tell } from './tell.ts';

export const RECURRENCE_NOTICES: NoticesOf<keyof typeof RECURRENCE_DATA> = {
  'recurrence.seen': (record, tell) => [tell.inRoom('change'), ...afterEmergency(record, tell)],
  'recurrence.clear': endOfWatch,
  'recurrence.unknown': endOfWatch,
};

function endOfWatch(record: RecordOf<'recurrence.clear' | 'recurrence.unknown'>, tell: Tell): readonly Notice[] {
  return [tell.inRoom('event'), ...afterEmergency(record, tell)];
}

/** Whoever heard that an emergency change is reverted hears whether the cause is gone. */
function afterEmergency(
  { data }: RecordOf<'recurrence.seen' | 'recurrence.clear' | 'recurrence.unknown'>,
  { incident, outsideRoom }: Tell,
): readonly Notice[] {
  const isTold = data.reverted === true && incident.plans[data.plan]?.risk === 'emergency';
  return isTold ? outsideRoom('change') : [];
}
