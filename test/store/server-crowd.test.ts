import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { describeOnServer } from './helpers/databases.ts';

/** Longer than a connection may take to come about, in s. */
const LONG = 6;
/** All connections of one process that work has. */
const CONNECTIONS = 10;

describeOnServer('a crowd that has all connections', ({ database }) => {
  test('makes others wait in line, and fails none of them', async () => {
    const { db } = database();
    const crowd = Array.from({ length: CONNECTIONS }, () => sql`select pg_sleep(${LONG})`.execute(db));
    const behind = await sql<{ one: number }>`select 1 as one`.execute(db);
    expect(behind.rows).toEqual([{ one: 1 }]);
    await Promise.all(crowd);
  }, 30_000);
});
