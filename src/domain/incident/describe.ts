import { own } from '../../lib/own.ts';
import { isConfirmed } from '../change/plans.ts';
import { mention } from '../mentions.ts';
import { titleIn } from '../records/plan-words.ts';
import type { ActionNames, PlanTitles, Words } from '../records/record-type.ts';
import { recordType } from '../records/record-types.ts';
import type { EventType, RecordOf } from './events.ts';

/**
 * What somebody did about the incident, for the update's Actions Taken: what, not who, since an update mentions nobody and is
 * edited as plain text. `null` for what is bookkeeping, or is said elsewhere in the update.
 */
export function describeAction<T extends EventType>(record: RecordOf<T>, names: ActionNames): string | null {
  const type = recordType(record.type);
  return record.outcome === 'done' || type?.failedToo === true ? (type?.action?.(record, names) ?? null) : null;
}

/** One record as one plain sentence; `null` for a type that is not an incident's. Without `plans`, a plan is called by its id. */
export function describe<T extends EventType>(record: RecordOf<T>, plans: PlanTitles = {}): string | null {
  const words: Words = {
    by: record.actor.kind === 'person' ? mention(record.actor.id) : 'Tocsin',
    titled: (id) => titleIn(plans, id),
    confirmed: (id) => isConfirmed({ needs: own(plans, id)?.needs ?? [] }),
  };
  return recordType(record.type)?.says(record, words) ?? null;
}
