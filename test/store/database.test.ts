import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { lockDirectory } from '../../src/store/lock.ts';
import { migrate } from '../../src/store/migrate.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { describeEachDatabase } from './helpers/databases.ts';

describeEachDatabase('migrations', ({ database, open }) => {
  test('what was applied is not applied again, also by replicas that start together', async () => {
    expect(await migrate(database())).toEqual([]);
    const other = await open();
    const more = [...migrations, { name: 'more', statements: ['create table more (id int)'] }];
    const applied = await Promise.all([migrate(database(), more), migrate(other, more), migrate(other, more)]);
    expect(applied.flat()).toEqual(['more']);
  });

  test('a database of a later release is refused', async () => {
    await expect(migrate(database(), migrations)).rejects.toMatchObject({ code: 'database-newer' });
  });

  test('a migration that fails leaves nothing', async () => {
    const more = [
      ...migrations,
      { name: 'more', statements: [] },
      { name: 'broken', statements: ['create table half (id int)', 'create tabel whole (id int)'] },
    ];
    await expect(migrate(database(), more)).rejects.toThrow(/syntax/);
    await migrate(database(), [...migrations, { name: 'more', statements: [] }, { name: 'mended', statements: ['create table half (id int)'] }]);
  });
});

describe('a directory', () => {
  let directory: string;
  const opened: Database[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tocsin-db-'));
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('keeps its rows, is for its owner only, and is opened once at a time', async () => {
    const path = join(directory, 'pg');
    const first = await openDatabase({ directory: path });
    expect(await migrate(first)).toEqual(migrations.map(({ name }) => name));
    await first.db.insertInto('counter').values({ name: 'kept', value: 7 }).execute();
    await expect(openDatabase({ directory: path })).rejects.toMatchObject({ code: 'directory-in-use' });
    await first.close();
    expect((await stat(path)).mode & 0o077).toBe(0);
    const second = await openDatabase({ directory: path });
    opened.push(second);
    expect(await migrate(second)).toEqual([]);
    expect(await second.db.selectFrom('counter').select('value').executeTakeFirst()).toEqual({ value: '7' });
  });

  test('the lock works for paths that no socket could have', async () => {
    const release = await lockDirectory(await makeLong(directory));
    await expect(lockDirectory(await makeLong(directory))).rejects.toMatchObject({ code: 'directory-in-use' });
    await release();
    await (await lockDirectory(await makeLong(directory)))();
  });

  test('a lock whose process was killed is taken over, by one of those who try', async () => {
    const lock = join(import.meta.dirname, '../../src/store/lock.ts');
    const script = `import { lockDirectory } from ${JSON.stringify(lock)}; await lockDirectory(${JSON.stringify(directory)}); console.log('locked'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await expect(lockDirectory(directory)).rejects.toMatchObject({ code: 'directory-in-use' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const tries = await Promise.allSettled(Array.from({ length: 5 }, () => lockDirectory(directory)));
    const winners = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(winners).toHaveLength(1);
    await winners[0]?.();
  });
});

async function makeLong(directory: string): Promise<string> {
  const path = join(directory, 'a'.repeat(60), 'b'.repeat(60));
  await mkdir(path, { recursive: true });
  return path;
}
