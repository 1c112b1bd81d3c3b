import { z } from 'zod';
import { MARKS, sayMark } from '../../../domain/conditions.ts';
import type { StoredRecord } from '../../../domain/record.ts';
import { dataOf, resolutionOf } from '../told.ts';

const declaredSchema = z.object({
  title: z.string(),
  service_name: z.string(),
  severity: z.string(),
  component: z.string().nullish(),
  impact: z.string().nullish(),
  customer_impact: z.boolean().default(false),
  detected: z.string().nullish(),
});
const acknowledgedSchema = z.object({ within_ms: z.number(), target_ms: z.number() });
const reopenedSchema = z.object({ paged: z.boolean().default(false) });
const breachSchema = z.object({ target: z.string(), due: z.string(), late_ms: z.number() });
const updateSchema = z.object({ automatic: z.boolean(), late_ms: z.number() });
const severitySchema = z.object({ from: z.string(), to: z.string(), reason: z.string() });
const impactSchema = z.object({
  impact: z.string().nullable(),
  customer_impact: z.boolean(),
  data_exposure: z.boolean(),
  marks: z.array(z.string()).default([]),
});
const statusSchema = z.object({ to: z.string(), note: z.string().nullable() });
const findingsSchema = z.object({ runbook: z.string(), findings: z.array(z.object({ says: z.string() })) });

/** What a record said, with when and by whom. */
export interface Said<T> {
  readonly time: string;
  readonly by: string;
  readonly data: T;
}

/** When the responders were paged to acknowledge, and what came of it. */
export interface Call {
  readonly at: string;
  /** After a reopening, and not at the declaration. */
  readonly again: boolean;
  /** `null`: nobody did before the next call. */
  readonly acknowledged: z.output<typeof acknowledgedSchema> | null;
}

/** What the records say for the papers after an incident; what they do not say is `null` or empty, and is asked for there. */
export interface Facts {
  readonly declared: z.output<typeof declaredSchema> | null;
  readonly declaredAt: string;
  readonly declaredBy: string | null;
  /** When it was noticed: by the declaration, or the declaration itself. */
  readonly detectedAt: string;
  /** When it was resolved last, unless it was reopened since. */
  readonly resolvedAt: string | null;
  readonly resolution: string | null;
  readonly severity: string | null;
  readonly severities: readonly Said<z.output<typeof severitySchema>>[];
  readonly impacts: readonly Said<z.output<typeof impactSchema>>[];
  /** Whether somebody recorded it at any time: what was withdrawn is in the table of changes. */
  readonly customerImpact: boolean;
  readonly dataExposure: boolean;
  /** What else was marked at any time, in words. */
  readonly marks: readonly string[];
  /** Each call of the responders with its acknowledgement: at the declaration, and at each reopening that paged them. */
  readonly calls: readonly Call[];
  readonly breaches: readonly Said<z.output<typeof breachSchema>>[];
  readonly updates: readonly z.output<typeof updateSchema>[];
  readonly reopened: number;
  /** What was named as the cause, oldest first. */
  readonly causes: readonly Said<string>[];
  /** What diagnoses found, each once. */
  readonly findings: readonly { readonly runbook: string; readonly says: string }[];
}

/** Reads the facts from the records. Pure; a record of another form says nothing. */
export function factsOf(records: readonly StoredRecord[]): Facts {
  const first = records.find(({ type }) => type === 'incident.declared');
  const declared = dataOf(declaredSchema, first);
  const declaredAt = first?.time ?? records[0]?.time ?? '';
  const severities = said(records, 'severity.changed', severitySchema);
  const impacts = said(records, 'impact.changed', impactSchema);
  const resolution = resolutionOf(records);
  return {
    declared,
    declaredAt,
    declaredBy: first?.actor.kind === 'person' ? first.actor.id : null,
    detectedAt: declared?.detected ?? declaredAt,
    resolvedAt: resolution === null ? null : (records.findLast(({ type }) => type === 'incident.resolved')?.time ?? null),
    resolution,
    severity: severities.at(-1)?.data.to ?? declared?.severity ?? null,
    severities,
    impacts,
    customerImpact: declared?.customer_impact === true || impacts.some(({ data }) => data.customer_impact),
    dataExposure: impacts.some(({ data }) => data.data_exposure),
    marks: MARKS.filter((mark) => impacts.some(({ data }) => data.marks.includes(mark))).map(sayMark),
    calls: callsOf(records),
    breaches: said(records, 'breach.recorded', breachSchema),
    updates: said(records, 'update.posted', updateSchema).map(({ data }) => data),
    reopened: records.filter(({ type }) => type === 'incident.reopened').length,
    causes: said(records, 'status.changed', statusSchema).flatMap(({ time, by, data }) =>
      data.to === 'identified' && data.note !== null ? [{ time, by, data: data.note }] : [],
    ),
    findings: findingsOf(records),
  };
}

/** What records of a type carry, of those that did happen. */
export function said<S extends z.ZodType>(records: readonly StoredRecord[], type: string, schema: S): readonly Said<z.output<S>>[] {
  return records.flatMap((record) => {
    const data = record.type === type && record.outcome === 'done' ? dataOf(schema, record) : null;
    return data === null ? [] : [{ time: record.time, by: record.actor.id, data }];
  });
}

function callsOf(records: readonly StoredRecord[]): readonly Call[] {
  const starts: Omit<Call, 'acknowledged'>[] = [
    { at: records.find(({ type }) => type === 'incident.declared')?.time ?? records[0]?.time ?? '', again: false },
    ...said(records, 'incident.reopened', reopenedSchema).flatMap(({ time: at, data }) => (data.paged ? [{ at, again: true }] : [])),
  ];
  const acknowledged = said(records, 'incident.acknowledged', acknowledgedSchema);
  return starts.map((start, i) => {
    const next = starts[i + 1]?.at;
    const found = acknowledged.find(({ time }) => time >= start.at && (next === undefined || time < next));
    return { ...start, acknowledged: found?.data ?? null };
  });
}

function findingsOf(records: readonly StoredRecord[]): Facts['findings'] {
  const found = new Map<string, { runbook: string; says: string }>();
  for (const { data } of said(records, 'diagnosis.finished', findingsSchema))
    for (const { says } of data.findings) found.set(`${data.runbook} ${says}`, { runbook: data.runbook, says });
  return [...found.values()];
}
