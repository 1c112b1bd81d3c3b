import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { App } from '@slack/bolt';
import type { Browser, Page } from 'playwright-core';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import { faintTexts } from './contrast.ts';
import { demoSeed, fakeApp } from './fake-app.ts';
import { launch, type Visitor, visit } from './visitor.ts';

/** The page without a mouse, without good eyes, by what assistive technology is told. */
let browser: Browser;
let simulator: SlackSimulator;
let app: App;
let visitor: Visitor;
let page: Page;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

beforeEach(async () => {
  simulator = await startSlackSimulator({ seed: demoSeed });
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
  expect(visitor.complaints).toEqual([]);
});

/** What has the focus, as assistive technology would call it. */
function focused(): Promise<string> {
  return page.evaluate<string>(
    `(document.activeElement.getAttribute('aria-label') ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent).trim()`,
  );
}

for (const theme of ['light', 'dark'] as const) {
  test(`every text can be read in the ${theme} theme`, async () => {
    await page.emulateMedia({ colorScheme: theme });
    await visitor.say('#incidents', '/incident declare Checkout is down');
    await visitor.log('#incidents').getByRole('button', { name: 'Acknowledge' }).waitFor();
    await visitor.say('#incidents', '/runbook run aureus/frontend');
    await visitor.log('#incidents').getByRole('button', { name: '1 reply' }).click();
    await page.getByRole('textbox', { name: 'Reply in thread' }).waitFor();
    await visitor.say('#incidents', '/incident list');
    await visitor.log('#incidents').getByText('Only visible to you').first().waitFor();
    expect(await faintTexts(page)).toEqual([]);
    await page.getByRole('button', { name: 'Close thread' }).click();
    await visitor.say('#incidents', '/incident declare');
    const dialog = page.getByRole('dialog', { name: 'Declare incident' });
    await dialog.getByRole('button', { name: 'Declare' }).click();
    await dialog.getByText('Please complete this required field.').first().waitFor();
    expect(await faintTexts(page)).toEqual([]);
  });
}

test('a form keeps the focus, Escape closes it, and the focus goes back to where it was', async () => {
  await visitor.say('#incidents', '/incident declare');
  const dialog = page.getByRole('dialog', { name: 'Declare incident' });
  await dialog.waitFor();
  expect(await focused()).toBe('Title');
  for (let stop = 0; stop < 30; stop++) {
    await page.keyboard.press('Tab');
    expect(await dialog.evaluate((node) => node.contains(node.ownerDocument.activeElement))).toBe(true);
  }
  await dialog.getByRole('heading', { name: 'Declare incident' }).click();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(await focused()).toBe('Message #incidents');
});

test('a field that is wrong says so to assistive technology, until it is mended', async () => {
  await visitor.say('#incidents', '/incident declare');
  const dialog = page.getByRole('dialog', { name: 'Declare incident' });
  await dialog.getByRole('button', { name: 'Declare' }).click();
  const title = dialog.getByLabel('Title');
  await dialog.getByRole('alert').filter({ hasText: 'Please complete' }).first().waitFor();
  expect(await title.getAttribute('aria-invalid')).toBe('true');
  await title.fill('Checkout is down');
  expect(await title.getAttribute('aria-invalid')).toBeNull();
});

test('everything that can be pressed has a name', async () => {
  await visitor.say('#incidents', '/incident declare Checkout is down');
  await visitor.log('#incidents').getByRole('button', { name: 'Acknowledge' }).waitFor();
  await simulator.as('U0OMAR').message('C0INC', 'Deploy 118 went out');
  await visitor.log('#incidents').getByText('Deploy 118').waitFor();
  expect(await page.getByRole('button', { name: /^$/, includeHidden: false }).count()).toBe(0);
  expect(await page.getByRole('link', { name: /^$/ }).count()).toBe(0);
  expect(await page.getByRole('textbox', { name: /^$/ }).count()).toBe(0);
});

test('without a mouse: a suggestion is announced and taken, a message sent, its menu opened and closed', async () => {
  const box = visitor.composer('#incidents');
  await box.focus();
  await page.keyboard.type('/incident ');
  await page.keyboard.press('ArrowDown');
  expect(await box.getAttribute('aria-activedescendant')).toBe('completion-0');
  await page.keyboard.press('Escape');
  expect(await box.getAttribute('aria-activedescendant')).toBeNull();
  await box.fill('Deploy 118 went out');
  await page.keyboard.press('Enter');
  const message = visitor.log('#incidents').getByRole('article').filter({ hasText: 'Deploy 118 went out' });
  await message.getByRole('button', { name: 'More actions' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Add to timeline' }).waitFor();
  await page.keyboard.press('Escape');
  expect(await focused()).toBe('More actions');
});

test('who reads further up is told of what is new, and their own message takes them there', async () => {
  for (let line = 1; line <= 40; line++) await simulator.as('U0OMAR').message('C0INC', `line ${line}`);
  await visitor.log('#incidents').getByText('line 40').waitFor();
  await visitor.log('#incidents').evaluate((list) => list.scrollTo(0, 0));
  await simulator.as('U0OMAR').message('C0INC', 'the newest');
  await page.getByRole('button', { name: 'New messages' }).click();
  await visitor.log('#incidents').getByText('the newest').waitFor();
  await page.getByRole('button', { name: 'New messages' }).waitFor({ state: 'hidden' });
});
