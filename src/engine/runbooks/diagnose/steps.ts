import type { ArtifactRef } from '../../../domain/record.ts';
import { SYSTEM_STREAM } from '../../../domain/streams.ts';
import type { Table } from '../../../ports/action.ts';
import type { StoreTx } from '../../../ports/store.ts';
import type { RunbookDeps } from '../deps.ts';
import { type Arguments, readingInOrder } from '../load/needs.ts';
import type { Runbook } from '../load/runbook.ts';
import type { DiagnosisStep } from '../load/schema.ts';
import type { Inputs } from '../load/values.ts';
import { type ReadOptions, readStep, type StepResult } from './reading.ts';

/** Rows of a table that a message shows; the rest is in the file. */
const SHOWN_ROWS = 12;

/** A step's result with its picture drawn; `png` is `null` where there is none, or where it could not be drawn. */
export type DrawnResult = StepResult & { readonly png: Uint8Array | null };

/** What of a step is kept in the journal and shown. */
export interface Kept extends Pick<StepResult, 'state' | 'needs' | 'output' | 'summary' | 'table' | 'chart' | 'ms'> {
  readonly file: { readonly name: string; readonly sha256: string } | null;
  /** `sha256`: the digest of its bytes; `null` where it could not be drawn. Missing in what an older release has kept. */
  readonly picture?: { readonly name: string; readonly alt: string; readonly instead: string; readonly sha256: string | null };
}

/** Diagnosis steps with those that they need, read now; what `capture`, a plan and the watch for recurrence look at. */
export async function readDiagnosis(
  deps: RunbookDeps,
  runbook: Runbook,
  names: readonly string[],
  incident: string | null,
  given: Arguments = {},
  newerThan?: number,
): Promise<ReadonlyMap<string, StepResult>> {
  const result = readingInOrder(runbook, given, (name, step, input) =>
    readDiagnosisStep(deps, runbook, name, step, input, { incident, ...(newerThan === undefined ? {} : { newerThan }) }),
  );
  return new Map(await Promise.all(names.map(async (name) => [name, await result(name)] as const)));
}

/** One step of a diagnosis, read now. */
export async function readDiagnosisStep(
  deps: RunbookDeps,
  runbook: Runbook,
  name: string,
  step: DiagnosisStep,
  input: Inputs,
  look: Pick<ReadOptions, 'incident' | 'newerThan' | 'mendedAt'>,
): Promise<StepResult> {
  const options = { service: runbook.service, ...look, ...(step.timeout === undefined ? {} : { timeoutMs: step.timeout }) };
  const result = await readStep(deps, step.uses, input, options);
  const { text, picture } = result;
  return {
    ...result,
    text: text === null ? null : { ...text, name: `${name}-${text.name}` },
    picture: picture === null ? null : { ...picture, name: `${name}-${picture.name}` },
  };
}

/** Draws a step's picture. A picture that cannot be drawn costs nothing but itself: its words stand in its place. */
export async function withPicture(deps: RunbookDeps, result: StepResult): Promise<DrawnResult> {
  const { picture } = result;
  return { ...result, png: picture === null ? null : await deps.draw(picture.svg).catch(() => null) };
}

/** Records a step's result, with its long text, its whole table, its files and its picture as artifacts. */
export async function keep(
  deps: RunbookDeps,
  tx: StoreTx,
  about: { stream: string; run: string; runbook: string; step: string; uses: string; result: DrawnResult },
): Promise<Kept> {
  const { stream, run, runbook, step, uses, result } = about;
  const artifacts: ArtifactRef[] = [];
  if (result.text !== null) artifacts.push(await tx.putArtifact(stream, Buffer.from(result.text.content)));
  if (result.table !== null) artifacts.push(await tx.putArtifact(stream, Buffer.from(tabSeparated(result.table))));
  for (const { content } of result.files) artifacts.push(await tx.putArtifact(stream, Buffer.from(content)));
  const drawing = result.png === null ? null : await tx.putArtifact(stream, result.png);
  if (drawing !== null) artifacts.push(drawing);
  const names = [...result.files.map((one) => one.name), ...(drawing === null || result.picture === null ? [] : [result.picture.name])];
  const files = names.length === 0 ? {} : { files: names };
  const data = { run, runbook, step, uses, summary: result.summary, ms: result.ms, ...files };
  const outcome = result.ok ? ('done' as const) : ('failed' as const);
  if (stream === SYSTEM_STREAM) await deps.recordOutside(tx, { type: 'diagnosis.step', outcome, data, artifacts });
  else await deps.incidents.tell(tx, stream, { type: 'change', event: { type: 'diagnosis.step', data, outcome, artifacts } });
  const file = result.text === null ? null : { name: result.text.name, sha256: artifacts[0]?.sha256 ?? '' };
  const table = result.table === null ? null : shownOf(result.table, result.text !== null);
  const needs = result.needs === undefined ? {} : { needs: result.needs };
  const { state, output, summary, chart, ms } = result;
  return { state, ...needs, output, summary, table, chart, ms, file, ...pictureOf(result, drawing) };
}

/** As much of a table as is shown: its beginning, but of a log, which is a file too, the end. What happened last counts. */
function shownOf({ columns, rows }: Table, isFile: boolean): Table {
  const isLog = isFile && columns[0] === 'Time';
  return { columns, rows: isLog ? rows.slice(-SHOWN_ROWS) : rows.slice(0, SHOWN_ROWS) };
}

function pictureOf({ picture }: StepResult, drawing: ArtifactRef | null): Pick<Kept, 'picture'> {
  if (picture === null) return {};
  const { name, alt, instead } = picture;
  return { picture: { name, alt, instead, sha256: drawing?.sha256 ?? null } };
}

/** A table with nothing cut off, as text. */
function tabSeparated({ columns, rows }: Table): string {
  return [columns, ...rows].map((row) => `${row.map((cell) => cell.replaceAll(/\s+/g, ' ')).join('\t')}\n`).join('');
}
