import { beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Database } from '../../src/store/database.ts';
import { isPreparable, statementNames } from '../../src/store/statement-names.ts';
import { describeEachDatabase } from './helpers/databases.ts';

describeEachDatabase('Statements that are kept ready', ({ database: opened }) => {
  let database: Database;
  beforeAll(async () => {
    database = opened();
    await sql`create table kept (id int primary key, text text, number bigint, bytes bytea, data jsonb, names text[], at timestamptz)`.execute(
      database.db,
    );
  });

  const texts = async (query = sql<{ id: number; text: string | null }>`select * from kept order by id`) => (await query.execute(database.db)).rows;

  test('values come back as they were put, whatever their type, the first time and the third', async () => {
    const bytes = Buffer.from([0, 255, 10]);
    for (const id of [1, 2, 3]) {
      const { numAffectedRows } = await sql`insert into kept values
        (${id}, ${'ünï ; \'"\\'}, ${'9007199254740993'}, ${bytes}, ${JSON.stringify({ a: [1, null] })}, ${['x', 'y z']}, ${'2026-11-21T08:00:00Z'})`.execute(
        database.db,
      );
      expect(numAffectedRows).toBe(1n);
    }
    for (const row of await texts()) {
      expect(row).toMatchObject({ text: 'ünï ; \'"\\', number: '9007199254740993', data: { a: [1, null] }, names: ['x', 'y z'] });
      expect(Buffer.from((row as unknown as { bytes: Uint8Array }).bytes)).toEqual(bytes);
    }
    await sql`insert into kept (id, text) values (${4}, ${null})`.execute(database.db);
    expect((await texts()).at(-1)).toMatchObject({ id: 4, text: null, number: null, bytes: null, data: null, names: null, at: null });
  });

  test('a statement that fails spoils nothing, neither alone nor in a transaction', async () => {
    const insert = () => sql`insert into kept (id) values (${1})`.execute(database.db);
    for (let i = 0; i < 3; i++) await expect(insert()).rejects.toMatchObject({ code: '23505' });
    for (let i = 0; i < 3; i++) {
      const failing = database.db.transaction().execute(async (trx) => {
        await sql`insert into kept (id) values (${10 + i})`.execute(trx);
        await sql`insert into kept (id) values (${1})`.execute(trx);
      });
      await expect(failing).rejects.toMatchObject({ code: '23505' });
    }
    expect((await texts()).map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  });

  test('a table that is changed meanwhile is read with its new column', async () => {
    for (let i = 0; i < 3; i++) await texts();
    await sql`alter table kept add column more text default 'new'`.execute(database.db);
    for (const row of await texts()) expect(row).toHaveProperty('more', 'new');
    await database.db.transaction().execute(async (trx) => {
      await sql`alter table kept drop column more`.execute(trx);
      const { rows } = await sql`select * from kept`.execute(trx);
      for (const row of rows) expect(row).not.toHaveProperty('more');
    });
  });

  test('a thousand statements that differ are answered, and those before them still are', async () => {
    for (let i = 0; i < 1_000; i++) expect(await texts(sql`select ${sql.lit(i)}::int as id, null as text`)).toEqual([{ id: i, text: null }]);
    expect(await texts(sql`select ${sql.lit(0)}::int as id, null as text`)).toEqual([{ id: 0, text: null }]);
    expect(await texts()).toHaveLength(4);
  });
});

test('only single statements about rows are kept ready', () => {
  expect(['select 1', '\n with x as (select 1) select * from x', 'UPDATE a set b = 1'].map(isPreparable)).toEqual([true, true, true]);
  expect(['begin', 'select 1; select 2', 'create table a (b int)', 'vacuum', 'listen x'].map(isPreparable)).toEqual(Array(5).fill(false));
});

test('a server gets a name for what it is asked again, but for all columns of a table, and for so many only', () => {
  const names = statementNames();
  expect(names.of('select a from b')).toBeNull();
  const name = names.of('select a from b');
  expect(name).toMatch(/^tocsin_/);
  expect(names.of('select a from b')).toBe(name);
  for (const text of ['select * from b', 'select b.* from b', 'delete from b returning *'])
    expect([names.of(text), names.of(text)]).toEqual([null, null]);
  expect([names.of('select count(*) from b'), names.of('select count(*) from b')]).toEqual([null, expect.stringMatching(/^tocsin_/)]);
  for (let i = 0; i < 1_000; i++) names.of(`select ${i}`);
  expect([names.of('select x from y'), names.of('select x from y')]).toEqual([null, null]);
  expect(names.of('select a from b')).toBe(name);
});
