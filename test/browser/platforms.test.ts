import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { App } from '@slack/bolt';
import type { KnownBlock } from '@slack/types';
import type { Browser, Locator, Page } from 'playwright-core';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import { type FakePlatforms, fakePlatforms } from '../../simulators/test/slack/fake-platforms.ts';
import { faintTexts } from './contrast.ts';
import { demoSeed, fakeApp } from './fake-app.ts';
import { overflowing } from './overflow.ts';
import { launch, type Visitor, visit } from './visitor.ts';

/** Breaking and mending platforms on the page, and what the bot then posts about them. */
let browser: Browser;
let platforms: FakePlatforms;
let simulator: SlackSimulator;
let app: App;
let visitor: Visitor;
let page: Page;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

beforeEach(async () => {
  platforms = fakePlatforms();
  simulator = await startSlackSimulator({ seed: demoSeed, platforms });
  app = fakeApp({ apiUrl: simulator.apiUrl, now: () => simulator.clock.now() });
  await app.start();
  visitor = await visit(browser, simulator.url, 'Tocsin');
  page = visitor.page;
  await visitor.composer('#incidents').waitFor();
});

afterEach(async () => {
  await page.close();
  await app.stop();
  await simulator.close();
  // A refused change is a 400, which the browser notes by itself.
  expect(visitor.complaints.filter((text) => !text.includes('status of 400'))).toEqual([]);
});

const FRONTEND = 'Frontend crashes after a bad release';
const POSTGRES = 'postgres-0 hangs and refuses connections';

const panel = (): Locator => page.getByRole('complementary', { name: 'Platforms' });
const opener = (): Locator => page.getByRole('button', { name: /^Break something/ });
const fault = (name: string): Locator => panel().getByRole('switch', { name, exact: true });
const state = (name: string, on: boolean): Promise<void> => panel().getByRole('switch', { name, exact: true, checked: on }).waitFor();

async function open(): Promise<void> {
  await opener().click();
  await fault(FRONTEND).waitFor();
}

/** What has the focus, by its id. */
function focused(): Promise<string> {
  return page.evaluate<string>('document.activeElement.id');
}

test('something is broken and mended by its switch, in words and numbers', async () => {
  await open();
  await panel().getByText('Everything works.').waitFor();
  expect(await panel().getByRole('switch').count()).toBe(11);
  expect(
    await panel()
      .getByRole('region', { name: /aureus/i })
      .getByRole('switch')
      .count(),
  ).toBe(5);
  await fault(FRONTEND).click();
  await state(FRONTEND, true);
  await panel().getByText('1 thing is broken.').waitFor();
  await panel().getByRole('region', { name: 'aureus 1 broken' }).waitFor();
  await page.getByRole('button', { name: 'Break something 1 broken' }).waitFor();
  expect(await fault(FRONTEND).textContent()).toContain('Broken');
  await fault(FRONTEND).click();
  await state(FRONTEND, false);
  await page.getByRole('button', { name: 'Break something', exact: true }).waitFor();
  expect(platforms.asked).toEqual(['+aureus/frontend', '-aureus/frontend']);
});

test('while it is being set it says so, and is not asked for twice', async () => {
  await open();
  const go = platforms.holdNext();
  await fault(FRONTEND).click();
  await panel().getByText('Breaking…').waitFor();
  expect(await fault(FRONTEND).getAttribute('aria-disabled')).toBe('true');
  await fault(FRONTEND).click({ force: true });
  go();
  await state(FRONTEND, true);
  await panel().getByText('Breaking…').waitFor({ state: 'detached' });
  expect(await fault(FRONTEND).getAttribute('aria-disabled')).toBeNull();
  expect(platforms.asked).toEqual(['+aureus/frontend']);
});

test('what does not work is said, and the switch stands as the platform does', async () => {
  await open();
  platforms.refuseNext('The cluster of sark does not answer.');
  await fault(POSTGRES).click();
  await page.getByRole('status').getByText('The cluster of sark does not answer.').waitFor();
  await state(POSTGRES, false);
  await panel().getByText('Everything works.').waitFor();
});

test('every open page shows what others break and what a runbook mends', async () => {
  await open();
  const other = await visit(browser, simulator.url, 'Tocsin');
  await other.page.getByRole('button', { name: 'Break something', exact: true }).click();
  await other.page.getByRole('switch', { name: FRONTEND }).click();
  await state(FRONTEND, true);
  platforms.silently('aureus/frontend', false);
  await state(FRONTEND, false);
  await other.page.getByRole('switch', { name: FRONTEND, checked: false }).waitFor();
  expect(other.complaints).toEqual([]);
  await other.page.close();
});

