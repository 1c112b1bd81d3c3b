import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WebClient } from '@slack/web-api';
import { demoSeed } from '../../demo/workspace.ts';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import { findAddress } from '../../src/app/mail.ts';
import { parseConfig } from '../../src/config/load.ts';
import { RetryLater } from '../../src/ports/queue.ts';
import { createPeople, type People } from '../../src/slack/people.ts';
import { withMails } from '../e2e/helpers/world.ts';

const FILE = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;
const [ADA, GRACE] = ['U0ADA', 'U0GRACE'];
const NO_SCOPE = { unseen: 'Slack does not tell addresses without the scope users:read.email', tried: false };

let telling: SlackSimulator;
let silent: SlackSimulator;
beforeAll(async () => {
  telling = await startSlackSimulator({ seed: withMails(demoSeed()) });
  const { bot } = demoSeed();
  silent = await startSlackSimulator({ seed: { ...withMails(demoSeed()), bot } });
});
afterAll(async () => {
  await telling.close();
  await silent.close();
});

function look(slack: SlackSimulator, user: string, contacts = '', mail = '', people = peopleOf(slack)): Promise<unknown> {
  const text = `${mail}${readFileSync(FILE, 'utf8')}`.replace('    name: SARK\n', `    name: SARK\n${contacts}`);
  return findAddress(parseConfig(text, FILE), people, 'sark', user);
}

function peopleOf(slack: SlackSimulator): People {
  const client = new WebClient(demoSeed().bot.token, { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true });
  const onCall = { called: async () => [], everybody: async () => [] };
  return createPeople(client, { teams: new Set(), enterprise: null }, {}, onCall);
}

const CONTACT = '    contacts: [{ name: Grace, user: U0GRACE, email: grace@private.example.com, for: On call }]\n';

test('somebody has an address by their profile or by a contact of the service; who has neither has none', async () => {
  expect(await look(telling, ADA)).toBeNull();
  telling.changeUser(GRACE, { email: '' });
  expect(await look(telling, GRACE)).toBe('no_address');
  expect(await look(telling, GRACE, CONTACT)).toBeNull();
});

test('an address in `opt_out` is said as such, by the profile or by a contact, of all services or of this one', async () => {
  const out = { unseen: 'opted_out', tried: false };
  const ofAll = (address: string) => `mail: { from: tocsin@example.com, opt_out: [${address}] }\n`;
  telling.changeUser(GRACE, { email: 'grace@example.com' });
  expect(await look(telling, GRACE, '', ofAll('Grace@example.com'))).toEqual(out);
  expect(await look(telling, GRACE, CONTACT, ofAll('grace@private.example.com'))).toEqual(out);
  expect(await look(telling, GRACE, `${CONTACT}    mail: { opt_out: [grace@private.example.com] }\n`)).toEqual(out);
  // The contact's address goes before the profile's.
  expect(await look(telling, GRACE, CONTACT, ofAll('grace@example.com'))).toBeNull();
});

test('nobody is taken to have no address where Slack does not tell: without the scope, for an error, or for nobody it knows', async () => {
  expect(await look(silent, ADA)).toEqual(NO_SCOPE);
  expect(await look(silent, GRACE, CONTACT)).toBeNull();
  expect(await look(telling, 'U0NOBODY')).toEqual({ unseen: 'user_not_found', tried: true });
  telling.faults.add({ kind: 'http_error', status: 500, method: 'users.info', rate: 1 });
  telling.faults.add({ kind: 'http_error', status: 500, method: 'users.list', rate: 1 });
  telling.changeUser(ADA, { email: '' });
  await expect(look(telling, ADA)).rejects.toThrow();
  telling.faults.clear();
});

test('a list without the address is no answer while Slack does not say of one person alone: what passes is thrown, and the next look sees it', async () => {
  for (const address of ['', 'ada@example.com']) {
    telling.changeUser(ADA, { email: '' });
    const people = peopleOf(telling);
    telling.faults.add({ kind: 'http_error', status: 500, method: 'users.info', rate: 1 });
    await expect(look(telling, ADA, '', '', people)).rejects.toThrow();
    telling.faults.clear();
    telling.changeUser(ADA, { email: address });
    expect(await look(telling, ADA, '', '', people)).toBe(address === '' ? 'no_address' : null);
  }
});

test('where Slack is asked too often, it is left alone as long as it says', async () => {
  telling.changeUser(ADA, { email: '' });
  telling.faults.add({ kind: 'rate_limited', retry_after: 30, method: 'users.info', rate: 1 });
  await expect(look(telling, ADA)).rejects.toEqual(new RetryLater(30_000));
  telling.faults.clear();
});
