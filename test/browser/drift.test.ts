import { beforeAll, expect, test } from '@jest/globals';
import type { Locator } from 'playwright-core';
import type { Demo } from '../../demo/index.ts';
import { until } from '../e2e/helpers/runbooks.ts';
import type { Visitor } from './visitor.ts';
import { openForm, openPage, see } from './workspace-page.ts';

/** Somebody changed the guardrails in the console, as it is lived on the page: from the alert to the resolution. The chapters follow each other. */
const ROOM = 'inc-2026-0001';

const opened = openPage();
let demo: Demo;
let ada: Visitor;

beforeAll(() => {
  ({ demo, ada } = opened());
});

/** What is edited while one looks is another element each time. */
function toTop(where: Locator): Promise<void> {
  return where.last().evaluate((element) => element.scrollIntoView({ block: 'start' }));
}

function vaultmesh() {
  if (demo.platforms === null) throw new Error('The workspace has no platforms.');
  return demo.platforms.vaultmesh.aws.vaultmesh;
}

test('the guardrails are changed on the panel; the workflow that fails is an alert with its buttons', async () => {
  const { page } = ada;
  await page.getByRole('button', { name: /^Break something/ }).click();
  await page.getByRole('switch', { name: /A: somebody changed the chat controls in the console/ }).click();
  await page.locator('[role=switch][aria-checked=true]').first().waitFor();
  await page.keyboard.press('Escape');
  await ada.open('ops-escalations');
  await ada.later('+5 min');
  const channel = ada.log('#ops-escalations');
  await channel.getByRole('heading', { name: /P1 alert: Guardrail drift detected/ }).waitFor();
  for (const name of ['Acknowledge', 'Investigate', 'Declare P1']) await channel.getByRole('button', { name }).first().waitFor();
  await opened().picture('alert');
  await channel.getByRole('button', { name: 'Declare P1' }).first().click();
  await see(channel, 'In an incident');
});

test('the investigation says that it was changed by hand, and by whom', async () => {
  await ada.open(ROOM);
  const room = ada.log(`#${ROOM}`);
  await room.getByRole('button', { name: 'Acknowledge' }).first().click();
  await see(room, 'is incident commander');
  await ada.say(`#${ROOM}`, '/drift investigate');
  await see(room, /A: changed by hand \(confirmed\)\. mallory changed the live controls in the console/);
  await see(room, '6 replies');
  await toTop(room.getByRole('heading', { name: 'Diagnosis: Guardrail drift detected' }));
  await opened().picture('drift');
});

test('the source is applied again by two people, with the difference before their eyes', async () => {
  const room = ada.log(`#${ROOM}`);
  const remedy = room.getByText('Apply the source of truth to the live guardrails').last();
  const form = await openForm(ada, remedy.locator('xpath=ancestor::*[.//button][1]').getByRole('button', { name: 'Run…' }));
  await form.getByRole('textbox').first().fill('Nobody reviewed what mallory did');
  await form.getByRole('button', { name: /^(Ask|Request|Run)/ }).click();
  await room.getByRole('heading', { name: /Approval needed: Apply the source of truth/ }).waitFor();
  await see(room, /- blocked phrase: "project nightjar"/);
  expect(vaultmesh().isInSync()).toBe(false);
  await ada.be('Marie Curie');
  await opened().approve(await ada.openDirect());
  await ada.be('Ada Lovelace');
  await ada.open(ROOM);
  await room.getByRole('heading', { name: /^Applied: Apply the source of truth/ }).waitFor();
  expect(vaultmesh().isInSync()).toBe(true);
});

test('the evidence is tagged, and the resolution is told in the operations channel', async () => {
  const room = ada.log(`#${ROOM}`);
  await ada.say(`#${ROOM}`, '/drift tag For the auditors');
  await room.getByRole('heading', { name: /Confirmation needed: Tag the drift evidence/ }).waitFor();
  await opened().approve(room);
  await room.getByRole('heading', { name: /^Applied: Tag the drift evidence/ }).waitFor();
  const tagged = () =>
    vaultmesh()
      .objects(vaultmesh().names.auditBucket, 'audit/drift/')
      .filter(({ tags }) => tags.incident_id === 'INC-2026-0001');
  await until(() => tagged().length === 4, 'the evidence is tagged');
  await ada.say(`#${ROOM}`, '/incident resolve mallory changed the guardrails in the console; their source is applied again');
  await ada.open('vaultmesh-ops');
  await see(ada.log('#vaultmesh-ops'), 'Resolved: Guardrail drift detected');
  await see(ada.log('#vaultmesh-ops'), /mallory changed the guardrails in the console/);
  expect(ada.complaints).toEqual([]);
});
