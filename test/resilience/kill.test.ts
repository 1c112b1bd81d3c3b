import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from '@jest/globals';
import { type Database, type DatabaseTarget, openDatabase } from '../../src/store/database.ts';
import { chores, createEffects, type Effect, effects, STEPS } from '../engine/helpers/chores.ts';
import { startReplica } from '../engine/helpers/engine.ts';
import { describeOnServer } from '../store/helpers/databases.ts';
import { eventually } from '../store/helpers/eventually.ts';

const CHILD = join(import.meta.dirname, '../engine/helpers/child.ts');

describe('kill -9 (PGlite)', () => {
  test('a run goes on after each kill, and its finished steps are not done again', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tocsin-kill-'));
    const target = { directory: join(directory, 'pg') };
    try {
      for (const killAt of [2, 5, 8]) await untilStep(target, killAt);
      const database = await openDatabase(target);
      try {
        await using _ = await startReplica(database, { chores: chores(database, 'last', async () => undefined) });
        await eventually('the run ends', () => isEnded(database));
        expectOnce(await effects(database), [2, 5, 8]);
      } finally {
        await database.close();
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

// PGlite has one process: the test above is its take-over.
describeOnServer('take-over', ({ database, url }) => {
  test('another replica goes on with the run of one that was killed', async () => {
    await createEffects(database());
    await untilStep({ url: url() ?? '' }, 3);
    await using _ = await startReplica(database(), { chores: chores(database(), 'parent', async () => undefined) });
    await eventually('the run ends', () => isEnded(database()));
    expectOnce(await effects(database()), [3]);
  });
});

/** Runs a child until it says that it is in a step, and kills it there. */
async function untilStep(target: DatabaseTarget, step: number): Promise<void> {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(target), String(step)], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await saying(child, `in step ${step}`);
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

async function saying(child: ChildProcess, text: string): Promise<void> {
  if (child.stdout === null) throw new Error('the child has no output');
  for await (const line of createInterface(child.stdout)) if (line === text) return;
  throw new Error(`the child ended before it said: ${text}`);
}

async function isEnded(database: Database): Promise<boolean> {
  const run = await database.db.selectFrom('run').select('ended').where('id', '=', 'chores-1').executeTakeFirst();
  return run?.ended === true;
}

/** Steps that a kill hit were done twice; the others once, and every attempt got what was journalled. */
function expectOnce(found: readonly Effect[], killed: readonly number[]): void {
  for (let step = 1; step <= STEPS; step += 1) {
    const times = found.filter((effect) => effect.step === step).length;
    expect({ step, times }).toEqual({ step, times: killed.includes(step) ? 2 : 1 });
  }
  const sum = found.find(({ step }) => step === STEPS + 1)?.who.split(',') ?? [];
  expect(sum.map((id) => found.find((effect) => effect.id === id)?.step)).toEqual(Array.from({ length: STEPS }, (_, index) => index + 1));
}
