import { describe, type PlanTitles } from '../src/domain/incident/describe.ts';
import type { IncidentRecord } from '../src/domain/incident/events.ts';
import { guarded } from './outside.ts';

/** A record as a sentence in which only Tocsin mentions anybody: for `sentence`. `null` for a type that is not an incident's. */
export function sayRecord(record: IncidentRecord, plans: PlanTitles = {}): string | null {
  const titles = Object.fromEntries(Object.entries(plans).map(([id, { title }]) => [id, { title: guarded(title) }]));
  // Why a room was made is Tocsin's own sentence, and names the channel before.
  const own = record.type === 'room.created' ? { note: record.data.note } : {};
  return describe({ ...record, data: { ...guarded(record.data), ...own } } as IncidentRecord, titles);
}