test('all is mended at once, one after the other', async () => {
  for (const id of ['aureus/frontend', 'sark/postgres', 'sark/server']) platforms.silently(id, true);
  await open();
  await panel().getByText('3 things are broken.').waitFor();
  await panel().getByRole('button', { name: 'Fix all failures' }).click();
  await panel().getByText('Everything works.').waitFor();
  expect(platforms.asked).toEqual(['-aureus/frontend', '-sark/postgres', '-sark/server']);
});

test('without a mouse: the panel takes the focus, a switch keeps it, Escape gives it back', async () => {
  await opener().focus();
  await page.keyboard.press('Enter');
  await fault(FRONTEND).waitFor();
  await page.waitForFunction(`document.activeElement.id === 'panel-title'`);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe(await fault(FRONTEND).getAttribute('id'));
  await page.keyboard.press('Space');
  await state(FRONTEND, true);
  await page.waitForFunction(`document.activeElement.getAttribute('aria-checked') === 'true'`);
  // What others say draws the page again, and takes nothing away.
  await simulator.as('U0OMAR').message('C0INC', 'Deploy 118 went out');
  await visitor.log('#incidents').getByText('Deploy 118').waitFor();
  expect(await focused()).toBe(await fault(FRONTEND).getAttribute('id'));
  await page.keyboard.press('Escape');
  await panel().waitFor({ state: 'hidden' });
  await page.waitForFunction(`document.activeElement.id === 'tool-break'`);
  expect(await opener().getAttribute('aria-expanded')).toBe('false');
});

for (const theme of ['light', 'dark'] as const) {
  test(`every text of the panel can be read in the ${theme} theme`, async () => {
    await page.emulateMedia({ colorScheme: theme });
    platforms.silently('sark/postgres', true);
    await open();
    const go = platforms.holdNext();
    await fault(FRONTEND).click();
    await panel().getByText('Breaking…').waitFor();
    await page.mouse.move(0, 0);
    expect(await faintTexts(page)).toEqual([]);
    go();
    await panel().getByText('2 things are broken.').waitFor();
    expect(await faintTexts(page)).toEqual([]);
  });
}

test('without platforms there is no such button', async () => {
  const bare = await startSlackSimulator({ seed: demoSeed });
  const guest = await visit(browser, bare.url, 'Tocsin');
  await guest.page.getByRole('button', { name: /^Things to try/ }).waitFor();
  expect(await guest.page.getByRole('button', { name: /^Break something/ }).count()).toBe(0);
  await guest.page.close();
  await bare.close();
});

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const DIFF = [
  '--- deployment/frontend',
  '+++ planned',
  '@@ -12,3 +12,3 @@',
  ' - name: frontend',
  `-  image: frontend@sha256:${'5f2b'.repeat(40)}`,
  '+  replicas: 6',
].join('\n');

/** What a plan's card and a diagnosis may hold, each at its longest. */
function board(): KnownBlock[] {
  const cell = (text: string) => ({ type: 'raw_text' as const, text });
  const code = {
    type: 'rich_text' as const,
    elements: [{ type: 'rich_text_section' as const, elements: [{ type: 'text' as const, text: 'frontend-5d9c7b6f4-2xk9p' }] }],
  };
  return [
    { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: DIFF }] }] },
    { type: 'section', text: { type: 'mrkdwn', text: '```\nspec:\n- name: listed\n- name: too\n```' } },
    {
      type: 'table',
      column_settings: [{}, { align: 'right' }, { is_wrapped: true }],
      rows: [
        ['Pod', 'Restarts', 'Last state', 'Node', 'Image', 'Zone'].map(cell),
        [
          code,
          ...['14', 'OOMKilled: the container used more memory than it may', 'node-a.example.com', 'frontend:1.18.4', 'eu-central-1a'].map(cell),
        ],
      ],
    },
    {
      type: 'actions',
      elements: [
        {
          type: 'button',
          action_id: 'b0',
          text: plain('Refuse'),
          style: 'danger',
          confirm: {
            title: plain('Refuse the plan of '.padEnd(100, 'x')),
            text: { type: 'mrkdwn', text: 'Nothing is changed. '.repeat(15).trim() },
            confirm: plain('Yes, refuse it'),
            deny: plain('No, let me read again'),
          },
        },
        ...['Approve', 'Show document', 'Withdraw', 'Diagnose again'].map((label, index) => ({
          type: 'button' as const,
          action_id: `b${index + 1}`,
          text: plain(label),
        })),
        {
          type: 'static_select',
          action_id: 'remedy',
          placeholder: plain('Another remedy'),
          options: ['Roll back', 'Restart'].map((label) => ({ text: plain(label), value: label })),
          initial_option: { text: plain('Restart'), value: 'Restart' },
        },
      ],
    },
  ];
}

