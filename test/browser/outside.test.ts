import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { App } from '@slack/bolt';
import type { Browser, Locator, Page } from 'playwright-core';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import { aMail, aPage, aStatusPage, type FakeOutside, fakeOutside } from '../../simulators/test/slack/fake-outside.ts';
import { faintTexts } from './contrast.ts';
import { demoSeed, fakeApp } from './fake-app.ts';
import { overflowing } from './overflow.ts';
import { launch, type Visitor, visit } from './visitor.ts';

/** What was sent outside of Slack, as the page shows it. */
let browser: Browser;
let outside: FakeOutside;
let simulator: SlackSimulator;
let app: App;
let visitor: Visitor;
let page: Page;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

beforeEach(async () => {
  outside = fakeOutside();
  outside.pages = [aPage(2), aPage(1, { status: 'resolved', by: 'Omar Haddad', severity: 'error' })];
  outside.mails = [aMail('m2'), aMail('m1', { hasHtml: false, html: null })];
  outside.statusPages = [aStatusPage('shop', '1'), aStatusPage('search', '1')];
  simulator = await startSlackSimulator({ seed: demoSeed, outside });
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
  // A refused answer is a 400, and what a mail may not do is noted: the browser does so by itself.
  expect(visitor.complaints.filter((text) => !/status of 400|violates the following Content Security Policy|sandboxed/.test(text))).toEqual([]);
});

const sidebar = (): Locator => page.getByRole('navigation', { name: 'Channels and people' });
const place = (name: string | RegExp): Locator => sidebar().getByRole('button', { name });
const pageCard = (number: number): Locator => page.getByRole('article').filter({ hasText: `#${number} ·` });

test('pages are acknowledged and resolved as the person one is, and the sidebar counts those that nobody acknowledged', async () => {
  await place('PagerDuty, 1 not acknowledged').click();
  await page.getByText('You act as Maya Lindholm').waitFor();
  await pageCard(2).getByText('Triggered', { exact: true }).waitFor();
  expect(await pageCard(1).getByRole('button').count()).toBe(0);
  await pageCard(2).getByRole('button', { name: 'Acknowledge page #2' }).click();
  await pageCard(2).getByText('Acknowledged by Maya Lindholm').waitFor();
  await place(/^PagerDuty$/).waitFor();
  await visitor.be('Omar Haddad');
  outside.refuseNext('Tocsin answered the webhook with 401.');
  await pageCard(2).getByRole('button', { name: 'Resolve page #2' }).click();
  await page.getByRole('status').getByText('Tocsin answered the webhook with 401.').waitFor();
  await pageCard(2).getByRole('button', { name: 'Resolve page #2' }).click();
  await pageCard(2).getByText('Resolved by Omar Haddad').waitFor();
  expect(outside.asked).toEqual(['acknowledged Q2 by Maya Lindholm', 'resolved Q2 by Omar Haddad', 'resolved Q2 by Omar Haddad']);
});

test('a mail is drawn in a frame where nothing runs, and is there as text too; what comes later is unread', async () => {
  await place('Mail, 2 unread').click();
  const frame = page.frameLocator('iframe[title^="HTML of"]');
  await frame.getByRole('heading', { name: 'HTML of m2' }).waitFor();
  expect(await frame.locator('body').textContent()).not.toContain('ran\n');
  expect(await page.locator('iframe').getAttribute('sandbox')).not.toMatch(/allow-(scripts|same-origin)/);
  expect(page.frames().filter((one) => one.url().includes('tracker'))).toEqual([]);
  await page.getByRole('tab', { name: 'Text' }).click();
  await page.getByText('<b>not bold</b>').waitFor();
  await place('Mail, 1 unread').waitFor();
  outside.mails = [aMail('m3'), ...outside.mails];
  await place('Mail, 2 unread').waitFor();
  await page.getByText('<b>not bold</b>').waitFor();
  await page.getByRole('button', { name: /Mail m1/ }).click();
  expect(await page.getByRole('tab', { name: 'HTML' }).count()).toBe(0);
  await page.getByText('Text of m1').waitFor();
});

test('the status page is what the public reads, and is read again when it changes', async () => {
  await place(/^Status pages/).click();
  const frame = page.frameLocator('#status-page');
  await frame.getByText('shop in version 1').waitFor();
  outside.statusPages = [aStatusPage('shop', '2'), aStatusPage('search', '2')];
  await frame.getByText('shop in version 2').waitFor();
  await page.getByRole('tab', { name: 'Status of search changed' }).click();
  await frame.getByText('search in version 2').waitFor();
  await page.getByRole('tab', { name: 'Status of search', exact: true }).waitFor();
});

test('a link leads there, and nothing of it is on a page that sends nothing elsewhere', async () => {
  await page.goto(`${simulator.url}/#/outside/mail`);
  await page.getByRole('heading', { name: 'Mail', exact: true }).waitFor();
  await page.goBack();
  await visitor.composer('#incidents').waitFor();
  const bare = await startSlackSimulator({ seed: demoSeed });
  const guest = await visit(browser, `${bare.url}/#/outside/mail`, 'Tocsin');
  await guest.composer('#incidents').waitFor();
  expect(await guest.page.getByText('Outside Slack').count()).toBe(0);
  await guest.page.close();
  await bare.close();
});

test('without a mouse: the focus stays where it was when something new comes', async () => {
  await place(/^PagerDuty/).click();
  const button = pageCard(2).getByRole('button', { name: 'Acknowledge page #2' });
  await button.focus();
  outside.pages = [aPage(3), ...outside.pages];
  await pageCard(3).waitFor();
  expect(await page.evaluate<string>('document.activeElement.id')).toBe('acknowledged-Q2');
  await page.keyboard.press('Enter');
  await pageCard(2).getByText('Acknowledged by Maya Lindholm').waitFor();
  await place(/^Mail/).click();
  await page.getByRole('button', { name: /Mail m1/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Text of m1').waitFor();
});

for (const theme of ['light', 'dark'] as const) {
  test(`every text can be read in the ${theme} theme, and a phone 375 px wide shows all of it`, async () => {
    await page.emulateMedia({ colorScheme: theme });
    await page.getByRole('button', { name: 'Close things to try' }).click();
    for (const width of [1_280, 375]) {
      await page.setViewportSize({ width, height: 740 });
      for (const name of ['PagerDuty', 'Mail', 'Status pages']) {
        if (width === 375) await page.getByRole('button', { name: 'Channels and people' }).click();
        await place(new RegExp(`^${name}`)).click();
        await page.getByRole('heading', { name, exact: true }).waitFor();
        await page.mouse.move(0, 0);
        expect(await faintTexts(page)).toEqual([]);
        expect(await overflowing(page)).toEqual([]);
      }
    }
  });
}

test('on a phone there is the list or the mail', async () => {
  await page.getByRole('button', { name: 'Close things to try' }).click();
  await page.setViewportSize({ width: 375, height: 740 });
  await page.getByRole('button', { name: 'Channels and people' }).click();
  await place(/^Mail/).click();
  await page.getByRole('button', { name: /Mail m2/ }).click();
  await page.frameLocator('iframe').getByRole('heading', { name: 'HTML of m2' }).waitFor();
  expect(await page.getByRole('button', { name: /Mail m1/ }).isVisible()).toBe(false);
  expect(await overflowing(page)).toEqual([]);
  await page.getByRole('button', { name: 'Back to all mails' }).click();
  await page.getByRole('button', { name: /Mail m1/ }).waitFor();
});
