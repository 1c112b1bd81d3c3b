import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { demoSeed } from '../../demo/workspace.ts';
import { signature } from '../../simulators/slack/index.ts';
import { describeWorld } from './helpers/each.ts';
import { DEMO, declare, lastTold, typesOf, type World } from './helpers/world.ts';

/** What every object of JavaScript has, and nobody registered. */
const INHERITED = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'] as const;

const TYPES = {
  form: 'application/x-www-form-urlencoded',
  'form-utf8': 'application/x-www-form-urlencoded; charset=utf-8',
  json: 'application/json',
};

let sent = 0;

/** A payload as Slack signs it. */
async function post(world: World, type: 'form' | 'form-utf8' | 'json', body: string, ahead = 0): Promise<number> {
  const port = world.tocsin.slackPort ?? 0;
  const headers = {
    'content-type': TYPES[type],
    ...signature(demoSeed().bot.signingSecret, body, Math.floor(Date.now() / 1_000) + ahead),
  };
  const response = await fetch(`http://127.0.0.1:${port}/slack/events`, { method: 'POST', headers, body });
  await response.arrayBuffer();
  await world.settled();
  return response.status;
}

function command(user: string, name: string, text: string, channel: string = DEMO.incidents): string {
  sent += 1;
  return new URLSearchParams({
    command: name,
    text,
    team_id: DEMO.team,
    user_id: user,
    channel_id: channel,
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

  test('a form that says its character set is a form', async () => {
    const before = world().tocsin.store;
    expect(await post(world(), 'form-utf8', command('U0ADA', '/incident', 'declare P3 aureus Said with its character set'))).toBe(200);
    const [newest] = await before.incidents({ limit: 1 });
    expect(await world().tocsin.incidents.find(newest?.id ?? '')).toMatchObject({ title: 'Said with its character set' });
  });

  test('what is signed for a later time than Slack’s clock can be is refused, and changes nothing', async () => {
    const text = 'declare P3 aureus From the future';
    expect(await post(world(), 'form', command('U0ADA', '/incident', text), 6 * 60)).toBe(401);
    expect(await post(world(), 'form', command('U0ADA', '/incident', text), 365 * 24 * 3_600)).toBe(401);
    const found = await Promise.all((await world().tocsin.store.incidents({})).map(({ id }) => world().tocsin.incidents.find(id)));
    expect(found.map((one) => one?.title)).not.toContain('From the future');
    expect(await post(world(), 'form', command('U0ADA', '/incident', 'list'), 4 * 60)).toBe(200);
  });

  test('an event that is nested 5,000 deep is malformed: it is acknowledged, counted and not stored', async () => {
    const before = (await world().outcomes()).length;
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    const event = `{"type":"event_callback","team_id":"${DEMO.team}","event_id":"EvDeep","event":{"type":"message","user":"U0ADA","x":${deep}}}`;
    expect(await post(world(), 'json', event)).toBe(200);
    expect(await world().outcomes()).toHaveLength(before);
  });

  test.each(['\u0000', '\ud800'])('a character that no database holds (%j) in an id or a text ends with an outcome at the first try', async (odd) => {
    const { id } = await declare(world(), 'P3 aureus Told with odd characters');
    const before = await world().outcomes();
    const shortcut = (channel: string, user: string, text: string) => ({
      type: 'message_action',
      team: { id: DEMO.team },
      user: { id: user, team_id: DEMO.team },
      callback_id: 'incident.pin',
      trigger_id: `odd.${sent}`,
      action_ts: `${(sent += 1)}.5`,
      channel: { id: channel },
      message: { ts: `1${odd}.5`, text, user: 'U0ADA' },
    });
    const reaction = (channel: string, user: string) => ({
      type: 'event_callback',
      team_id: DEMO.team,
      event_id: `EvOdd${(sent += 1)}`,
      event: { type: 'reaction_added', user, reaction: 'pushpin', item: { type: 'message', channel, ts: '1.000001' } },
    });
    const gone = {
      type: 'event_callback',
      team_id: DEMO.team,
      event_id: `EvOdd${(sent += 1)}`,
      event: { type: 'channel_deleted', channel: `C0${odd}` },
    };
    const bodies = [
      command(`U0${odd}`, '/incident', 'list'),
      command('U0ADA', '/incident', 'list', `C0${odd}`),
      command('U0ADA', '/incident', `note ${id} It says x${odd}y`),
      interaction(shortcut(`C0${odd}`, 'U0ADA', 'x')),
      interaction(shortcut(world().room(id), `U0${odd}`, 'x')),
      interaction(shortcut(world().room(id), 'U0ADA', `x${odd}`)),
    ];
    for (const body of bodies) expect(await post(world(), 'form', body)).toBe(200);
    for (const event of [reaction(`C0${odd}`, 'U0ADA'), reaction(world().room(id), `U0${odd}`), gone])
      expect(await post(world(), 'json', JSON.stringify(event))).toBe(200);
    const after = (await world().outcomes()).slice(before.length);
    expect(after.filter((one) => one === null || one.outcome === 'failed')).toEqual([]);
    expect((await world().tocsin.store.records(id)).filter(({ type }) => type === 'note.added')).toMatchObject([
      { data: { text: 'It says x\ufffdy' } },
    ]);
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
