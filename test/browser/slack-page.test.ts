import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { App } from '@slack/bolt';
import type { Browser, Page } from 'playwright-core';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import { demoSeed, fakeApp } from './fake-app.ts';
import { launch } from './visitor.ts';

let browser: Browser;
let simulator: SlackSimulator;
let app: App;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

beforeEach(async () => {
  simulator = await startSlackSimulator({ seed: demoSeed });
  app = fakeApp({ apiUrl: simulator.apiUrl, now: () => simulator.clock.now() });
  await app.start();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(simulator.url);
  await composer().waitFor();
});

afterEach(async () => {
  await page.close();
  await app.stop();
  await simulator.close();
  expect(complaints).toEqual([]);
});

const composer = (channel = 'incidents') => page.getByRole('textbox', { name: `Message #${channel}` });
const log = (channel = 'incidents') => page.getByRole('log', { name: `Messages in #${channel}` });

async function say(text: string, channel?: string): Promise<void> {
  await composer(channel).fill(text);
  await composer(channel).press('Enter');
}

async function be(name: string): Promise<void> {
  await page.getByRole('button', { name: /^You are:/ }).click();
  await page.getByRole('option', { name }).click();
  await page.getByRole('button', { name: `You are: ${name}` }).waitFor();
}

test('a command completes by keyboard, and its card can be acted on', async () => {
  await composer().pressSequentially('/inc');
  await page.getByRole('listbox', { name: 'Suggestions' }).getByText('/incident').waitFor();
  await composer().press('Enter');
  expect(await composer().inputValue()).toBe('/incident ');
  await composer().press('Tab');
  expect(await composer().inputValue()).toBe('/incident declare ');
  await say('/incident declare Checkout is down');
  await log().getByRole('button', { name: 'Acknowledge' }).click();
  await log()
    .getByText(/Acknowledged by/)
    .waitFor();
  await log().getByRole('button', { name: '1 reply' }).click();
  await page.getByRole('log', { name: 'Thread' }).getByText('acknowledged after').waitFor();
  expect(await page.getByText('Things to try 1/5').count()).toBe(1);
});

test('a confirmation asks first', async () => {
  await say('/incident declare Checkout is down');
  const clicks = () => simulator.deliveries().filter((delivery) => delivery.kind === 'interactive').length;
  await log().getByRole('button', { name: 'Enable bypass' }).click();
  await page.getByRole('dialog', { name: 'Enable policy bypass?' }).getByRole('button', { name: 'Cancel' }).click();
  expect(clicks()).toBe(0);
  await log().getByRole('button', { name: 'Enable bypass' }).click();
  await page.getByRole('button', { name: 'Request it' }).click();
  await simulator.waitFor(() => clicks() === 1);
});

test('a modal shows errors under its fields, keeps what was typed, and closes', async () => {
  await say('/incident declare');
  const dialog = page.getByRole('dialog', { name: 'Declare incident' });
  await dialog.getByRole('button', { name: 'Declare' }).click();
  await dialog.getByText('Please complete this required field.').first().waitFor();
  await dialog.getByLabel('Title').fill('abc');
  await dialog.getByRole('radio', { name: 'P1' }).check();
  await dialog.getByLabel('Commander').selectOption({ label: 'Omar Haddad' });
  await dialog.getByRole('button', { name: 'Declare' }).click();
  await dialog.getByText('Say a little more than that.').waitFor();
  expect(await dialog.getByLabel('Title').inputValue()).toBe('abc');
  expect(await dialog.getByLabel('Commander').inputValue()).toBe('U0OMAR');
  await dialog.getByLabel('Title').fill('Checkout is down');
  await dialog.getByRole('button', { name: 'Declare' }).click();
  await dialog.waitFor({ state: 'detached' });
  await log().getByRole('button', { name: 'Acknowledge' }).waitFor();
});

test('people see what is theirs, and are told of what concerns them', async () => {
  await say('/incident list');
  await log().getByText('Only visible to you').waitFor();
  await be('Sofia Reyes');
  expect(await log().getByText('Only visible to you').count()).toBe(0);
  await simulator.as('U0OMAR').message('C0SEC', '@sofia please look');
  await page.getByRole('button', { name: 'security-incidents, 1 unread' }).click();
  await log('security-incidents').getByText('please look').waitFor();
  await be('Maya Lindholm');
  expect(await page.getByRole('button', { name: /security-incidents/ }).count()).toBe(0);
});

