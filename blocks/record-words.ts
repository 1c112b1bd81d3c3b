import { describe } from '../src/domain/incident/describe.ts';
import type { IncidentRecord } from '../src/domain/incident/events.ts';
import type { PlanTitles } from '../src/domain/records/record-type.ts';
import { guardedInLine } from './exact.ts';
import { guarded } from './outside.ts';

/** A record as a sentence in which only Tocsin mentions anybody: for `sentence`. `null` for a type that is not an incident's. */
export function sayRecord(record: IncidentRecord, plans: PlanTitles = {}): string | null {
  const titles = Object.fromEntries(Object.entries(plans).map(([id, plan]) => [id, { ...plan, title: guarded(plan.title) }]));
  return describe({ ...record, data: { ...guarded(record.data), ...ownWords(record) } } as IncidentRecord, titles);
}

/** What of a record is not guarded like the rest. */
function ownWords(record: IncidentRecord): object {
  // Why a room was made is Tocsin's own sentence, and names the channel before.
  if (record.type === 'room.created') return { note: record.data.note };
  if (record.type !== 'diagnosis.finished') return {};
  return { findings: record.data.findings.map((finding) => ({ ...finding, says: guardedInLine(finding) })) };
}
