import type { z } from 'zod';
import { own } from '../../lib/own.ts';
import { TocsinError } from '../errors.ts';
import type { EventType, IncidentRecord } from '../incident/events.ts';
import type { StoredRecord } from '../record.ts';
import { ALERT_DATA } from './data/alerts.ts';
import { ROTA_DATA } from './data/rotas.ts';
import { recordType } from './record-types.ts';

/** The version that the data of each of these types has: the first. */
const VERSION = 1;

/**
 * A record of an incident's stream that was read back, if this release knows its type and what that carries. What a newer release has added beside that
 * stays as it is.
 * @throws TocsinError `record-too-new`
 */
export function fitting(record: StoredRecord): IncidentRecord {
  const known = recordType(record.type as EventType);
  if (known === null) throw tooNew(record, 'a type that this Tocsin does not know');
  assertFits(record, known.data);
  return record as IncidentRecord;
}

/** The same for a record of `system`; of its types only those of alerts and rotas change a state, and are looked at. @throws TocsinError `record-too-new` */
export function fittingSystem(record: StoredRecord): StoredRecord {
  const known = own<z.ZodType>({ ...ALERT_DATA, ...ROTA_DATA }, record.type);
  if (known !== undefined) assertFits(record, known);
  return record;
}

function assertFits(record: StoredRecord, schema: z.ZodType): void {
  if (record.v !== VERSION) throw tooNew(record, `version ${record.v}, of which this Tocsin knows ${VERSION}`);
  const read = schema.safeParse(record.data);
  if (read.success) return;
  const [issue] = read.error.issues;
  const where = ['data', ...(issue?.path ?? [])].join('.');
  throw tooNew(record, `which does not fit this Tocsin (${where}: ${issue?.message ?? 'is not valid'})`, read.error);
}

function tooNew({ seq, incident_id: stream, type }: StoredRecord, why: string, cause?: unknown): TocsinError {
  return new TocsinError('record-too-new', `Record ${seq} of ${stream} is ${type}, ${why}. A newer Tocsin wrote it: use that version.`, { cause });
}
