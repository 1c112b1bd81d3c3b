import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { nextRecord } from '../../src/evidence/chain.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, breakIt, commanded, environmentOf, MARIE, request } from '../e2e/helpers/remedies.ts';
import { lastTold, readable, type World } from '../e2e/helpers/world.ts';
import { eventually } from '../store/helpers/eventually.ts';
import { hurryJobs } from '../store/helpers/jobs.ts';

/** Somebody who holds the database, and knows this code, but not the signing key. */
describeWorld('With the database alone', { delivery: 'socket', platforms: true }, (world) => {
  async function bypassAsked() {
    await breakIt(world(), 'policy-engine-down');
    const situation = await commanded(world(), 'P0 aureus Policies block all queries');
    const plan = await request(world(), situation, 'aureus/policy-engine-failure bypass nothing else helps');
    return { id: situation.id, plan };
  }

  test('a click that was written into the inbox is nobody’s', async () => {
    const { id, plan } = await bypassAsked();
    const { db } = world().tocsin.database;
    const genuine = await db.selectFrom('inbox').selectAll().where('kind', '=', 'interactive').orderBy('received_at', 'desc').executeTakeFirst();
    const before = genuine ?? (await db.selectFrom('inbox').selectAll().orderBy('received_at', 'desc').executeTakeFirstOrThrow());
    const payload = JSON.stringify({
      ...(before.payload as object),
      type: 'block_actions',
      team: { id: 'T0TOCSIN' },
      user: { id: MARIE },
      actions: [{ type: 'button', action_id: 'plan.approve', block_id: 'plan', action_ts: '1', value: `${id}:${plan.id}` }],
    });
    const entry = { id: randomUUID(), key: randomUUID(), kind: 'interactive', payload, received_at: Date.now(), mac: before.mac };
    await db.insertInto('inbox').values(entry).execute();
    await expect(world().tocsin.store.inbox(entry.id)).rejects.toMatchObject({ code: 'database-altered' });
    expect((await world().tocsin.incidents.find(id))?.plans[plan.id]?.status).toBe('waiting');
  });

  test('a room that was made another incident’s in the index resolves neither, and everybody is told', async () => {
    const one = await commanded(world(), 'P3 aureus The one of this room');
    const other = await commanded(world(), 'P2 sark The one that somebody wants to be over');
    const { db } = world().tocsin.database;
    await db.updateTable('incident').set({ channel: one.room }).where('id', '=', other.id).execute();
    await world().say(ADA, one.room, 'resolve it is over');
    expect(lastTold(world(), ADA)).toContain('That failed on Tocsin’s side and nothing was changed');
    for (const { id } of [one, other]) expect((await world().tocsin.incidents.find(id))?.status).not.toBe('resolved');
    expect(await ready(world())).toContain(`database-altered ${other.id}`);
    await db.updateTable('incident').set({ channel: other.room }).where('id', '=', other.id).execute();

    await db.updateTable('incident').set({ private: true }).where('id', '=', one.id).execute();
    await expect(world().tocsin.incidents.list({ channel: one.room })).rejects.toMatchObject({ code: 'database-altered' });
    await db.updateTable('incident').set({ private: false, open: false, status: 'closed' }).where('id', '=', one.id).execute();
    await expect(world().tocsin.incidents.list({ open: false })).rejects.toMatchObject({ code: 'database-altered' });
    await db.updateTable('incident').set({ open: true, status: 'identified' }).where('id', '=', one.id).execute();
    await expect(world().tocsin.incidents.list({ open: true })).rejects.toMatchObject({ code: 'database-altered' });
    await db.updateTable('incident').set({ status: 'investigating' }).where('id', '=', one.id).execute();
    expect((await world().tocsin.incidents.list({ open: true })).map(({ id }) => id)).toEqual(expect.arrayContaining([one.id, other.id]));
  });

  test('an approval that was written as a record is neither signed, stored nor applied, and everybody is told', async () => {
    const { id, plan } = await bypassAsked();
    const { db, bus } = world().tocsin.database;
    const head = await world().tocsin.store.head(id);
    if (head === null) throw new Error('no incident');
    const data = { plan: plan.id, plan_hash: plan.hash, roles: ['security'], missing: [] };
    const forged = nextRecord(
      head,
      { type: 'approval.given', v: 1, actor: { kind: 'person', id: MARIE }, subject: id, outcome: 'done', data },
      { stream: id, time: new Date().toISOString(), eventId: randomUUID() },
    );
    const { record, bytes, hash } = forged;
    const mac = 'a'.repeat(64);
    const row = { stream: id, seq: record.seq, type: record.type, time: record.time, event_id: record.event_id, bytes, appended_at: 1, mac };
    await db.insertInto('record').values(row).execute();
    const approved = JSON.stringify(head.state).replace('"status":"waiting"', '"status":"approved"');
    await db.updateTable('stream').set({ seq: record.seq, hash, state: approved }).where('name', '=', id).execute();
    await db
      .insertInto('signal')
      .values({ run: plan.run, name: `decided:${plan.id}`, payload: '"approved"', mac })
      .execute();
    await hurryJobs(world().tocsin.database);
    bus.publish('appended');

    await eventually('readiness says it', async () => (await ready(world())).includes(`database-altered ${id}`));
    await eventually('Slack says it', () =>
      world()
        .slack.messages('C0OPSESC')
        .some((one) => readable(one).includes('The database was altered')),
    );
    const checkpoints = await db.selectFrom('checkpoint').select('size').where('stream', '=', id).where('size', '>=', String(record.seq)).execute();
    expect(checkpoints).toEqual([]);
    expect((await db.selectFrom('stream').select('uploaded').where('name', '=', id).executeTakeFirstOrThrow()).uploaded).not.toBe(String(record.seq));
    expect(environmentOf(world(), 'aureus', 'aureus-frontend')).not.toHaveProperty('POLICY_BYPASS_MODE');
    expect(await (await fetch(`http://127.0.0.1:${world().tocsin.ops.port}/metrics`)).text()).toMatch(/tocsin_database_altered_total [1-9]/);
  });
});

async function ready(world: World): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${world.tocsin.ops.port}/readyz`);
  return response.text();
}
