import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { WebClient } from '@slack/web-api';
import { type SlackSimulator, startSlackSimulator } from '../../slack/index.ts';
import { silent } from './bolt.ts';
import { allScopes, bot, seed } from './seed.ts';

let simulator: SlackSimulator;
let client: WebClient;
let time = Date.UTC(2026, 0, 1);

beforeEach(async () => {
  time = Date.UTC(2026, 0, 1);
  simulator = await startSlackSimulator({ seed: seed(), now: () => time });
  client = clientWith(bot.token);
});

afterEach(() => simulator.close());

function clientWith(token: string): WebClient {
  return new WebClient(token, { slackApiUrl: simulator.apiUrl, logger: silent, retryConfig: { retries: 0 } });
}

/** The error an app gets, with what the answer says besides. */
async function refusal(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    return (error as { data: Record<string, unknown> }).data;
  }
  throw new Error('The call was not refused.');
}

async function code(call: Promise<unknown>): Promise<unknown> {
  return (await refusal(call))['error'];
}

async function messages(call: Promise<unknown>): Promise<string[]> {
  const metadata = (await refusal(call))['response_metadata'] as { messages?: string[] } | undefined;
  return metadata?.messages ?? [];
}

const post = (body: object) => client.chat.postMessage({ channel: 'C0INC', text: 'x', ...body });

test('tokens, methods and arguments are checked', async () => {
  expect(await code(clientWith('').auth.test())).toBe('not_authed');
  expect(await code(clientWith('xoxb-wrong').auth.test())).toBe('invalid_auth');
  expect(await code(clientWith(bot.appToken).auth.test())).toBe('not_allowed_token_type');
  expect(await code(client.apps.connections.open())).toBe('not_allowed_token_type');
  expect(await code(client.apiCall('chat.postMessages'))).toBe('unknown_method');
  expect(await messages(client.apiCall('chat.update', { channel: 'C0INC' }))).toEqual(['[ERROR] missing required field: ts']);
  expect(await messages(post({ colour: 'red' }))).toEqual(['[ERROR] unknown argument: colour']);
  expect(await code(client.apiCall('auth.test', { team_id: 'T0OTHER' }))).toBe('team_not_found');
  expect(await client.auth.test()).toMatchObject({ user_id: 'U0BOT', team_id: 'T0TEAM', response_metadata: { scopes: allScopes } });
});

