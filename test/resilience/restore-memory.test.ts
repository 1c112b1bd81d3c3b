import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { z } from 'zod';

const PROGRAM = join(import.meta.dirname, '../bench/restore-memory.ts');
/** Six times the records may take this much more (MiB). Held in memory they are 30 MiB as objects, and as much again as bytes. */
const MORE = 24;

const printed = z.object({ records: z.number(), unsigned: z.literal(0), before: z.number(), peak: z.number() });

/** What a process needed that restored a stream of that many records, beyond what it had with an empty database (MiB). */
async function needed(records: number): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', PROGRAM, String(records)]);
  const seen = printed.parse(JSON.parse(stdout));
  expect(seen.records).toBe(records);
  return seen.peak - seen.before;
}

test('the memory of a restore does not grow with what is restored', async () => {
  const [few, many] = [await needed(2_000), await needed(12_000)];
  expect(many - few).toBeLessThan(MORE);
});
