import { TocsinError } from '../domain/errors.ts';
import type { StoredRecord } from '../domain/record.ts';

/** Lifts the `data` of one record type from version `from` to `from + 1`. Pure: the same record always becomes the same. */
export interface Upcaster {
  readonly type: string;
  readonly from: number;
  up(data: unknown, record: StoredRecord): unknown;
}

/**
 * Builds the function that lifts a record to the newest version of its type; a type without upcasters stays as it is.
 * What is stored and hashed never changes: upcasting happens when a record is read (ADR 1).
 * Throws TocsinError `upcaster-gap` for a step that is missing or there twice; the function throws `record-too-new` for a record
 * that a later Tocsin wrote.
 */
export function createUpcast(upcasters: readonly Upcaster[]): (record: StoredRecord) => StoredRecord {
  const steps = stepsByType(upcasters);
  return (record) => {
    const chain = steps.get(record.type);
    if (chain === undefined) return record;
    const newest = chain.length + 1;
    if (record.v > newest)
      throw new TocsinError(
        'record-too-new',
        `Record ${record.seq} of ${record.incident_id} is ${record.type} version ${record.v}; this Tocsin knows ${newest}. Upgrade it.`,
      );
    return chain.slice(record.v - 1).reduce((current, step) => ({ ...current, v: current.v + 1, data: step.up(current.data, current) }), record);
  };
}

/** For each type the steps from version 1 upward, without gaps. */
function stepsByType(upcasters: readonly Upcaster[]): Map<string, readonly Upcaster[]> {
  const byType = Map.groupBy(upcasters, (upcaster) => upcaster.type);
  return new Map(
    [...byType].map(([type, steps]) => {
      const sorted = steps.toSorted((left, right) => left.from - right.from);
      const gap = sorted.findIndex((step, index) => step.from !== index + 1);
      if (gap !== -1) throw new TocsinError('upcaster-gap', `The upcasters of ${type} do not go from version ${gap + 1} to ${gap + 2} exactly once.`);
      return [type, sorted];
    }),
  );
}
