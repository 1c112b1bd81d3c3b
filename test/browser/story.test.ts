import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Browser, Locator } from 'playwright-core';
import { type Demo, startDemo } from '../../demo/index.ts';
import { faintTexts } from './contrast.ts';
import { launch, type Visitor, visit } from './visitor.ts';

/** The first story, as somebody lives it who has just started the workspace. The chapters follow each other. */
const ROOM = 'inc-2026-0001';
const IMAGES = new URL('../../docs/images/', import.meta.url).pathname;

let data: string;
let demo: Demo;
let browser: Browser;
let ada: Visitor;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'tocsin-browser-story-'));
  demo = await startDemo({ port: 0, data: join(data, 'workspace'), logger: pino({ level: 'silent' }) });
  browser = await launch();
  ada = await visit(browser, demo.url, 'Tocsin');
});

afterAll(async () => {
  await browser?.close();
  await demo?.stop();
  await rm(data, { recursive: true, force: true });
});

/** Waits until something can be read there; it may stand there more than once. */
function see(where: Locator, text: string): Promise<void> {
  return where.getByText(text).first().waitFor();
}

/** Pictures for the documents, on request only: `SCREENSHOTS=1`. */
async function picture(name: string): Promise<void> {
  if (process.env.SCREENSHOTS !== '1') return;
  await ada.page.mouse.move(0, 0);
  await ada.page.evaluate('document.fonts.ready.then(() => true)');
  await ada.page.screenshot({ path: join(IMAGES, `${name}.png`), animations: 'disabled', caret: 'hide' });
}

test('the command completes, the form says what is missing, and declares', async () => {
  const { page } = ada;
  const box = ada.composer('#incidents');
  await box.pressSequentially('/inc');
  await page.getByRole('listbox', { name: 'Suggestions' }).getByText('/incident').waitFor();
  await box.press('Tab');
  await box.pressSequentially('declare P1');
  await box.press('Enter');
  const form = page.getByRole('dialog', { name: 'Declare incident' });
  await form.waitFor();
  expect(await form.getByLabel('Severity').inputValue()).toBe('P1');
  await form.getByRole('button', { name: 'Declare' }).click();
  await see(form, 'Please complete this required field.');
  await form.getByLabel('What is happening?').fill('Frontend answers 502 for all users');
  await form.getByLabel('Service').selectOption({ label: 'AUREUS Platform' });
  await form.getByLabel('Component').fill('frontend');
  await form.getByRole('button', { name: 'Declare' }).click();
  await form.waitFor({ state: 'detached' });

  const log = ada.log('#incidents');
  await see(log, `#${ROOM} opens in a moment`);
  await log.getByRole('heading', { name: 'INCIDENT DETECTED: Frontend answers 502 for all users' }).waitFor();
  for (const field of ['Severity', 'Component', 'Impact', 'Started', 'Incident Commander', 'Status Page']) {
    await log.getByText(field, { exact: true }).waitFor();
  }
});

test('one click leads from the card to the incident’s channel, one more takes command', async () => {
  await ada
    .log('#incidents')
    .getByRole('link', { name: `#${ROOM}` })
    .click();
  const room = ada.log(`#${ROOM}`);
  await see(room, 'the first to do so takes command');
  await see(room, 'Grace Hopper');
  await ada.later('+5 min');
  await room.getByRole('button', { name: 'Acknowledge' }).first().click();
  await see(room, '@Ada Lovelace acknowledged after 5 min');
  await see(room, 'is incident commander');
  await room.getByRole('button', { name: 'Acknowledge' }).first().waitFor({ state: 'detached' });
  await room.getByRole('button', { name: 'Post update' }).first().waitFor();
  await ada.say(`#${ROOM}`, '/incident impact --customers Half of all queries fail');
  await see(room, 'recorded the impact');
});

test('nobody posts an update: a draft, a reminder, then a breach, the next in line and an automatic update', async () => {
  for (const _ of ['10', '15', '20', '25']) await ada.later('+5 min');
  await ada.page.getByRole('button', { name: /^Tocsin app, \d+ unread$/ }).waitFor();
  const direct = await ada.openDirect();
  await see(direct, 'Here is a draft');
  for (const button of ['Post', 'Edit', 'Snooze']) await direct.getByRole('button', { name: button, exact: true }).waitFor();
  await ada.later('+5 min');
  await see(direct, 'is due now');

  await ada.later('+5 min');
  await ada.open(ROOM);
  const room = ada.log(`#${ROOM}`);
  await see(room, 'was not updated by');
  await see(room, 'is escalated to you');
  await see(room, 'Automatic update');
  await see(room, 'Update late');
  await seenBy('U0GRACE');
  await pictureOfTheRoom();
});

/** Somebody else is there: they look at the newest message that somebody wrote. */
async function seenBy(user: string): Promise<void> {
  const newest = demo.slack?.messages(ROOM).findLast(({ subtype }) => subtype === undefined);
  await demo.slack?.as(user).react(ROOM, newest?.ts ?? '', 'eyes');
  await ada.log(`#${ROOM}`).getByRole('button', { name: '1 eyes' }).waitFor();
}

