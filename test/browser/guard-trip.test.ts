import { beforeAll, expect, test } from '@jest/globals';
import type { Demo } from '../../demo/index.ts';
import { until } from '../e2e/helpers/runbooks.ts';
import type { Visitor } from './visitor.ts';
import { openForm, openPage, see } from './workspace-page.ts';

/** A guard of Provability-Fabric trips, as it is lived on the page: from the alert to the report. The chapters follow each other. */
const ROOM = 'inc-2026-0001';

const opened = openPage();
let demo: Demo;
let ada: Visitor;

beforeAll(() => {
  ({ demo, ada } = opened());
});

function isBroken(): boolean {
  return demo.platforms?.faults.list().find(({ id }) => id === 'guard-trip-high')?.active ?? false;
}

test('a guard trips on the panel: the alert says whose and how grave, and becomes an incident', async () => {
  const { page } = ada;
  await page.getByRole('button', { name: /^Break something/ }).click();
  await page.getByRole('switch', { name: /A guard trips with a high risk/ }).click();
  await page.locator('[role=switch][aria-checked=true]').first().waitFor();
  await page.keyboard.press('Escape');
  await ada.open('incidents');
  const channel = ada.log('#incidents');
  await see(channel, /tenant-123/);
  await see(channel, /0\.92/);
  await channel
    .getByRole('button', { name: /^Declare P\d$/ })
    .first()
    .click();
  await see(channel, 'In an incident');
});

test('the triage is drawn in the thread of its diagnosis', async () => {
  await ada.open(ROOM);
  const room = ada.log(`#${ROOM}`);
  await room.getByRole('button', { name: 'Acknowledge' }).first().click();
  await see(room, 'is incident commander');
  await ada.say(`#${ROOM}`, '/runbook diagnose provability-fabric/guard-trip');
  await see(room, /Legitimate incident/);
  await room.getByRole('button', { name: /repl/ }).last().click();
  const drawn = ada.page.getByRole('img', { name: /triage/i }).first();
  await drawn.waitFor();
  expect((await drawn.boundingBox())?.width).toBeGreaterThan(100);
});

test('a rollback to the release before contains it, approved by two people', async () => {
  const room = ada.log(`#${ROOM}`);
  const offers = room.getByText('Start a rollback');
  const before = await offers.count();
  await ada.say(`#${ROOM}`, '/runbook diagnose provability-fabric/containment');
  await see(room, /Diagnosis: Containment/i);
  // The diagnosis before may offer it, too.
  await until(async () => (await offers.count()) > before, 'the diagnosis offers a rollback');
  const remedy = offers.last();
  const form = await openForm(ada, remedy.locator('xpath=ancestor::*[.//button][1]').getByRole('button', { name: 'Run…' }).first());
  await form.getByRole('textbox').last().fill('The new release is bad');
  await form.getByRole('button', { name: /^(Ask|Request|Run)/ }).click();
  await room.getByRole('heading', { name: /Approval needed: Start a rollback/ }).waitFor();
  expect(isBroken()).toBe(true);
  await ada.be('Marie Curie');
  await opened().approve(await ada.openDirect());
  await ada.be('Ada Lovelace');
  await ada.open(ROOM);
  await room.getByRole('heading', { name: /^Applied: Start a rollback/ }).waitFor();
  await until(() => !isBroken(), 'the capsule runs the release before');
});

test('the report says what happened, from the record', async () => {
  const room = ada.log(`#${ROOM}`);
  await ada.say(`#${ROOM}`, '/incident report');
  await see(room, /incident-report|Incident report/i);
  expect(ada.complaints).toEqual([]);
});
