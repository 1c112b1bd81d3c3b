import { randomUUID } from 'node:crypto';
import { existsSync, openAsBlob } from 'node:fs';
import { link, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { SIGNAL, SLACK_QUEUES, WEBHOOK } from '../../../src/engine/queues.ts';
import { ENGINE_QUEUES } from '../../../src/ports/engine-queues.ts';
import { type DatabaseTarget, openDatabase } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { startQueue } from '../../../src/store/queue.ts';

/** A new PGlite database in memory: a copy of the run's first one, as making one takes seconds. */
export async function inMemory(): Promise<DatabaseTarget> {
  const folder = process.env['TOCSIN_TEST_TEMPLATE'];
  if (folder === undefined) return { memory: true };
  const template = join(folder, 'pglite.tar');
  if (!existsSync(template)) await makeTemplate(template);
  return { memory: true, dump: await openAsBlob(template) };
}

/**
 * As Tocsin leaves it when it starts for the first time, before anything is recorded. Two workers may make it at once: the first one stays, as a file
 * that is replaced can no longer be read by whoever has opened it.
 */
async function makeTemplate(template: string): Promise<void> {
  const aside = `${template}.${randomUUID()}`;
  const directory = `${aside}.files`;
  const database = await openDatabase({ directory });
  await migrate(database);
  const queue = await startQueue(database, [...ENGINE_QUEUES, ...SLACK_QUEUES, WEBHOOK, SIGNAL]);
  await queue.stop(0);
  await database.close();
  const lite = await PGlite.create(directory);
  const dump = await lite.dumpDataDir('none');
  await lite.close();
  await writeFile(aside, Buffer.from(await dump.arrayBuffer()));
  await link(aside, template).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(aside);
  await rm(directory, { recursive: true });
}
