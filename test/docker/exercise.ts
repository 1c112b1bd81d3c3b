import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildImage } from './build.ts';
import { checkImage } from './checks.ts';
import { type Findings, startFindings } from './findings.ts';
import { checkRunning } from './running.ts';

const HELP = `Exercises the Dockerfile without Docker: each instruction is carried out in a temporary folder, then the result is looked at,
started as the image's user, asked for its health, and stopped.

Usage: node test/docker/exercise.ts [--keep] [--help]

  --keep  Leaves the folder for a look.
  --help  Shows this.

Needs the npm registry (npm ci). Run as root it also changes to the image's user. Exit codes: 0 all is well, 1 a mismatch, 2 wrong usage.`;

/** Returns the exit code. */
async function exercise(args: readonly string[]): Promise<number> {
  const options = { help: { type: 'boolean' }, keep: { type: 'boolean' } } as const;
  let flags: { help?: boolean | undefined; keep?: boolean | undefined };
  try {
    flags = parseArgs({ args: [...args], options }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (flags.help === true) {
    console.log(HELP);
    return 0;
  }
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-image-'));
  const findings = startFindings();
  try {
    await exerciseIn(folder, findings);
  } catch (error) {
    findings.fail(error instanceof Error ? error.message : String(error));
  } finally {
    if (flags.keep === true) console.log(`Kept: ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
  return findings.conclude();
}

async function exerciseIn(folder: string, findings: Findings): Promise<void> {
  const image = await buildImage(folder, findings);
  await checkImage(image, findings);
  await checkRunning(image, findings);
}

process.exitCode = await exercise(process.argv.slice(2));
