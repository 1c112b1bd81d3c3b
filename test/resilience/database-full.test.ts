import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { ask, slashCommand } from '../doors/bot.ts';
import { describeWorld } from '../e2e/helpers/each.ts';

describeWorld('When the database’s disk is full', { delivery: 'http' }, (world) => {
  const ready = () => ask({ port: world().tocsin.ops.port }, { method: 'GET', path: '/readyz' });
  const command = () => ask({ port: world().tocsin.slackPort ?? 0 }, slashCommand('list'));

  test('the person is told, /readyz says why, and both end when there is room again', async () => {
    const { db } = world().tocsin.database;
    expect(await ready()).toMatchObject({ status: 200 });
    // What a server answers whose disk is full, each time that something is to be written.
    await sql`create function full_disk() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`.execute(db);
    await sql`create trigger full_disk before insert on inbox for each statement execute function full_disk()`.execute(db);
    const told = await command();
    expect([told.status, JSON.parse(told.text)]).toEqual([
      200,
      { response_type: 'ephemeral', text: expect.stringContaining('disk of Tocsin’s database is full') },
    ]);
    expect(await ready()).toEqual({ status: 503, text: 'not ready: database: no space left on its disk\n' });
    expect((await command()).text).toContain('disk of Tocsin’s database is full');

    await sql`drop trigger full_disk on inbox`.execute(db);
    expect(await ready()).toMatchObject({ status: 200 });
    expect(await command()).toEqual({ status: 200, text: '' });
    const { rows } = await sql<{ count: string }>`select count(*) from inbox where id = 'probe'`.execute(db);
    expect(Number(rows[0]?.count)).toBe(0);
  });
});
