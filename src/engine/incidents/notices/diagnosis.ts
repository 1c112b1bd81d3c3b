import type { DIAGNOSIS_DATA } from '../../../domain/records/data/diagnosis.ts';
import { DIAGNOSIS } from '../../run-kinds.ts';
import { starting } from '../notice.ts';
import type { NoticesOf } from './tell.ts';

export const DIAGNOSIS_NOTICES: NoticesOf<keyof typeof DIAGNOSIS_DATA> = {
  'diagnosis.requested': ({ data: { run, runbook, arguments: given = {}, unfilled = [] }, actor }, { incident }) => [
    starting(run, DIAGNOSIS.with({ incident: incident.id, runbook, by: actor.id, arguments: { ...given }, unfilled: [...unfilled] })),
  ],
};
