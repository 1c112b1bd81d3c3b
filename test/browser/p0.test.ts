import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { Locator } from 'playwright-core';
import type { Demo } from '../../demo/index.ts';
import { faintTexts } from './contrast.ts';
import { overflowing } from './overflow.ts';
import type { Visitor } from './visitor.ts';
import { openForm, openPage, see } from './workspace-page.ts';

/** A P0 from the page to the post-mortem, by clicks, with everything that goes out besides Slack. The chapters follow each other. */
const ID = 'INC-2026-0001';
const ROOM = ID.toLowerCase();
/** Where pictures of each chapter go, to be looked at: `LOOK=/tmp/look`. */
const LOOK = process.env.LOOK;

const opened = openPage({ outside: true });
let demo: Demo;
let ada: Visitor;
let room: Locator;

beforeAll(async () => {
  ({ demo, ada } = opened());
  room = ada.log(`#${ROOM}`);
  if (LOOK !== undefined) await mkdir(LOOK, { recursive: true });
});

const place = (name: string | RegExp): Locator => ada.page.getByRole('navigation', { name: 'Channels and people' }).getByRole('button', { name });

/** A form, with what is written into it. */
const dialog = (name: string | RegExp): Locator => ada.page.getByRole('dialog', { name }).last();

/** On a wide screen and on a phone: nothing is too faint, nothing reaches beyond. */
async function look(name: string): Promise<void> {
  const { page } = ada;
  await page.mouse.move(0, 0);
  for (const width of [1_440, 375]) {
    await page.setViewportSize({ width, height: width === 375 ? 760 : 900 });
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    if (LOOK !== undefined) await page.screenshot({ path: join(LOOK, `${name}-${width}.png`), animations: 'disabled', caret: 'hide' });
    expect([name, width, await faintTexts(page), await overflowing(page)]).toEqual([name, width, [], []]);
  }
  await page.setViewportSize({ width: 1_440, height: 900 });
}

test('something breaks, and a P0 is declared by the form', async () => {
  const { page } = ada;
  await page.getByRole('button', { name: /^Break something/ }).click();
  await page.getByRole('switch', { name: /policy engine/i }).click();
  await page.locator('[role=switch][aria-checked=true]').first().waitFor();
  await page.keyboard.press('Escape');
  await ada.say('#incidents', '/incident declare P0');
  const form = dialog('Declare incident');
  await form.getByLabel('What is happening?').fill('All queries are blocked');
  await form.getByLabel('Service').selectOption({ label: 'AUREUS Platform' });
  await look('1-declare');
  await form.getByRole('button', { name: 'Declare' }).click();
  await ada
    .log('#incidents')
    .getByRole('link', { name: `#${ROOM}` })
    .first()
    .click();
  await see(room, 'the first to do so takes command');
});

test('PagerDuty paged; who acknowledges there is named in the incident’s channel, and takes no command by it', async () => {
  const { page } = ada;
  await place('PagerDuty, 1 not acknowledged').click();
  const card = page.getByRole('article').filter({ hasText: 'All queries are blocked' });
  await card.getByText('AUREUS Platform').first().waitFor();
  await look('2-pagerduty');
  await card.getByRole('button', { name: /^Acknowledge page/ }).click();
  await card.getByText('Acknowledged by Ada Lovelace').waitFor();
  await card.getByRole('link', { name: 'Open in Slack' }).click();
  // The page goes out before the incident has a channel of its own: it leads to the card.
  await see(ada.log('#incidents'), 'acknowledged there by Ada Lovelace');
  await ada.open(ROOM);
  await see(room, /Acknowledged in PagerDuty by Ada Lovelace/);
});

test('command is taken, and the diagnosis says what is wrong', async () => {
  await room.getByRole('button', { name: 'Acknowledge' }).first().click();
  await see(room, 'is incident commander');
  await ada.say(`#${ROOM}`, '/runbook diagnose policy-engine-failure');
  await see(room, 'No policy engine pod is ready');
  await look('3-diagnosis');
});

test('the remedy takes two people', async () => {
  const form = await openForm(
    ada,
    room.getByText('Enable policy bypass').last().locator('xpath=ancestor::*[.//button][1]').getByRole('button', { name: 'Run…' }),
  );
  await form.getByRole('textbox').first().fill('Nobody can query anything');
  await form.getByRole('button', { name: /^(Ask|Request|Run)/ }).click();
  await room.getByRole('heading', { name: /Approval needed: Enable policy bypass/ }).waitFor();
  await look('4-approval');
  await ada.be('Marie Curie');
  await opened().approve(await ada.openDirect());
  await ada.be('Ada Lovelace');
  await ada.open(ROOM);
  await room.getByRole('button', { name: 'Revert' }).first().waitFor();
});

test('an update is posted', async () => {
  await ada.say(`#${ROOM}`, '/incident impact --customers All queries are refused');
  await see(room, 'recorded the impact');
  await ada.say(`#${ROOM}`, '/incident status identified The policy engine was scaled to nothing');
  await see(room, 'The policy engine was scaled to nothing');
  await ada.say(`#${ROOM}`, '/incident update');
  const form = dialog('Status update');
  await form.getByLabel('Current Situation').fill('Queries are let through by the bypass; the engine is being restored.');
  await look('5-update');
  await form.getByRole('button', { name: 'Post' }).click();
  await form.waitFor({ state: 'detached' });
  await see(room, 'Queries are let through by the bypass');
});

