import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { openDatabase } from '../../src/store/database.ts';
import { describeOnServer } from './helpers/databases.ts';

const DATABASE = join(import.meta.dirname, '../../src/store/database.ts');
const KYSELY = join(import.meta.dirname, '../../node_modules/kysely/dist/index.js');

/** A process that always has transactions open between two statements, as work has, and says each commit. */
const WORKER = `
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from ${JSON.stringify(KYSELY)};
import { openDatabase } from ${JSON.stringify(DATABASE)};
const database = await openDatabase({ url: process.env.URL });
database.bus.subscribe(() => undefined);
async function work() {
  for (;;) {
    try {
      await database.db.transaction().execute(async (trx) => {
        await sql\`select 1\`.execute(trx);
        await pause(5);
        await sql\`select 1\`.execute(trx);
      });
      await database.intake('select 1', []);
      console.log('committed');
    } catch { await pause(5); }
  }
}
for (let i = 0; i < 8; i++) work();
`;

test('where no server listens, each call fails by itself and whoever watches is told', async () => {
  const errors: unknown[] = [];
  const database = await openDatabase({ url: 'postgresql://nobody@127.0.0.1:1/none' }, { onError: (error) => errors.push(error) });
  await expect(database.intake('select 1', [])).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await database.close();
  expect(errors).not.toEqual([]);
});

describeOnServer('a server that ends its connections, as one that restarts or fails over does', ({ database, url }) => {
  test('ends no process that works with it, and the work goes on', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--no-warnings', '-e', WORKER], {
      env: { PATH: process.env['PATH'], URL: url() ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`the process has ended:\n${errors}`)));
    ended.catch(() => undefined);
    const commits = async () => {
      for (let seen = 0; seen < 20; ) seen += String(await Promise.race([once(child.stdout, 'data'), ended])).split('\n').length - 1;
    };
    await commits();
    for (let restart = 0; restart < 20; restart++) {
      const { rows } = await sql<{ ended: boolean }>`
        select pg_terminate_backend(pid) as ended from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and application_name like 'tocsin%'`.execute(database().db);
      expect(rows.length).toBeGreaterThan(1);
      await commits();
    }
    expect(child.exitCode).toBeNull();
    child.kill('SIGKILL');
  });
});
