import { openAsBlob } from 'node:fs';
import type { DatabaseTarget } from '../../../src/store/database.ts';

/** A new PGlite database in memory: a copy of the one that test/jest/template.ts made, as making one takes seconds. */
export async function inMemory(): Promise<DatabaseTarget> {
  const template = process.env['TOCSIN_TEST_TEMPLATE'];
  return template === undefined ? { memory: true } : { memory: true, dump: await openAsBlob(template) };
}
