import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

let directory: string | null = null;

/** Makes one empty PGlite database that the suites copy (inMemory). */
export default async function setUp(): Promise<void> {
  const lite = await PGlite.create();
  const dump = await lite.dumpDataDir('none');
  await lite.close();
  directory = await mkdtemp(join(tmpdir(), 'tocsin-template-'));
  const file = join(directory, 'pglite.tar');
  await writeFile(file, Buffer.from(await dump.arrayBuffer()));
  process.env['TOCSIN_TEST_TEMPLATE'] = file;
}
