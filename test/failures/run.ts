import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Demo, startDemo } from '../../src/demo.ts';
import { chosenOf, HELP, readArguments } from './arguments.ts';
import { playFailure } from './play.ts';
import { asJson, asTable, fallsShort, type Row } from './report.ts';
import { TABLE } from './table.ts';

/** Plays each failure in a workspace of its own, so that none sees what another left. */
async function playAll(only: readonly string[], tell: (doing: string) => void): Promise<readonly Row[]> {
  tell('starting the workspace');
  let fresh: Workspace | null = await startWorkspace();
  const rows: Row[] = [];
  try {
    const offered = (fresh.demo.slack?.platformFaults() ?? []).map(({ id }) => id);
    const chosen = chosenOf(offered, only);
    for (const [at, failure] of chosen.entries()) {
      const say = (doing: string) => tell(`[${at + 1}/${chosen.length}] ${failure}: ${doing}`);
      const expected = TABLE[failure];
      if (expected === undefined) {
        rows.push(unknown(failure, 'It is not in test/failures/table.ts.'));
        continue;
      }
      say('starting the workspace');
      fresh ??= await startWorkspace();
      rows.push(await playFailure(fresh.demo, failure, expected, say));
      await fresh.stop();
      fresh = null;
    }
    const gone = only.length === 0 ? Object.keys(TABLE).filter((id) => !offered.includes(id)) : [];
    return [...rows, ...gone.map((id) => unknown(id, 'It is in test/failures/table.ts, and the workspace does not offer it.'))];
  } finally {
    await fresh?.stop();
  }
}

interface Workspace {
  readonly demo: Demo;
  stop(): Promise<void>;
}

async function startWorkspace(): Promise<Workspace> {
  const data = await mkdtemp(join(tmpdir(), 'tocsin-failures-'));
  const demo = await startDemo({ port: 0, data, logger: pino({ level: process.env.TEST_LOG ?? 'silent' }) });
  return {
    demo,
    async stop() {
      await demo.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

function unknown(failure: string, why: string): Row {
  return { failure, cause: false, remedy_first: false, mended: false, nothing_to_mend: false, messages: 0, false_claims: 0, why: [why] };
}

/** A line on a terminal that is written over. */
function progress(doing: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${doing}`);
}

async function main(): Promise<number> {
  const { help, json, only } = readArguments(process.argv.slice(2));
  if (help) {
    console.log(HELP);
    return 0;
  }
  const rows = await playAll(only, progress);
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