test('diffs, tables, menus and confirmations fit and work, in a thread and on a narrow screen too', async () => {
  const { ts = '' } = await app.client.chat.postMessage({ channel: 'C0INC', text: 'plan', blocks: board() });
  await app.client.chat.postMessage({ channel: 'C0INC', thread_ts: ts, text: 'plan', blocks: board() });
  await app.client.filesUploadV2({
    channel_id: 'C0INC',
    thread_ts: ts,
    filename: `${'frontend-'.repeat(9)}previous.log`,
    content: 'panic\n',
    initial_comment: 'Logs',
  });
  const channel = visitor.log('#incidents');
  const menu = channel.getByRole('combobox', { name: 'Another remedy' });
  expect(await menu.inputValue()).toBe('Restart');
  await menu.selectOption('Roll back');
  await simulator.waitFor(() =>
    simulator
      .deliveries()
      .some(({ payload }) => JSON.stringify(payload).includes('"selected_option":{"text":{"type":"plain_text","text":"Roll back"')),
  );
  // Coloured is what a diff adds and removes; a list of YAML is no diff.
  expect(await channel.locator('pre .added').allTextContents()).toEqual(['+++ planned', '+  replicas: 6']);
  expect(await channel.locator('pre .removed').count()).toBe(2);
  await channel.getByRole('button', { name: 'Refuse' }).click();
  const dialog = page.getByRole('dialog', { name: /^Refuse the plan of/ });
  await dialog.getByText('Nothing is changed.').waitFor();
  expect(await dialog.getAttribute('aria-describedby')).toBe('dialog-body');
  await dialog.getByRole('button', { name: 'No, let me read again' }).click();
  expect(await overflowing(page)).toEqual([]);

  await page.getByRole('button', { name: 'Close things to try' }).click();
  await page.setViewportSize({ width: 420, height: 860 });
  expect(await overflowing(page)).toEqual([]);
  await channel.getByRole('button', { name: '2 replies' }).click();
  const thread = page.getByRole('log', { name: 'Thread' });
  await thread.getByRole('group', { name: /^File / }).waitFor();
  expect(await overflowing(page)).toEqual([]);
  const wide = await thread
    .locator('.table-wrap')
    .first()
    .evaluate((node) => node.scrollWidth > node.clientWidth);
  expect(wide).toBe(true);
});

test('on a narrow screen the sidebar and the panel come on request', async () => {
  await page.setViewportSize({ width: 375, height: 740 });
  const { channels = [] } = await app.client.conversations.list();
  const channel = channels.find(({ name }) => name === 'ops-escalations')?.id ?? '';
  await app.client.conversations.setTopic({
    channel,
    topic: 'P1 AUREUS Platform: the frontend answers 502 for all users since the release of this evening',
  });
  const sidebar = page.getByRole('navigation', { name: 'Channels and people' });
  await page.getByRole('button', { name: 'Close things to try' }).click();
  expect(await sidebar.isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Channels and people' }).click();
  expect(await overflowing(page)).toEqual([]);
  await visitor.open('ops-escalations');
  expect(await sidebar.isVisible()).toBe(false);
  // The topic and the clock have a line each.
  const heights = await page.evaluate<number[]>("['.topic', '.clock'].map((part) => document.querySelector(part).getBoundingClientRect().height)");
  for (const height of heights) expect(height).toBeLessThanOrEqual(40);
  expect(await page.evaluate<number>("document.querySelector('.topic').getBoundingClientRect().height")).toBeLessThan(26);
  await open();
  expect(await overflowing(page)).toEqual([]);
  await fault(FRONTEND).click();
  await state(FRONTEND, true);
  expect(await faintTexts(page)).toEqual([]);
});

test('what the bot says directly is marked as unread until it is read', async () => {
  const { channel } = await app.client.conversations.open({ users: 'U0MAYA' });
  for (const text of ['Your approval is asked for', 'It expires in an hour']) await app.client.chat.postMessage({ channel: channel?.id ?? '', text });
  await page.getByRole('button', { name: 'Tocsin app, 2 unread' }).waitFor();
  const direct = await visitor.openDirect();
  await direct.getByText('It expires in an hour').waitFor();
  await page.getByRole('button', { name: 'Tocsin app', exact: true }).waitFor();
});
