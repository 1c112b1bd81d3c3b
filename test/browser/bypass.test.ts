import { beforeAll, expect, test } from '@jest/globals';
import type { Locator } from 'playwright-core';
import type { Demo } from '../../demo/index.ts';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { verdict } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { ownPins } from '../evidence/helpers/pins.ts';
import type { Visitor } from './visitor.ts';
import { openForm, openPage, see } from './workspace-page.ts';

/** The worst night, as somebody lives it on the page: the policy engine is gone. The chapters follow each other. */
const ROOM = 'inc-2026-0001';

const opened = openPage();
let demo: Demo;
let ada: Visitor;

beforeAll(() => {
  ({ demo, ada } = opened());
});

/** The button of the suggested remedy. */
function suggested(room: Locator): Locator {
  return room.getByText('Enable policy bypass').last().locator('xpath=ancestor::*[.//button][1]').getByRole('button', { name: 'Run…' });
}

function variables(): Record<string, string | undefined> {
  const object = demo.platforms?.kubernetes.cluster.get('deployments.apps', 'aureus', 'aureus-frontend');
  const [container] = (object as unknown as { spec: { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } } }).spec
    .template.spec.containers;
  return Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
}

test('the policy engine is broken on the page, and a P0 is declared', async () => {
  const { page } = ada;
  await page.getByRole('button', { name: /^Break something/ }).click();
  const fault = page.getByRole('switch', { name: /policy engine/i });
  await fault.click();
  await page.locator('[role=switch][aria-checked=true]').first().waitFor();
  await page.keyboard.press('Escape');
  await ada.say('#incidents', '/incident declare P0 aureus All queries are blocked');
  await ada
    .log('#incidents')
    .getByRole('link', { name: `#${ROOM}` })
    .first()
    .click();
  await ada.log(`#${ROOM}`).getByRole('button', { name: 'Acknowledge' }).first().click();
  await see(ada.log(`#${ROOM}`), 'is incident commander');
});

test('the diagnosis says what is wrong and why, and suggests what helps', async () => {
  const room = ada.log(`#${ROOM}`);
  await ada.say(`#${ROOM}`, '/runbook diagnose policy-engine-failure');
  await see(room, 'No policy engine pod is ready');
  await see(room, /A test evaluation answers 503/);
  await suggested(room).waitFor();
  await opened().picture('diagnosis');
});

test('the bypass is asked for with a reason; one person cannot do both parts', async () => {
  const { page } = ada;
  const room = ada.log(`#${ROOM}`);
  const form = await openForm(ada, suggested(room));
  await form.getByRole('textbox').first().fill('All queries are blocked and the engine does not come up');
  await form.getByRole('button', { name: /^(Ask|Request|Run)/ }).click();
  await room.getByRole('heading', { name: /Approval needed: Enable policy bypass/ }).waitFor();
  await see(room, 'POLICY_BYPASS_MODE');
  await opened().picture('approval');
  await room.getByRole('button', { name: 'Approve' }).first().click();
  await page
    .getByRole('dialog')
    .last()
    .getByRole('button', { name: /Approve/ })
    .click();
  await see(room, /Still needed from somebody else/);
  expect(variables()).not.toHaveProperty('POLICY_BYPASS_MODE');
});

test('security approves from a direct message: the variable is set, the evidence lies in the pod, the countdown runs', async () => {
  const { page } = ada;
  await ada.be('Marie Curie');
  const direct = await ada.openDirect();
  await direct.getByRole('button', { name: 'Approve' }).first().click();
  await page
    .getByRole('dialog')
    .last()
    .getByRole('button', { name: /Approve/ })
    .click();
  await ada.be('Ada Lovelace');
  await ada.open(ROOM);
  const room = ada.log(`#${ROOM}`);
  await see(room, /reverts by itself/);
  await room.getByRole('button', { name: 'Revert' }).first().waitFor();
  expect(variables()).toMatchObject({ POLICY_BYPASS_MODE: 'true', POLICY_BYPASS_APPROVER: 'U0ADA' });
  const pods = demo.platforms?.kubernetes.cluster.list('pods', 'aureus').filter((pod) => pod.metadata.name.startsWith('aureus-frontend')) ?? [];
  const path = (await records())
    .find(({ type, data: { uses } }) => type === 'change.applied' && uses === 'volume.write-file')
    ?.data.summary.match(/\/app\/evidence\/\S+\.log/)?.[0];
  const file = demo.platforms?.kubernetes.cluster.readFile('aureus', pods[0]?.metadata.name ?? '', path ?? '');
  expect(file?.toString()).toContain('INC-2026-0001');
  await opened().picture('bypass-in-force');
});

test('an hour later it is reverted and verified, and the evidence is valid', async () => {
  const room = ada.log(`#${ROOM}`);
  await ada.later('+30 min');
  await ada.later('+30 min');
  await see(room, /is reverted/);
  expect(variables()).not.toHaveProperty('POLICY_BYPASS_MODE');
  expect((await records()).find(({ type }) => type === 'remedy.reverted')?.data).toMatchObject({ verified: true });
  await see(room, /Evidence pack 1/);
  await ada.say(`#${ROOM}`, '/incident resolve the engine is back');
  await see(room, /resolved the incident|INCIDENT RESOLVED/);
  await ada.say(`#${ROOM}`, '/incident close');
  await ada.open('ops-escalations');
  await see(ada.log('#ops-escalations'), 'is closed. Evidence checkpoint');
  await anchored();
  await demo.tocsin.stop();
  const evidence = await DirectoryStore.openReadOnly(demo.evidence);
  const report = await verifyEvidence(evidence, { strict: true, ...(await ownPins(evidence)) });
  expect(verdict(report)).toBe('valid');
  expect(ada.complaints).toEqual([]);
});

/** Until the log says where its newest checkpoint was published. */
async function anchored(): Promise<void> {
  const { bus } = demo.tocsin.database;
  for (;;) {
    if ((await demo.tocsin.store.records('log')).some(({ type }) => type === 'log.anchored')) return;
    await new Promise<void>((resolve) => {
      const stop = bus.subscribe(() => {
        stop();
        resolve();
      });
    });
  }
}

async function records(): Promise<{ type: string; data: { uses?: string; summary: string } }[]> {
  return (await demo.tocsin.store.records('INC-2026-0001')) as unknown as { type: string; data: { uses?: string; summary: string } }[];
}