test('JSON bodies work as forms do', async () => {
  const response = await fetch(`${simulator.apiUrl}chat.postMessage`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bot.token}`, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ channel: 'C0INC', text: 'json', blocks: [{ type: 'divider' }] }),
  });
  expect(await response.json()).toMatchObject({ ok: true, message: { text: 'json', blocks: [{ type: 'divider' }] } });
});

test('a missing scope is named', async () => {
  const poor = await startSlackSimulator({ seed: seed({ bot: { ...bot, scopes: ['chat:write', 'channels:history'] } }) });
  const asPoor = new WebClient(bot.token, { slackApiUrl: poor.apiUrl, logger: silent });
  expect(await refusal(asPoor.pins.list({ channel: 'C0INC' }))).toMatchObject({
    error: 'missing_scope',
    needed: 'pins:read',
    provided: 'chat:write,channels:history',
  });
  expect(await refusal(asPoor.conversations.history({ channel: 'C0PRV' }))).toMatchObject({ needed: 'groups:history' });
  expect(await refusal(asPoor.chat.postMessage({ channel: 'C0INC', text: 'x', username: 'y' }))).toMatchObject({
    needed: 'chat:write.customize',
  });
  await poor.close();
});

test('conversations show themselves to members only', async () => {
  expect(await code(client.chat.postMessage({ channel: 'C0SEC', text: 'x' }))).toBe('channel_not_found');
  expect(await code(client.chat.postMessage({ channel: 'C0GEN', text: 'x' }))).toBe('not_in_channel');
  expect(await code(client.conversations.history({ channel: 'C0GEN' }))).toBe('not_in_channel');
  const { channels = [] } = await client.conversations.list({ types: 'public_channel,private_channel' });
  expect(channels.map((channel) => channel.id)).toEqual(['C0INC', 'C0GEN', 'C0PRV']);
  await client.conversations.join({ channel: 'C0GEN' });
  expect(await client.chat.postMessage({ channel: 'C0GEN', text: 'x' })).toMatchObject({ ok: true });
});

test('channels are made, named, filled and archived by Slack’s rules', async () => {
  expect(await code(client.conversations.create({ name: 'INC 1' }))).toBe('invalid_name_specials');
  expect(await code(client.conversations.create({ name: 'x'.repeat(81) }))).toBe('invalid_name_maxlength');
  expect(await code(client.conversations.create({ name: 'security' }))).toBe('name_taken');
  const { channel } = await client.conversations.create({ name: 'inc-1', is_private: true });
  const id = channel?.id ?? '';
  await client.conversations.invite({ channel: id, users: 'U0ADA,U0BEN' });
  expect(await code(client.conversations.invite({ channel: id, users: 'U0ADA' }))).toBe('already_in_channel');
  expect(await code(client.conversations.invite({ channel: id, users: 'U0NOBODY' }))).toBe('user_not_found');
  await client.conversations.setTopic({ channel: id, topic: 'INC-1' });
  expect(await code(client.conversations.setTopic({ channel: id, topic: 'x'.repeat(251) }))).toBe('too_long');
  const { messages: said = [] } = await client.conversations.history({ channel: id });
  expect(said.map((message) => message.subtype)).toEqual(['channel_topic', 'channel_join', 'channel_join']);
  await client.conversations.archive({ channel: id });
  expect(await code(client.conversations.archive({ channel: id }))).toBe('already_archived');
  expect(await code(client.chat.postMessage({ channel: id, text: 'x' }))).toBe('is_archived');
});

test('timestamps are unique and grow while the clock stands still, and follow it when it moves', async () => {
  const first = await post({});
  const second = await post({});
  expect(Number(second.ts)).toBeGreaterThan(Number(first.ts));
  simulator.clock.advance(3_600_000);
  expect(Math.floor(Number((await post({})).ts))).toBe(time / 1000 + 3600);
});

test('history, threads, metadata and pages', async () => {
  const metadata = { event_type: 'tocsin', event_payload: { key: 'k1' } };
  const { ts: parent = '' } = await post({ metadata });
  for (let reply = 1; reply <= 3; reply += 1) await post({ text: `reply ${reply}`, thread_ts: parent });
  await post({ text: 'later' });

  const plain = await client.conversations.history({ channel: 'C0INC' });
  expect(plain.messages?.map((message) => message.text)).toEqual(['later', 'x']);
  expect(plain.messages?.[1]).toMatchObject({ reply_count: 3, metadata: { event_type: 'tocsin' } });
  const full = await client.conversations.history({ channel: 'C0INC', include_all_metadata: true, oldest: parent, inclusive: true });
  expect(full.messages?.at(-1)?.metadata).toEqual(metadata);
  const texts: (string | undefined)[] = [];
  for await (const page of client.paginate('conversations.replies', { channel: 'C0INC', ts: parent, limit: 2 })) {
    const { messages: some = [] } = page as { messages?: { text: string }[] };
    texts.push(...some.map((message) => message.text));
  }
  expect(texts).toEqual(['x', 'reply 1', 'reply 2', 'reply 3']);
  expect(await code(client.conversations.history({ channel: 'C0INC', cursor: 'nonsense' }))).toBe('invalid_cursor');
  expect(await code(post({ thread_ts: '1.000000' }))).toBe('cannot_reply_to_message');
});

test('only the app’s own messages change, and an edit shows', async () => {
  const { ts = '' } = await simulator.as('U0ADA').message('C0INC', 'mine');
  expect(await code(client.chat.update({ channel: 'C0INC', ts, text: 'yours' }))).toBe('cant_update_message');
  expect(await code(client.chat.delete({ channel: 'C0INC', ts }))).toBe('cant_delete_message');
  expect(await code(client.chat.update({ channel: 'C0INC', ts: '1.000000', text: 'x' }))).toBe('message_not_found');
  const own = await post({});
  await client.chat.update({ channel: 'C0INC', ts: own.ts ?? '', text: 'changed' });
  expect(simulator.messages('C0INC').at(-1)).toMatchObject({ text: 'changed', edited: { user: 'U0BOT' } });
});

test('pins, reactions, bookmarks and ephemeral messages', async () => {
  const { ts = '' } = await post({});
  await client.pins.add({ channel: 'C0INC', timestamp: ts });
  expect(await code(client.pins.add({ channel: 'C0INC', timestamp: ts }))).toBe('already_pinned');
  expect((await client.pins.list({ channel: 'C0INC' })).items).toHaveLength(1);
  await client.reactions.add({ channel: 'C0INC', timestamp: ts, name: 'eyes' });
  expect(await code(client.reactions.add({ channel: 'C0INC', timestamp: ts, name: 'eyes' }))).toBe('already_reacted');
  expect(await code(client.reactions.add({ channel: 'C0INC', timestamp: ts, name: 'not an emoji' }))).toBe('invalid_name');
  await client.bookmarks.add({ channel_id: 'C0INC', title: 'Dashboard', type: 'link', link: 'https://example.org' });
  expect(await code(client.bookmarks.add({ channel_id: 'C0INC', title: 'x', type: 'link', link: 'nope' }))).toBe('invalid_link');
  await client.chat.postEphemeral({ channel: 'C0INC', user: 'U0ADA', text: 'psst' });
  expect(await code(client.chat.postEphemeral({ channel: 'C0INC', user: 'U0GUS', text: 'psst' }))).toBe('user_not_in_channel');
  expect(simulator.messages('C0INC').some((message) => message.text === 'psst')).toBe(false);
});

test('files go up in three steps and come down again', async () => {
  const uploaded = await client.filesUploadV2({ channel_id: 'C0INC', filename: 'app.log', content: 'line 1\nline 2\n', initial_comment: 'logs' });
  expect(uploaded.ok).toBe(true);
  const message = simulator.messages('C0INC').at(-1);
  const file = message?.files?.[0];
  expect(message?.text).toBe('logs');
  const info = await client.files.info({ file: file?.id ?? '' });
  expect(info).toMatchObject({ content: 'line 1\nline 2\n', file: { name: 'app.log', channels: ['C0INC'] } });
  const refused = await fetch(file?.url_private ?? '');
  expect(refused.status).toBe(403);
  const fetched = await fetch(file?.url_private ?? '', { headers: { authorization: `Bearer ${bot.token}` } });
  expect(await fetched.text()).toBe('line 1\nline 2\n');
});

const text = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) });
const section = (length: number) => ({ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(length) } });
const button = (id: string) => ({ type: 'button', action_id: id, text: text(3) });

test.each([
  ['51 blocks', Array.from({ length: 51 }, () => ({ type: 'divider' })), 'no more than 50 items allowed [json-pointer:/blocks]'],
  ['a long section', [section(3001)], 'must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
  ['an empty text', [section(0)], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
  [
    'eleven fields',
    [{ type: 'section', fields: Array.from({ length: 11 }, () => text(1)) }],
    'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
  ],
  ['a long header', [{ type: 'header', text: text(151) }], 'must be less than 151 characters [json-pointer:/blocks/0/text/text]'],
  [
    'mrkdwn in a header',
    [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }],
    'must be a valid enum value (plain_text) [json-pointer:/blocks/0/text/type]',
  ],
  [
    '26 buttons',
    [{ type: 'actions', elements: Array.from({ length: 26 }, (_, index) => button(`b${index}`)) }],
    'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'the same action twice',
    [{ type: 'actions', elements: [button('a'), button('a')] }],
    'action_id "a" already exists in this block [json-pointer:/blocks/0/elements]',
  ],
  [
    'the same block twice',
    [
      { type: 'divider', block_id: 'a' },
      { type: 'divider', block_id: 'a' },
    ],
    'block_id "a" already exists [json-pointer:/blocks/1/block_id]',
  ],
  ['an unknown block', [{ type: 'hologram' }], 'unsupported type [json-pointer:/blocks/0/type]'],
  ['an unknown key', [{ type: 'divider', color: 'red' }], 'no additional properties allowed: color [json-pointer:/blocks/0/color]'],
  [
    'a long button',
    [{ type: 'actions', elements: [{ type: 'button', text: text(76) }] }],
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
  ],
  ['a section with nothing', [{ type: 'section' }], 'missing required field: text or fields [json-pointer:/blocks/0]'],
  ['a missing field', [{ type: 'header' }], 'missing required field: text [json-pointer:/blocks/0/text]'],
])('blocks: %s is refused', async (_, blocks, complaint) => {
  const call = post({ blocks });
  expect(await code(call)).toBe('invalid_blocks');
  expect(await messages(post({ blocks }))).toContain(`[ERROR] ${complaint}`);
});

test('whole messages have limits too', async () => {
  expect(await code(post({ text: '' }))).toBe('no_text');
  const cut = await post({ text: 'x'.repeat(40_001) });
  expect([cut.message?.text?.length, cut['warning']]).toEqual([40_000, 'message_truncated']);
  const { ts = '', channel = '' } = cut;
  expect(await code(client.chat.update({ channel, ts, text: 'x'.repeat(40_001) }))).toBe('msg_too_long');
  expect(await code(post({ blocks: Array.from({ length: 5 }, () => section(2700)) }))).toBe('msg_blocks_too_long');
  expect(await code(post({ blocks: 'nonsense' }))).toBe('invalid_blocks_format');
});

test('triggers live for three seconds and work once; views have limits', async () => {
  const view = { type: 'modal' as const, title: { type: 'plain_text' as const, text: 'T' }, blocks: [] };
  // Nobody is connected, yet each command's payload is kept with its trigger.
  await simulator.as('U0ADA').command('C0INC', '/incident');
  const trigger = String(simulator.deliveries().at(-1)?.payload['trigger_id']);
  expect(await code(client.views.open({ trigger_id: 'made.up', view }))).toBe('invalid_trigger_id');
  const long = { ...view, title: { type: 'plain_text' as const, text: 'x'.repeat(25) } };
  expect(await messages(client.views.open({ trigger_id: trigger, view: long }))).toEqual([
    '[ERROR] must be less than 25 characters [json-pointer:/view/title/text]',
  ]);
  const { view: opened } = await client.views.open({ trigger_id: trigger, view });
  expect(await code(client.views.open({ trigger_id: trigger, view }))).toBe('exchanged_trigger_id');
  expect(await code(client.views.update({ view_id: opened?.id ?? '', hash: 'old', view }))).toBe('hash_conflict');
  await simulator.as('U0ADA').command('C0INC', '/incident');
  simulator.clock.advance(3001);
  const late = String(simulator.deliveries().at(-1)?.payload['trigger_id']);
  expect(await code(client.views.open({ trigger_id: late, view }))).toBe('expired_trigger_id');
});

test('response URLs work five times, for half an hour', async () => {
  const answer = async (url: string) => {
    const body = JSON.stringify({ text: 'x' });
    const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    return `${response.status} ${await response.text()}`;
  };
  await simulator.as('U0ADA').command('C0INC', '/incident');
  const url = String(simulator.deliveries().at(-1)?.payload['response_url']);
  for (let use = 1; use <= 5; use += 1) expect(await answer(url)).toBe('200 ok');
  expect(await answer(url)).toBe('404 {"ok":false,"error":"used_url"}');
  await simulator.as('U0ADA').command('C0INC', '/incident');
  const other = String(simulator.deliveries().at(-1)?.payload['response_url']);
  simulator.clock.advance(30 * 60_000 + 1);
  expect(await answer(other)).toBe('404 {"ok":false,"error":"expired_url"}');
});

test('faults: rate limits are respected, torn calls are applied, others are not', async () => {
  const patient = new WebClient(bot.token, { slackApiUrl: simulator.apiUrl, logger: silent, retryConfig: { retries: 1, minTimeout: 1 } });
  simulator.faults.add({ kind: 'rate_limited', method: 'chat.postMessage', retry_after: 0 });
  expect(await patient.chat.postMessage({ channel: 'C0INC', text: 'patient' })).toMatchObject({ ok: true });
  expect(simulator.calls('chat.postMessage').map((call) => call.status)).toEqual([429, 200]);

  simulator.faults.add({ kind: 'torn', method: 'chat.postMessage' });
  await expect(post({ text: 'torn' })).rejects.toThrow();
  expect(simulator.messages('C0INC').at(-1)?.text).toBe('torn');
  simulator.faults.add({ kind: 'refused_connection', method: 'chat.postMessage' });
  await expect(post({ text: 'refused' })).rejects.toThrow();
  simulator.faults.add({ kind: 'http_error', status: 503 });
  await expect(post({ text: 'broken' })).rejects.toThrow('503');
  simulator.faults.add({ kind: 'error', error: 'internal_error' });
  expect(await code(post({}))).toBe('internal_error');
  expect(simulator.messages('C0INC').at(-1)?.text).toBe('torn');
  expect(simulator.faults.list()).toEqual([]);
});
