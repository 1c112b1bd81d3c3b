import type { RecordOf } from '../../../domain/incident/events.ts';
import { calledBy } from '../../../domain/incident/line.ts';
import type { PEOPLE_DATA } from '../../../domain/records/data/people.ts';
import type { Notice } from '../notice.ts';
import { askApprovers, toPerson } from './asking.ts';
import { invite, page } from './calling.ts';
import type { NoticesOf, Tell } from './tell.ts';

export const PEOPLE_NOTICES: NoticesOf<keyof typeof PEOPLE_DATA> = {
  'role.assigned': (record, tell) => [
    tell.inRoom('event'),
    ...toPerson(record.data.user, record.actor.id, tell),
    invite(tell.key('role'), tell.incident.id, [record.data.user]),
    ...commandMoved(record, tell),
  ],
  'incident.escalated': ({ data, seq }, { inRoom, key, incident }) => [
    inRoom('escalated'),
    page(key('page'), incident.id, seq, calledBy(data), 'escalated'),
  ],
};

/** Whoever has the command now may approve what waits. */
function commandMoved({ data }: RecordOf<'role.assigned'>, { incident, key }: Tell): readonly Notice[] {
  if (data.role !== 'incident-commander') return [];
  return Object.values(incident.plans).flatMap(({ id, status }) =>
    status === 'waiting' ? [askApprovers(key(`approvers:${id}`), incident, id)] : [],
  );
}
