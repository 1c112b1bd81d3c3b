import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of this run's own for the embedded database that its suites copy: inMemory makes it when the first of them needs it. */
export default async function setUp(): Promise<void> {
  process.env['TOCSIN_TEST_TEMPLATE'] = await mkdtemp(join(tmpdir(), 'tocsin-template-'));
}
