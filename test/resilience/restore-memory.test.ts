import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { writeRecords } from '../bench/evidence.ts';

const PROGRAM = join(import.meta.dirname, '../bench/programs/restore.ts');
/** Six times the records may take this much more (MiB). Held in memory they are 30 MiB as objects, and as much again as bytes. */
const MORE = 24;

const printed = z.object({ records: z.number(), unsigned: z.literal(0), before: z.number(), peak: z.number() });

/** What a process needed that restored a stream of that many records, beyond what it had with an empty database (MiB). */
async function needed(records: number): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'tocsin-restore-'));
  try {
    await writeRecords(join(directory, 'evidence'), records);
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', PROGRAM, directory]);
    const seen = printed.parse(JSON.parse(stdout));
    expect(seen.records).toBeGreaterThanOrEqual(records);
    return seen.peak - seen.before;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

test('the memory of a restore does not grow with what is restored', async () => {
  const [few, many] = [await needed(2_000), await needed(12_000)];
  expect(many - few).toBeLessThan(MORE);
});
