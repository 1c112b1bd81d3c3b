import { z } from 'zod';
import type { StoredRecord } from '../../../domain/record.ts';
import { escapeMarkup } from '../../../lib/markup.ts';
import { largest } from '../../../lib/numbers.ts';
import { plural } from '../../../lib/plural.ts';
import type { IncidentEvidence } from '../pack.ts';
import { dataOf, moment } from '../told.ts';
import { box, drawing, label, table, text, what } from './html.ts';

const WIDTH = 960;
const ROW = 24;
const [LEFT, RIGHT] = [330, 750];
const PHASES = ['before', 'during', 'after'] as const;
/** Captures, and measured values, that are drawn; the rest are files of the pack. */
const MOST = { captures: 24, values: 12 } as const;
/** Bytes of a capture that are counted: a longer one is said to be longer. */
const READ = 4 * 1024 * 1024;
const FAILURE = /\b(?:error|errors|fatal|panic|exception|critical|failed|refused|denied|oomkilled)\b/i;
/** A line of Prometheus's text format. */
const MEASURED = /^([A-Za-z_:][\w:]*(?:\{[^}]*\})?) (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?: \d+)?$/i;

const capturedSchema = z.object({ plan: z.string(), phase: z.enum(PHASES), step: z.string(), summary: z.string() });

interface Capture extends z.output<typeof capturedSchema> {
  readonly time: string;
  readonly path: string;
  readonly lines: number;
  readonly failures: number;
  readonly values: ReadonlyMap<string, number>;
}

/** What was captured before, during and after changes: how much, what of it tells of failures, and what was measured. Pure. */
export function capturesSection(evidence: IncidentEvidence): readonly string[] {
  const captures = capturesOf(evidence);
  if (captures.length === 0) return ['<p>Nothing was captured: no change was made through Tocsin.</p>'];
  const rows = captures.map(({ time, phase, step, summary, lines, path }) => [
    `<td class="time">${moment(time)}</td>`,
    phase,
    text(step),
    what(summary),
    `<td class="number">${lines}</td>`,
    `<a href="${escapeMarkup(path)}">file</a>`,
  ]);
  return [
    drawLines(captures.slice(0, MOST.captures)),
    ...drawValues(captures),
    table(['Time (UTC)', 'Phase', 'Step', 'What it says', 'Lines', 'In the pack'], rows, ''),
  ];
}

function drawLines(captures: readonly Capture[]): string {
  const most = Math.max(1, largest(captures.map(({ lines }) => lines)));
  const x = (lines: number) => (lines / most) * (RIGHT - LEFT);
  const shapes = captures.flatMap(({ step, phase, lines, failures }, i) => {
    const y = 6 + i * ROW;
    const says = failures === 0 ? plural(lines, 'line') : `${plural(lines, 'line')}, ${failures} with a failure`;
    return [
      label(LEFT - 10, y + 12, `${step}, ${phase}`, 'text-anchor="end"'),
      box(LEFT, y, [x(lines), 14], 'bar', says),
      ...(failures === 0 ? [] : [box(LEFT, y, [x(failures), 14], 'bar bad', says)]),
      label(LEFT + x(lines) + 8, y + 12, says, 'class="soft"'),
    ];
  });
  const said = captures.map(({ step, phase, lines, failures }) => `${step}, ${phase}: ${lines} lines, ${failures} with a failure`).join('; ');
  return drawing(
    said,
    [WIDTH, 12 + captures.length * ROW],
    shapes,
    'Lines of each capture; red: lines that have a word such as error, denied or refused.',
  );
}

