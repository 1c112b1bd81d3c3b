import type { DIAGNOSIS_DATA } from '../../../domain/records/data/diagnosis.ts';
import { DIAGNOSIS, ROOM_TOPIC } from '../../run-kinds.ts';
import { starting } from '../notice.ts';
import type { NoticesOf } from './tell.ts';

export const DIAGNOSIS_NOTICES: NoticesOf<keyof typeof DIAGNOSIS_DATA> = {
  'diagnosis.requested': ({ data: { run, runbook, arguments: given = {}, unfilled = [] }, actor }, { incident }) => [
    starting(run, DIAGNOSIS.with({ incident: incident.id, runbook, by: actor.id, arguments: { ...given }, unfilled: [...unfilled] })),
  ],
  // The incident may be called otherwise by what was found.
  'diagnosis.finished': ({ data: { runbook } }, { incident, key }) =>
    incident.room === null || incident.diagnoses[runbook]?.called !== incident.title
      ? []
      : [starting(key('topic'), ROOM_TOPIC.with({ incident: incident.id }))],
};
