import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { demoSeed } from '../../demo/workspace.ts';
import { signature } from '../../simulators/slack/index.ts';
import { describeWorld } from './helpers/each.ts';
import { DEMO, declare, lastTold, typesOf, type World } from './helpers/world.ts';

/** What every object of JavaScript has, and nobody registered. */
const INHERITED = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'] as const;

let sent = 0;

/** A payload as Slack signs it. */
async function post(world: World, type: 'form' | 'json', body: string): Promise<number> {
  const port = world.tocsin.slackPort ?? 0;
  const headers = {
    'content-type': type === 'form' ? 'application/x-www-form-urlencoded' : 'application/json',
    ...signature(demoSeed().bot.signingSecret, body, Math.floor(Date.now() / 1_000)),
  };
  const response = await fetch(`http://127.0.0.1:${port}/slack/events`, { method: 'POST', headers, body });
  await response.arrayBuffer();
  await world.settled();
  return response.status;
}

function command(user: string, name: string, text: string): string {
  sent += 1;
  return new URLSearchParams({
    command: name,
    text,
    team_id: DEMO.team,
    user_id: user,
    channel_id: DEMO.incidents,
    trigger_id: `outsider.${sent}`,
  }).toString();
}

function interaction(payload: object): string {
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

const who = { team: { id: DEMO.team }, user: { id: 'U0ADA', team_id: DEMO.team } };

function button(actionId: string, value: string): string {
  sent += 1;
  return interaction({
    type: 'block_actions',
    ...who,
    channel: { id: DEMO.incidents },
    container: { type: 'message', channel_id: DEMO.incidents },
    trigger_id: `outsider.${sent}`,
    actions: [{ action_id: actionId, action_ts: `${sent}.000001`, value }],
  });
}

describeWorld('What outsiders send', { delivery: 'http' }, (world) => {
  test.each(INHERITED)('a name that every object has is no button, form, shortcut or command: %s', async (name) => {
    const view = {
      type: 'view_submission',
      ...who,
      view: { id: `V${name.slice(0, 20)}`, callback_id: name, state: { values: { block: { field: { type: 'plain_text_input', value: 'x' } } } } },
    };
    const bodies = [
      button(name, 'x'),
      button('alert.acknowledge', name),
      button('plan.approve', `INC-2026-0001:${name}`),
      interaction(view),
      interaction({ type: 'shortcut', ...who, callback_id: name, trigger_id: `t.${name}`, action_ts: `1.${name}` }),
      command('U0ADA', '/incident', name),
      command('U0ADA', '/runbook', `show ${name}`),
      command('U0ADA', '/runbook', `run aureus/rate-limiting ${name}`),
      command('U0ADA', '/incident', `declare ${name} ${name} ${name}`),
      command('U0ADA', '/bypass', name),
    ];
    for (const body of bodies) expect(await post(world(), 'form', body)).toBe(200);
    expect((await world().outcomes()).filter((one) => one?.outcome === 'failed')).toEqual([]);
  });

  test.each(INHERITED)('a reaction of that name does nothing and asks Slack nothing: %s', async (reaction) => {
    const before = world().slack.calls('conversations.replies').length;
    const event = {
      type: 'event_callback',
      team_id: DEMO.team,
      event_id: `Ev${reaction}`,
      event: { type: 'reaction_added', user: 'U0ADA', reaction, item: { type: 'message', channel: DEMO.incidents, ts: '1.000001' } },
    };
    expect(await post(world(), 'json', JSON.stringify(event))).toBe(200);
    expect(world().slack.calls('conversations.replies')).toHaveLength(before);
    expect((await world().outcomes()).filter((one) => one?.outcome === 'failed')).toEqual([]);
  });

  test('a guest gets no list, no diagnosis, no drift and no pack, and starts nothing', async () => {
    const { id } = await declare(world(), 'P2 aureus Nobody else’s business');
    const asked = [
      '/incident list',
      '/incident alerts',
      `/incident status ${id}`,
      `/incident timeline ${id}`,
      `/incident evidence ${id}`,
      '/runbook list',
      '/runbook diagnose aureus/rate-limiting',
      '/drift',
      '/bypass status',
      '/approvals',
      '/sync status',
    ];
    const types = await typesOf(world(), id);
    for (const said of asked) {
      await world().say('U0GUEST', DEMO.general, said);
      expect([said, lastTold(world(), 'U0GUEST')]).toEqual([said, expect.stringContaining('Guests, bots and people of other workspaces')]);
    }
    expect((await typesOf(world(), id)).filter((type) => !types.includes(type) && type !== 'command.refused')).toEqual([]);
  });

  test('what people paste is nowhere in the database as they pasted it', async () => {
    const { room } = await declare(world(), 'P3 aureus Pasted');
    const secret = ['hun', 'ter', '2xK9'].join('');
    await world().say('U0ADA', room, `note the frontend logs DB_PASSWORD=${secret}`);
    await world().say('U0ADA', room, `declar DB_PASSWORD=${secret}`);
    await world().say('U0ADA', room, `DB_PASSWORD=${secret} oops`);
    const { db } = world().tocsin.database;
    const { rows } = await sql<{ schema: string; name: string }>`
      select table_schema as schema, table_name as name from information_schema.tables where table_schema in ('public', 'pgboss')`.execute(db);
    const holding: string[] = [];
    for (const { schema, name } of rows) {
      const found = await sql<{
        text: string;
      }>`select t::text as text from ${sql.table(`${schema}.${name}`)} t where t::text ilike ${`%${secret}%`}`.execute(db);
      holding.push(...found.rows.map(({ text }) => `${schema}.${name}: ${text.slice(0, 300)}`));
    }
    expect(rows.length).toBeGreaterThan(10);
    expect(holding).toEqual([]);
    expect(
      JSON.stringify(
        world()
          .slack.ephemerals('U0ADA')
          .map(({ message }) => message),
      ),
    ).not.toContain(secret);
  });
});
