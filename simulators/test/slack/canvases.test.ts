import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { WebClient } from '@slack/web-api';
import { type SlackSimulator, startSlackSimulator } from '../../slack/index.ts';
import { silent } from './bolt.ts';
import { bot, seed } from './seed.ts';

let simulator: SlackSimulator;
let client: WebClient;

beforeEach(async () => {
  simulator = await startSlackSimulator({ seed: seed() });
  client = new WebClient(bot.token, { slackApiUrl: simulator.apiUrl, logger: silent, retryConfig: { retries: 0 } });
});

afterEach(() => simulator.close());

async function refusal(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    return (error as { data: Record<string, unknown> }).data;
  }
  throw new Error('The call was not refused.');
}

const text = (markdown: string) => ({ document_content: { type: 'markdown', markdown } }) as const;
const tabs = () => simulator.channel('C0INC').tabs;

test('a canvas that stands alone is a tab of the channel that is named, and its members may write in it; each call makes another', async () => {
  const { canvas_id: first } = await client.canvases.create({ channel_id: 'C0INC', title: 'A draft', ...text('# Why?') });
  await client.canvases.create({ channel_id: 'C0INC', title: 'A draft', ...text('# Why?') });
  expect(tabs()).toMatchObject([
    { id: first, title: 'A draft', markdown: '# Why?', by: bot.userId, access: { C0INC: 'write' } },
    { title: 'A draft' },
  ]);
  expect(simulator.channel('C0INC').canvas).toBeNull();
  const { channel } = await client.conversations.info({ channel: 'C0INC' });
  expect(channel?.properties?.tabs).toMatchObject([{ type: 'canvas', data: { file_id: first } }, {}]);
  const found = await client.canvases.sections.lookup({ canvas_id: first ?? '', criteria: { contains_text: 'why' } });
  expect(found.sections).toHaveLength(1);
});

test('people edit it where they may write, and not where they may only read', async () => {
  const { canvas_id: id = '' } = await client.canvases.create({ channel_id: 'C0INC', ...text('a') });
  simulator.administer('C0INC', { tab: id, markdown: 'b' }, 'U0ADA');
  expect(tabs()).toMatchObject([{ markdown: 'b' }]);
  await client.canvases.access.set({ canvas_id: id, access_level: 'read', channel_ids: ['C0INC'] });
  expect(() => simulator.administer('C0INC', { tab: id, markdown: 'c' }, 'U0ADA')).toThrow('cannot be edited');
  await client.canvases.access.set({ canvas_id: id, access_level: 'write', channel_ids: ['C0INC'] });
  simulator.administer('C0INC', { tab: id, markdown: 'c' }, 'U0ADA');
  expect(tabs()).toMatchObject([{ markdown: 'c' }]);
});

test('what Slack refuses of one is refused', async () => {
  const { canvas_id: id = '' } = await client.canvases.create({ channel_id: 'C0INC', ...text('a') });
  const { canvas_id: alone = '' } = await client.canvases.create(text('a'));
  const { canvas_id: own = '' } = await client.conversations.canvases.create({ channel_id: 'C0INC', ...text('a') });
  const set = (args: object) => refusal(client.apiCall('canvases.access.set', { canvas_id: id, access_level: 'write', ...args }));
  expect(tabs()).toHaveLength(1);
  expect(await set({})).toMatchObject({ error: 'invalid_parameters' });
  expect(await set({ channel_ids: ['C0INC'], user_ids: ['U0ADA'] })).toMatchObject({ error: 'invalid_parameters' });
  expect(await set({ channel_ids: ['C0INC'], access_level: 'owner' })).toMatchObject({ error: 'invalid_arguments' });
  expect(await set({ channel_ids: ['C0NONE'] })).toMatchObject({ error: 'channel_not_found' });
  expect(await set({ user_ids: ['U0NONE'] })).toMatchObject({ error: 'user_not_found' });
  expect(await set({ channel_ids: ['C0INC'], canvas_id: own })).toMatchObject({ error: 'canvas_not_found' });
  // It was never shared there.
  expect(await set({ channel_ids: ['C0INC'], canvas_id: alone })).toMatchObject({ error: 'restricted_action' });
  expect(await refusal(client.canvases.create({ channel_id: 'C0NONE' }))).toMatchObject({ error: 'canvas_creation_failed' });
  const rows = (count: number) => ['| a | b |', '| --- | --- |', ...Array.from({ length: count }, () => '| 1 \\| 2 | 3 |')].join('\n');
  await client.canvases.create({ channel_id: 'C0INC', ...text(rows(149)) });
  expect(await refusal(client.canvases.create({ channel_id: 'C0INC', ...text(rows(150)) }))).toMatchObject({ error: 'canvas_creation_failed' });
  expect(await refusal(client.canvases.create({ channel_id: 'C0INC', ...text('#### a') }))).toMatchObject({ error: 'canvas_creation_failed' });
});
