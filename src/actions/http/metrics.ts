import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { duration, msOf, targetField } from '../shared/fields.ts';
import { ask, httpRights } from './ask.ts';
import { path } from './fields.ts';
import { httpPreflight } from './preflight.ts';
import { parseMetrics, quantile, type Sample } from './prometheus.ts';

const SHOWN = 30;
const BARS = 12;

const input = z.strictObject({
  target: targetField,
  path: path.optional(),
  series: z
    .array(z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*\*?$/, 'expected the name of a series; * at its end stands for anything'))
    .min(1)
    .max(30)
    .describe('Which are read: incident_bot_rollbacks_total, incident_bot_*'),
  histogram: z.string().optional().describe('A histogram whose 95th percentile is told'),
  timeout: duration.default('10s'),
});

const output = z.strictObject({
  reachable: z.boolean(),
  /** Sums by name, over all labels. */
  totals: z.record(z.string(), z.number()),
  /** How many of the series that are asked for it has. */
  found: z.number().int(),
  missing: z.array(z.string()),
  /** 95th percentile of the histogram; -1 without a single observation, or when none is asked for. */
  p95: z.number(),
  says: z.string(),
});

/** Metrics of a program, read where Prometheus would read them (PF-33). */
export const httpMetrics = readAction({
  name: 'http.metrics',
  about: 'Reads chosen series of a program’s own metrics, in the text format of Prometheus.',
  input,
  output,
  rights: ({ target }, context) => httpRights(context, target, ['GET']),
  preflight: ({ target }, context) => httpPreflight(context, target),
  async run({ target, path: below, series, histogram, timeout }, context) {
    const answer = await ask(context, target, { method: 'GET', path: below, timeoutMs: msOf(timeout) });
    if (answer.kind === 'silent') return { state: 'unknown', output: { reachable: false }, summary: `No metrics of ${target}. ${answer.why}` };
    if (answer.status !== 200)
      return {
        state: 'unknown',
        output: { reachable: true },
        summary: `${target} answered ${answer.status} where its metrics should be: ${clamp(answer.body, 120)}`,
      };
    const samples = parseMetrics(answer.body);
    const chosen = samples.filter((sample) => series.some((pattern) => fits(pattern, sample.name)));
    const missing = series.filter((pattern) => !samples.some((sample) => fits(pattern, sample.name)));
    if (chosen.length === 0)
      return {
        state: 'unknown',
        output: { reachable: true, found: 0, missing },
        summary: `${target} has ${plural(samples.length, 'sample')}, but none of ${series.join(', ')}.`,
      };
    const totals = totalsOf(chosen);
    const p95 = histogram === undefined ? null : quantile(samples, histogram, 0.95);
    const says = [
      `${Object.entries(totals)
        .filter(([name]) => !isPart(name))
        .map(([name, value]) => `${name} ${say(value)}`)
        .join(', ')}.`,
      ...(histogram === undefined ? [] : [p95 === null ? `${histogram} has no observation yet.` : `95% of ${histogram} are at most ${say(p95)}.`]),
      ...(missing.length === 0 ? [] : [`It has no ${missing.join(', ')}.`]),
    ].join(' ');
    const bars = chosen.filter(({ name }) => !isPart(name)).slice(0, BARS);
    return {
      output: { reachable: true, totals, found: series.length - missing.length, missing, p95: p95 ?? -1, says },
      summary: says,
      chart: { title: `Metrics of ${target}`, unit: '', bars: bars.map((sample) => ({ label: labelOf(sample), value: sample.value })) },
      table: { columns: ['Series', 'Value'], rows: chosen.slice(0, SHOWN).map((sample) => [labelOf(sample), say(sample.value)]) },
      text: { name: `${target}-metrics.txt`, content: answer.body },
    };
  },
});

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** A part of a histogram: its buckets and sum say nothing by themselves. */
function isPart(name: string): boolean {
  return /_(bucket|sum)$/.test(name);
}

function totalsOf(samples: readonly Sample[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const { name, value, labels } of samples) if (labels['le'] === undefined && Number.isFinite(value)) totals[name] = (totals[name] ?? 0) + value;
  return totals;
}

function labelOf({ name, labels }: Sample): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

function say(value: number): string {
  return String(Math.round(value * 1_000) / 1_000);
}