/** Values that were measured in more than one phase, side by side. */
function drawValues(captures: readonly Capture[]): readonly string[] {
  const names = [...new Set(captures.flatMap(({ step, plan, values }) => [...values.keys()].map((name) => `${plan}\n${step}\n${name}`)))];
  const series = names
    .map((key) => {
      const [plan, step, name = ''] = key.split('\n');
      const points = PHASES.flatMap((phase) => {
        const value = captures.findLast((one) => one.plan === plan && one.step === step && one.phase === phase)?.values.get(name);
        return value === undefined ? [] : [{ phase, value }];
      });
      return { name, points };
    })
    // What did not change tells nothing.
    .filter(({ points }) => points.length > 1 && points.some(({ value }) => value !== points[0]?.value))
    .slice(0, MOST.values);
  if (series.length === 0) return [];
  const height = (points: number) => 22 + points * 18;
  let y = 0;
  const shapes = series.flatMap(({ name, points }) => {
    const top = y;
    y += height(points.length);
    const most = Math.max(largest(points.map(({ value }) => Math.abs(value))), Number.MIN_VALUE);
    return [
      label(8, top + 14, name, 'font-weight="600"'),
      ...points.flatMap(({ phase, value }, i) => {
        const width = (Math.abs(value) / most) * (RIGHT - LEFT);
        return [
          label(LEFT - 10, top + 32 + i * 18, phase, 'text-anchor="end" class="soft"'),
          box(LEFT, top + 22 + i * 18, [width, 12], 'bar', `${name}, ${phase}: ${value}`),
          label(LEFT + width + 8, top + 32 + i * 18, String(value), 'class="soft"'),
        ];
      }),
    ];
  });
  const said = series.map(({ name, points }) => `${name}: ${points.map(({ phase, value }) => `${phase} ${value}`).join(', ')}`).join('; ');
  return [drawing(said, [WIDTH, y + 6], shapes, 'Metrics that changed between the captures.')];
}

function capturesOf({ records, files }: IncidentEvidence): readonly Capture[] {
  const byPath = new Map(files.map(({ path, bytes }) => [path, bytes]));
  return records.flatMap(({ record }) => {
    const data = record.type === 'evidence.captured' ? dataOf(capturedSchema, record) : null;
    const path = record.artifacts[0]?.path;
    const bytes = path === undefined ? undefined : byPath.get(path);
    return data === null || path === undefined || bytes === undefined ? [] : [{ ...data, time: record.time, path, ...readLines(bytes) }];
  });
}

function readLines(bytes: Uint8Array): Pick<Capture, 'lines' | 'failures' | 'values'> {
  const lines = Buffer.from(bytes.subarray(0, READ))
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const values = lines.flatMap((line): [string, number][] => {
    const [, name = '', value] = MEASURED.exec(line.trim().slice(0, 400)) ?? [];
    return value === undefined ? [] : [[name, Number(value)]];
  });
  return { lines: lines.length, failures: lines.filter((line) => FAILURE.test(line)).length, values: new Map(values) };
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47]);
/** Pictures in the page, and bytes of one of them. */
const PICTURES = { most: 6, bytes: 512 * 1024 } as const;
const stepSchema = z.object({ runbook: z.string(), step: z.string(), summary: z.string() });

/** The pictures that diagnoses drew. */
export function picturesOf({ records, files }: IncidentEvidence): readonly string[] {
  const byPath = new Map(files.map(({ path, bytes }) => [path, bytes]));
  const drawn = records.flatMap(({ record }) => pictures(record, byPath));
  return drawn.slice(-PICTURES.most);
}

function pictures(record: StoredRecord, byPath: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const data = record.type === 'diagnosis.step' ? dataOf(stepSchema, record) : null;
  if (data === null) return [];
  return record.artifacts.flatMap(({ path }) => {
    const bytes = byPath.get(path);
    if (bytes === undefined || bytes.byteLength > PICTURES.bytes || !PNG.equals(bytes.subarray(0, PNG.byteLength))) return [];
    const said = `${data.runbook}, ${data.step}: ${data.summary}`;
    const source = `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;
    return [`<figure><img src="${source}" alt="${escapeMarkup(said)}"><figcaption>${text(said)}</figcaption></figure>`];
  });
}
