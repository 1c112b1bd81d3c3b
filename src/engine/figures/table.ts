import type { IncidentFigures } from '../../domain/incident/figures.ts';
import { TARGETS } from '../../domain/incident/tally.ts';
import { writeCsv } from '../../lib/csv.ts';
import { sayMoment } from '../../lib/time.ts';

const COLUMNS: readonly (readonly [name: string, of: (one: IncidentFigures) => string | number | null])[] = [
  ['id', ({ id }) => id],
  ['title', ({ title }) => title],
  ['service', ({ service }) => service],
  ['severity', ({ severity }) => severity],
  ['status', ({ status }) => status],
  ['declared', ({ declaredAt }) => sayMoment(declaredAt)],
  ['resolved', ({ resolvedAt }) => (resolvedAt === null ? null : sayMoment(resolvedAt))],
  ['acknowledge_seconds', ({ acknowledged }) => seconds(acknowledged[0]?.within_ms)],
  ['acknowledge_target_seconds', ({ acknowledged }) => seconds(acknowledged[0]?.target_ms)],
  ['acknowledgements', ({ acknowledged }) => acknowledged.length],
  ['acknowledgements_late', ({ acknowledged }) => acknowledged.filter(({ within_ms, target_ms }) => within_ms > target_ms).length],
  ['first_update_seconds', ({ firstUpdateMs }) => seconds(firstUpdateMs)],
  ['resolve_seconds', ({ resolvedMs }) => seconds(resolvedMs)],
  ['updates', ({ updates }) => updates],
  ['updates_late', ({ lateUpdates }) => lateUpdates],
  ['updates_automatic', ({ automaticUpdates }) => automaticUpdates],
  ...TARGETS.map((target) => [`breaches_${target.replaceAll('-', '_')}`, ({ breaches }: IncidentFigures) => breaches[target]] as const),
  ['reopened', ({ reopened }) => reopened],
  ['cancelled', ({ cancelled }) => (cancelled ? 'yes' : 'no')],
  ['merged', ({ merged }) => (merged ? 'yes' : 'no')],
];

/** The figures of incidents as CSV, a line each, with a line of names first. Columns are never renamed: spreadsheets are built on them. */
export function figuresTable(incidents: readonly IncidentFigures[]): string {
  return writeCsv([COLUMNS.map(([name]) => name), ...incidents.map((one) => COLUMNS.map(([, of]) => of(one)))]);
}

function seconds(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : Math.round(ms / 1_000);
}
