import type { ArtifactRef, Outcome } from '../record.ts';
import type { APPROVAL_DATA } from '../records/data/approvals.ts';
import type { CHANGE_DATA } from '../records/data/changes.ts';
import type { DataOf } from '../records/data/data-of.ts';
import type { DIAGNOSIS_DATA } from '../records/data/diagnosis.ts';
import type { NOTICE_DATA } from '../records/data/notices.ts';
import type { PLAN_DATA } from '../records/data/plans.ts';
import type { RECURRENCE_DATA } from '../records/data/recurrence.ts';
import type { REVERT_DATA } from '../records/data/reverts.ts';

/** What each record of diagnosis, change and approval carries, as its schema says (src/domain/records/data). Keys are the stored names. */
export interface ChangeEventData
  extends DataOf<typeof DIAGNOSIS_DATA>,
    DataOf<typeof PLAN_DATA>,
    DataOf<typeof NOTICE_DATA>,
    DataOf<typeof APPROVAL_DATA>,
    DataOf<typeof CHANGE_DATA>,
    DataOf<typeof REVERT_DATA>,
    DataOf<typeof RECURRENCE_DATA> {}

export type ChangeEventType = keyof ChangeEventData;

/** An event of a durable run, before the decider has allowed it. */
export type ChangeEvent = {
  [T in ChangeEventType]: {
    readonly type: T;
    readonly data: ChangeEventData[T];
    readonly outcome?: Outcome;
    readonly artifacts?: readonly ArtifactRef[];
  };
}[ChangeEventType];

/** `data.plan` of an event that is about one; `null` for the others. */
export function planOf(event: { readonly data: object }): string | null {
  return 'plan' in event.data && typeof event.data.plan === 'string' ? event.data.plan : null;
}