test('customers are told: the words are approved by communications, and are on the status page and in the mail as they were approved', async () => {
  const { page } = ada;
  await ada.say(`#${ROOM}`, '/incident notice');
  const form = dialog('Notice to customers');
  await form.getByLabel('What customers see').fill('Queries to AUREUS were refused.');
  await form.getByLabel('What we do about it').fill('We have restored the service and watch it');
  await look('6-notice');
  await form.getByRole('button', { name: 'Continue' }).click();
  await form.waitFor({ state: 'detached' });
  await room
    .getByRole('heading', { name: /Approval needed/ })
    .last()
    .waitFor();
  await ada.be('Joan Clarke');
  await opened().approve(await ada.openDirect());
  await ada.be('Ada Lovelace');
  await place(/^Status pages/).click();
  const status = page.frameLocator('#status-page');
  await status.getByText('Queries to AUREUS were refused.').waitFor();
  await status.getByText('We will provide updates every hour.').waitFor();
  await status.getByText('Major outage').first().waitFor();
  await look('7-status-page');
  await place(/^Mail/).click();
  await page.getByRole('button', { name: /^Service Disruption Notice/ }).click();
  await page.getByText('operations@customer.example, it@other-customer.example').last().waitFor();
  await page.frameLocator('iframe[title^="HTML of"]').getByText('Queries to AUREUS were refused.').waitFor();
  await look('8-mail');
  await page
    .getByRole('button', { name: new RegExp(ID) })
    .first()
    .click();
  await page.frameLocator('iframe[title^="HTML of"]').getByText('All queries are blocked').first().waitFor();
  await look('9-stakeholders');
  await page.setViewportSize({ width: 375, height: 760 });
  const mail = page.frames().find((frame) => frame.url().includes('/outside/mails/'));
  expect(await mail?.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  await page.setViewportSize({ width: 1_440, height: 900 });
});

test('resolved, the page of PagerDuty too; then closed', async () => {
  const { page } = ada;
  await ada.open(ROOM);
  await ada.say(`#${ROOM}`, '/bypass revert The engine is back');
  await see(room, /is reverted/);
  await ada.say(`#${ROOM}`, '/incident resolve The policy engine runs again');
  await see(room, 'resolved the incident');
  await place(/^PagerDuty/).click();
  await page.getByRole('article').filter({ hasText: 'All queries are blocked' }).getByText('Resolved by Tocsin').waitFor();
  await ada.open(ROOM);
  await ada.say(`#${ROOM}`, '/incident item add @ada by 2030-01-31 Alert when no policy engine pod is ready');
  await see(room, 'Alert when no policy engine pod is ready');
  await room.getByRole('button', { name: 'Close', exact: true }).last().click();
  await dialog('Close this incident?').getByRole('button', { name: 'Close', exact: true }).last().click();
  await see(room, 'closed the incident');
  await look('10-closed');
});

test('the post-mortem is filled from the record', async () => {
  const { page } = ada;
  await ada.say(`#${ROOM}`, '/incident postmortem');
  await room
    .getByRole('button', { name: /View .*post-?mortem/i })
    .last()
    .click();
  await see(page.getByRole('dialog').last(), 'The policy engine was scaled to nothing');
  await look('11-post-mortem');
  await page.keyboard.press('Escape');
});

test('the pack is on the service’s volume too, and its report is one page that can be read on a phone, in the dark and on paper', async () => {
  await ada.say(`#${ROOM}`, '/incident evidence');
  await see(room, /2 of INC-2026-0001 is also on the service’s volume/);
  const file = join(demo.evidence, `incidents/${ID}/pack/2/report.html`);
  const pods = demo.platforms?.kubernetes.cluster.list('pods', 'aureus').filter(({ metadata }) => metadata.name.startsWith('aureus-frontend')) ?? [];
  const copy = demo.platforms?.kubernetes.cluster.readFile('aureus', pods[0]?.metadata.name ?? '', `/app/evidence/incidents/${ID}/report.html`);
  expect(copy?.equals(await readFile(file))).toBe(true);
  if (LOOK !== undefined) await copyFile(file, join(LOOK, 'report.html'));
  const report = await opened().browser.newPage();
  const complaints: string[] = [];
  report.on('console', (message) => complaints.push(message.text()));
  for (const colorScheme of ['light', 'dark'] as const) {
    await report.emulateMedia({ colorScheme });
    await report.setViewportSize({ width: 375, height: 740 });
    await report.goto(`file://${file}`);
    await report.getByRole('heading', { name: 'All queries are blocked', level: 1 }).waitFor();
    await report.getByRole('img', { name: /^Course of the incident/ }).waitFor();
    expect(await faintTexts(report)).toEqual([]);
    expect(await report.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  }
  expect((await report.pdf({ preferCSSPageSize: true, printBackground: true })).byteLength).toBeGreaterThan(10_000);
  expect(complaints).toEqual([]);
  await report.close();
  expect(ada.complaints).toEqual([]);
});
