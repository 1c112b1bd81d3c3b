import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { type Demo, startDemo } from '../../demo/index.ts';
import { chosenOf, HELP, readArguments } from './arguments.ts';
import { playFailure } from './play.ts';
import { asJson, asTable, fallsShort, type Row, readRows } from './report.ts';
import { TABLE } from './table.ts';

const run = promisify(execFile);
const HERE = fileURLToPath(import.meta.url);
/** Playing one is waiting for half of the time. */
const AT_ONCE = availableParallelism() + 1;

/** Plays failures in processes of their own, some at once. The rows are in the order of `chosen`. */
async function playAll(chosen: readonly string[], tell: (doing: string) => void): Promise<readonly Row[]> {
  const rows = new Map<string, Row>();
  const waiting = [...chosen];
  async function work(): Promise<void> {
    for (let failure = waiting.shift(); failure !== undefined; failure = waiting.shift()) {
      rows.set(failure, await playApart(failure));
      tell(`${rows.size} of ${chosen.length} failures played`);
    }
  }
  tell(`0 of ${chosen.length} failures played`);
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, chosen.length) }, work));
  return chosen.flatMap((failure) => rows.get(failure) ?? []);
}

/** One failure in a process of its own. Its exit code says whether it falls short, which its row says too. */
async function playApart(failure: string): Promise<Row> {
  const played = await run(process.execPath, [HERE, '--only', failure, '--json'], { maxBuffer: Number.MAX_SAFE_INTEGER }).catch(
    (error: { stdout?: string; stderr?: string }) => ({ stdout: error.stdout ?? '', stderr: error.stderr ?? '' }),
  );
  const [row] = readRows(played.stdout);
  return row ?? unplayed(failure, `It could not be played: ${played.stderr.trim()}`);
}

/** One failure in this process, in a workspace of its own. @throws TypeError for one that the workspace does not offer */
async function playHere(failure: string, tell: (doing: string) => void): Promise<Row> {
  tell(`${failure}: starting the workspace`);
  return inWorkspace(async (demo) => {
    chosenOf(
      (demo.slack?.platformFaults() ?? []).map(({ id }) => id),
      [failure],
    );
    const expected = TABLE[failure];
    if (expected === undefined) return unplayed(failure, 'It is not in test/failures/table.ts.');
    return playFailure(demo, failure, expected, (doing) => tell(`${failure}: ${doing}`));
  });
}

async function inWorkspace<T>(work: (demo: Demo) => Promise<T>): Promise<T> {
  const data = await mkdtemp(join(tmpdir(), 'tocsin-failures-'));
  try {
    const demo = await startDemo({ port: 0, data, logger: pino({ level: process.env.TEST_LOG ?? 'silent' }) });
    try {
      return await work(demo);
    } finally {
      await demo.stop();
    }
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

function unplayed(failure: string, why: string): Row {
  return { failure, cause: false, remedy_first: false, mended: false, nothing_to_mend: false, messages: 0, false_claims: 0, why: [why] };
}

/** A line on a terminal that is written over. */
function progress(doing: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${doing}`);
}

/** Those of `only`, or all that the workspace offers, and what the table has besides. */
async function playMany(only: readonly string[]): Promise<readonly Row[]> {
  progress('starting the workspace');
  const offered = await inWorkspace(async ({ slack }) => (slack?.platformFaults() ?? []).map(({ id }) => id));
  const played = await playAll(chosenOf(offered, only), progress);
  const gone = only.length === 0 ? Object.keys(TABLE).filter((id) => !offered.includes(id)) : [];
  return [...played, ...gone.map((id) => unplayed(id, 'It is in test/failures/table.ts, and the workspace does not offer it.'))];
}

async function main(): Promise<number> {
  const { help, json, only } = readArguments(process.argv.slice(2));
  if (help) {
    console.log(HELP);
    return 0;
  }
  const rows = only.length === 1 ? [await playHere(only[0] ?? '', progress)] : await playMany(only);
  progress('');
  const color = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  console.log(json ? asJson(rows) : asTable(rows, { color }));
  return rows.some(fallsShort) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