test('reactions, threads and message shortcuts', async () => {
  await simulator.as('U0OMAR').message('C0INC', 'Deploy 118 went out');
  const message = log().getByRole('article', { name: /Omar Haddad/ });
  await message.hover();
  await message.getByRole('button', { name: 'React with pushpin' }).click();
  await log().getByText('In the timeline now.').waitFor();
  await message.getByRole('button', { name: '1 pushpin' }).click();
  await message.getByRole('button', { name: '1 pushpin' }).waitFor({ state: 'detached' });
  await message.hover();
  await message.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Add to timeline' }).click();
  await log().getByText('Added to the timeline').waitFor();
  await message.hover();
  await message.getByRole('button', { name: 'Reply in thread' }).click();
  const reply = page.getByRole('textbox', { name: 'Reply in thread' });
  await reply.fill('/incident list');
  await reply.press('Enter');
  await log().getByText('/incident is not supported in threads. Sorry!').waitFor();
});

test('the home tab, the clock and deep links', async () => {
  await page.getByRole('button', { name: 'Tocsin app' }).click();
  await page.getByRole('heading', { name: /Good evening/ }).waitFor();
  await page.getByRole('button', { name: 'Move the clock +30 min' }).click();
  await page.getByText('+30 min', { exact: true }).first().waitFor();
  expect(simulator.clock.offsetMs).toBe(30 * 60_000);
  await page.goto(`${simulator.url}/#/C0OPS`);
  await composer('ops-escalations').waitFor();
});

test('files open and the app’s absence shows', async () => {
  await say('/runbook run aureus/frontend');
  await log().getByRole('button', { name: '1 reply' }).click();
  await page.getByRole('button', { name: 'View frontend.log' }).click();
  await page.getByRole('dialog', { name: 'frontend.log' }).getByText('panic: out of memory').waitFor();
  await page.keyboard.press('Escape');
  await app.stop();
  await page.getByText('Tocsin is not connected.').waitFor();
  await say('/incident list');
  await log().getByText('/incident failed with the error "dispatch_failed"').waitFor();
});

test('a channel’s canvas opens as its people read it', async () => {
  await page.getByRole('button', { name: 'Canvas' }).waitFor({ state: 'detached' });
  simulator.administer(
    'C0INC',
    { canvas: '# Checkout is down\n- **Leads:** Ada\n- :white_large_square: 1. Not a \\[link\\](https://evil.example.com)' },
    'U0OMAR',
  );
  await page.getByRole('button', { name: 'Canvas' }).click();
  const dialog = page.getByRole('dialog', { name: 'Canvas' });
  await dialog.getByRole('heading', { name: 'Checkout is down' }).waitFor();
  await dialog.getByText('Leads:').waitFor();
  expect(await dialog.textContent()).toContain('1. Not a [link](https://evil.example.com)');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('a canvas that stands alone is another tab, under its title', async () => {
  await fetch(`${simulator.apiUrl}canvases.create`, {
    method: 'POST',
    headers: { authorization: `Bearer ${demoSeed.bot.token}`, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ channel_id: 'C0INC', title: 'The review: draft', document_content: { type: 'markdown', markdown: '# Why did it fail?' } }),
  });
  await page.getByRole('button', { name: 'The review: draft' }).click();
  const dialog = page.getByRole('dialog', { name: 'The review: draft' });
  await dialog.getByRole('heading', { name: 'Why did it fail?' }).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('nothing that people or the app write becomes HTML', async () => {
  const evil = '<img src=x onerror="document.title=1"> <script>document.title=1</script> &lt;b&gt;';
  await simulator.as('U0OMAR').message('C0INC', evil);
  await app.client.chat.postMessage({
    channel: 'C0INC',
    text: evil,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: `${evil} <javascript:alert(1)|click> *<b>*` } },
      { type: 'header', text: { type: 'plain_text', text: evil.slice(0, 140) } },
      { type: 'markdown', text: `${evil}\n[click](javascript:alert(1))` },
    ],
  });
  await log().getByRole('heading', { name: 'img' }).waitFor();
  const found = await log().evaluate((node) => ({
    scripts: node.querySelectorAll('script, img[onerror]').length,
    links: [...node.querySelectorAll('a')].map((link) => link.protocol),
  }));
  expect(found).toEqual({ scripts: 0, links: [] });
  expect(await page.title()).toContain('incidents');
});
