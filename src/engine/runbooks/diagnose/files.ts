import type { DIAGNOSIS_BOARD, ShownOf } from '../../../domain/messages/messages.ts';
import { RetryLater } from '../../../ports/queue.ts';
import type { RunContext } from '../../../ports/runs.ts';
import { insteadOfFile } from '../../reach/plain.ts';
import { tellBeside } from '../../reach/shown.ts';
import type { Board } from '../board.ts';
import type { LongText, RunbookDeps } from '../deps.ts';
import type { Runbook } from '../load/runbook.ts';
import type { Kept } from './steps.ts';

/** How often (ms) it is looked whether the message is there to put files under. */
const POSTED_AFTER = 300;
const REFUSED = 'refused: ';

/** A file of a step. `key`: its part in the names of the run's steps; `instead`: the text that stands in its place. */
interface StepFile extends Omit<LongText, 'content'> {
  readonly key: string;
  /** `null`: there is no such file, only what stands in its place. */
  readonly sha256: string | null;
  /** `null`: its own text. */
  readonly instead: string | null;
}

/** Posts the pictures and long texts of a diagnosis in the thread of its board. What Slack refuses is said there, with the text of it. */
export function postFiles(
  deps: RunbookDeps,
  run: RunContext,
  stream: string,
  shown: Board,
  runbook: Runbook,
  results: ReadonlyMap<string, Kept>,
): Promise<void> {
  const files = Object.keys(runbook.diagnose).flatMap((name) => filesOf(name, runbook.diagnose[name]?.title ?? name, results.get(name)));
  return post(deps, run, stream, shown, files);
}

/** The pictures alone, of a diagnosis that was brought into an incident. `stream`: where it was made. */
export function postPictures(
  deps: RunbookDeps,
  run: RunContext,
  stream: string,
  shown: Board,
  steps: ShownOf<typeof DIAGNOSIS_BOARD>['steps'],
): Promise<void> {
  const files = steps.flatMap(({ name, title, picture }) => (picture === undefined ? [] : [{ ...picture, key: `picture:${name}`, title }]));
  return post(deps, run, stream, shown, files);
}

async function post(deps: RunbookDeps, run: RunContext, stream: string, shown: Board, files: readonly StepFile[]): Promise<void> {
  for (const file of files) {
    const uploaded = await uploadedAs(deps, run, stream, shown, file);
    if (!uploaded?.startsWith(REFUSED)) continue;
    await run.writeAfter(
      `${file.key}:instead`,
      () => (file.instead === null && file.sha256 !== null ? deps.artifact(stream, file.sha256) : Promise.resolve(null)),
      async (tx, content) => {
        const text = file.instead === null ? (content ?? new Uint8Array()) : Buffer.from(file.instead);
        await tellBeside(tx, shown, `${shown.key}:${file.key}`, insteadOfFile(file.name, uploaded.slice(REFUSED.length), text));
        return true;
      },
    );
  }
}

/** The file's id, or why it was refused; `null` when its content is gone. */
async function uploadedAs(
  deps: RunbookDeps,
  run: RunContext,
  stream: string,
  shown: Board,
  { key, name, title, alt, sha256 }: StepFile,
): Promise<string | null> {
  if (sha256 === null) return `${REFUSED}it could not be drawn`;
  return run.step(key, async () => {
    const content = await deps.artifact(stream, sha256);
    if (content === null) return null;
    const uploaded = await deps.upload(shown.key, { name, title, content, ...(alt === undefined ? {} : { alt }) });
    if (uploaded === null) throw new RetryLater(POSTED_AFTER);
    return uploaded;
  });
}

function filesOf(step: string, title: string, kept: Kept | undefined): readonly StepFile[] {
  const { picture, file = null } = kept ?? {};
  return [
    ...(picture === undefined ? [] : [{ ...picture, key: `picture:${step}`, title }]),
    ...(file === null ? [] : [{ ...file, key: `file:${step}`, title, instead: null }]),
  ];
}
