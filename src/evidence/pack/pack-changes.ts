import { planOf } from '../../domain/change/events.ts';
import type { StoredRecord } from '../../domain/record.ts';

/** By the beginning of their names, so that no new type is left out, and so that a shell can tell them apart as well. */
const DECISION = /^(?:plan|approval)\.|^revert\.(?:settled|extended)$/;
const CHANGE = /^(?:remedy|change|evidence|revert)\./;

/** Whether a record tells of a change to production, or of a decision about one. */
export function isAboutChange({ type }: StoredRecord): boolean {
  return DECISION.test(type) || CHANGE.test(type);
}

/** What a pack's `approvals.json` holds: who decided what. `plan`: only of that one. */
export function approvalsOf(records: readonly StoredRecord[], plan?: string): object[] {
  return chosen(records, plan, ({ type }) => DECISION.test(type));
}

/** What a pack's `changes.json` holds: what was done. `plan`: only of that one. */
export function changesOf(records: readonly StoredRecord[], plan?: string): object[] {
  return chosen(records, plan, ({ type }) => CHANGE.test(type) && !DECISION.test(type));
}

function chosen(records: readonly StoredRecord[], plan: string | undefined, wanted: (record: StoredRecord) => boolean): object[] {
  return records.filter((record) => wanted(record) && (plan === undefined || planOfRecord(record) === plan)).map(shown);
}

/** The plan a record tells of, or `null`. */
export function planOfRecord({ data }: StoredRecord): string | null {
  return typeof data === 'object' && data !== null ? planOf({ data }) : null;
}

function shown({ seq, time, type, actor, outcome, data }: StoredRecord): object {
  return { seq, time, type, by: actor, outcome, ...(data as object) };
}