/** The breach and what followed from it, with the card beside them; by day and by night. */
async function pictureOfTheRoom(): Promise<void> {
  const { page } = ada;
  const card = ada
    .log(`#${ROOM}`)
    .getByRole('article')
    .filter({ has: page.getByRole('heading', { name: /^INCIDENT DETECTED/ }) });
  await card.getByRole('button', { name: 'Reply in thread' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('log', { name: 'Thread' }).getByText('Update late').waitFor();
  await page
    .getByRole('button', { name: 'New messages' })
    .or(ada.composer(`#${ROOM}`))
    .first()
    .click();
  await ada.log(`#${ROOM}`).evaluate((list) => list.scrollTo(0, list.scrollHeight));
  await picture('incident');
  expect(await faintTexts(page)).toEqual([]);
  await page.getByRole('button', { name: 'Dark theme' }).click();
  await picture('incident-dark');
  expect(await faintTexts(page)).toEqual([]);
  await page.getByRole('button', { name: 'Light theme' }).click();
  await page.getByRole('button', { name: 'Close thread' }).click();
}

test('the next in line reads why, and finds the channel', async () => {
  await ada.be('Linus Pauling');
  await ada.page.getByRole('button', { name: /^Tocsin app, \d+ unread$/ }).waitFor();
  const direct = await ada.openDirect();
  await see(direct, 'is escalated to you');
  await see(direct, 'was not updated by');
  await direct.getByRole('link', { name: `#${ROOM}` }).click();
  await ada.log(`#${ROOM}`).waitFor();
  await ada.be('Ada Lovelace');
});

test('the form of an update is filled from the record and refuses an empty situation', async () => {
  const { page } = ada;
  const room = ada.log(`#${ROOM}`);
  await ada.say(`#${ROOM}`, '/incident note restarted the frontend');
  await see(room, 'noted: restarted the frontend');
  await ada.say(`#${ROOM}`, '/incident escalate we need the database team');
  await see(room, 'we need the database team');
  await room.getByRole('button', { name: 'Post update' }).last().click();
  const form = page.getByRole('dialog', { name: 'Status update' });
  const situation = form.getByLabel('Current Situation');
  await situation.waitFor();
  expect(await form.getByLabel('Impact').inputValue()).toBe('Half of all queries fail');
  expect(await form.getByLabel('Actions Taken').inputValue()).toContain('restarted the frontend');
  await situation.fill('');
  await form.getByRole('button', { name: 'Post' }).click();
  await see(form, 'Please complete this required field.');
  await form.getByLabel('Status').selectOption({ label: 'Identified' });
  await situation.fill('Release 118 broke the health check; it is being rolled back.');
  await form.getByLabel('Actions Taken').fill('Restarted the frontend\nStopped the rollout of release 118');
  await form.getByLabel('Next Steps').fill('Watch the error rate after the rollback');
  await form.getByLabel('ETA to Resolution').fill('20 minutes');
  await picture('update-form');
  await form.getByRole('button', { name: 'Post' }).click();
  await form.waitFor({ state: 'detached' });
  await see(room, 'Release 118 broke the health check');
  await see(room, 'Identified');
});

test('the app’s home shows each open incident under what it needs', async () => {
  const { page } = ada;
  await ada.say(`#${ROOM}`, '/incident declare P2 sark Tokens are refused');
  await ada.log(`#${ROOM}`).getByText('#inc-2026-0002 opens in a moment').waitFor();
  await page.getByRole('button', { name: /^Tocsin app/ }).click();
  await page.getByRole('tab', { name: 'Home' }).click();
  await page.getByRole('heading', { name: '2 open incidents' }).waitFor();
  await page.getByRole('heading', { name: 'Not acknowledged' }).waitFor();
  await page.getByRole('heading', { name: 'Updates due from you' }).waitFor();
  expect(await page.getByText('INC-2026-0001', { exact: true }).count()).toBe(1);
  await picture('home');
});

test('resolve, close, and the evidence is handed over', async () => {
  const { page } = ada;
  await ada.open(ROOM);
  const room = ada.log(`#${ROOM}`);
  await ada.say(`#${ROOM}`, '/incident resolve rolled back to the previous release');
  await see(room, 'resolved the incident: rolled back');
  await room.getByRole('button', { name: 'Checklist' }).last().click();
  await room.getByRole('button', { name: 'Done' }).first().click();
  await see(room, '1 of 9 done');
  await room.getByRole('button', { name: 'Close', exact: true }).last().click();
  await page.getByRole('dialog', { name: 'Close this incident?' }).getByRole('button', { name: 'Close', exact: true }).last().click();
  await see(room, 'closed the incident');
  await ada.say(`#${ROOM}`, '/incident evidence');
  await see(room, 'Check it without trusting the bot');
  await room.getByRole('button', { name: 'View INC-2026-0001 timeline' }).click();
  await page
    .getByRole('dialog', { name: 'INC-2026-0001 timeline' })
    .getByRole('cell', { name: /rolled back/ })
    .first()
    .waitFor();
  await page.keyboard.press('Escape');
  await ada.open('ops-escalations');
  await ada.log('#ops-escalations').getByText('Evidence checkpoint').waitFor();
});

test('the page complained of nothing', () => {
  expect(ada.complaints).toEqual([]);
});
