import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type SentOutside, type SlackSimulator, startSlackSimulator } from '../../slack/index.ts';
import { aMail, aPage, aStatusPage, type FakeOutside, fakeOutside } from './fake-outside.ts';
import { seed } from './seed.ts';

let outside: FakeOutside;
let simulator: SlackSimulator;
let told: SentOutside[];

beforeEach(async () => {
  outside = fakeOutside();
  simulator = await startSlackSimulator({ seed: seed(), outside });
  told = [];
  simulator.subscribe((change) => void (change.kind === 'outside' && told.push(change.outside)));
});

afterEach(() => simulator.close());

async function listed(at = simulator): Promise<SentOutside | null> {
  return ((await (await fetch(`${at.url}/_sim/state?as=U0ADA`)).json()) as { outside: SentOutside | null }).outside;
}

const get = (path: string) => fetch(`${simulator.url}/_sim/outside/${path}`);

async function answer(body: unknown): Promise<{ status: number; says: unknown }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${simulator.url}/_sim/outside`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, says: await response.json() };
}

test('the snapshot lists what was sent, and not what mails say; a workspace that sends nothing elsewhere has none of it', async () => {
  outside.pages = [aPage(1)];
  outside.mails = [aMail('m1')];
  outside.statusPages = [aStatusPage('shop', '1')];
  const now = await listed();
  expect(now?.pages).toEqual([aPage(1)]);
  expect(now?.mails).toMatchObject([{ id: 'm1', to: ['leadership@example.com', 'support@example.com'] }]);
  expect(JSON.stringify(now)).not.toContain('HTML of m1');
  const bare = await startSlackSimulator({ seed: seed() });
  expect(await listed(bare)).toBeNull();
  expect((await fetch(`${bare.url}/_sim/outside/mails/m1/html`)).status).toBe(404);
  await bare.close();
});

test('what others wrote can run nothing and load nothing', async () => {
  outside.mails = [aMail('m1'), aMail('m2', { html: null, hasHtml: false })];
  outside.statusPages = [aStatusPage('shop', '1')];
  for (const path of ['mails/m1/html', 'status/shop']) {
    const response = await get(path);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(policy).toMatch(/^sandbox [^;]*; default-src 'none';/);
    expect(policy).not.toMatch(/allow-(scripts|same-origin|forms|top)/);
    expect(await response.text()).toContain('<base target="_blank">');
  }
  const text = await get('mails/m1/text');
  expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(await text.text()).toBe('Text of m1\n<b>not bold</b>');
  for (const path of ['mails/m2/html', 'mails/m9/text', 'status/other', 'status', 'other']) expect((await get(path)).status).toBe(404);
});

test('a page is answered as a person, and everybody is told; what does not work is said', async () => {
  outside.pages = [aPage(1)];
  const { status, says } = await answer({ as: 'U0ADA', page: 'Q1', what: 'acknowledged' });
  expect(status).toBe(200);
  expect(says).toMatchObject({ pages: [{ status: 'acknowledged' }] });
  expect(outside.asked).toEqual([expect.stringMatching(/^acknowledged Q1 by [A-Z]/)]);
  expect(told.at(-1)).toMatchObject({ pages: [{ status: 'acknowledged' }] });
  outside.refuseNext('Tocsin could not be reached.');
  expect(await answer({ as: 'U0ADA', page: 'Q1', what: 'resolved' })).toEqual({ status: 400, says: { error: 'Tocsin could not be reached.' } });
  expect((await answer({ as: 'U0NOBODY', page: 'Q1', what: 'resolved' })).status).toBe(400);
  expect((await answer({ as: 'U0ADA', page: 'Q1', what: 'deleted' })).status).toBe(400);
});

test('what is sent later is told by itself', async () => {
  outside.mails = [aMail('m1')];
  await simulator.waitFor(() => told.length > 0, { what: 'the mail' });
  expect(told).toMatchObject([{ mails: [{ id: 'm1' }] }]);
});
