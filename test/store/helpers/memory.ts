import { randomUUID } from 'node:crypto';
import { existsSync, openAsBlob } from 'node:fs';
import { link, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { DatabaseTarget } from '../../../src/store/database.ts';

/** A new PGlite database in memory: a copy of the run's first one, as making one takes seconds. */
export async function inMemory(): Promise<DatabaseTarget> {
  const folder = process.env['TOCSIN_TEST_TEMPLATE'];
  if (folder === undefined) return { memory: true };
  const template = join(folder, 'pglite.tar');
  if (!existsSync(template)) await makeTemplate(template);
  return { memory: true, dump: await openAsBlob(template) };
}

/** Two workers may make it at once: the first one stays, as a file that is replaced can no longer be read by whoever has opened it. */
async function makeTemplate(template: string): Promise<void> {
  const lite = await PGlite.create();
  const dump = await lite.dumpDataDir('none');
  await lite.close();
  const aside = `${template}.${randomUUID()}`;
  await writeFile(aside, Buffer.from(await dump.arrayBuffer()));
  await link(aside, template).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(aside);
}
