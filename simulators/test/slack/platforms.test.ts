import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { slackSimulatorClient } from '../../slack/client.ts';
import { type Change, type SlackSimulator, startSlackSimulator } from '../../slack/index.ts';
import { type FakePlatforms, fakePlatforms } from './fake-platforms.ts';
import { seed } from './seed.ts';

let platforms: FakePlatforms;
let simulator: SlackSimulator;
let told: string[][];

beforeEach(async () => {
  platforms = fakePlatforms();
  simulator = await startSlackSimulator({ seed: seed(), platforms });
  told = [];
  simulator.subscribe((change) => void (change.kind === 'platforms' && told.push(brokenIn(change.platforms))));
});

afterEach(() => simulator.close());

function brokenIn(faults: readonly { id: string; active: boolean }[]): string[] {
  return faults.filter((fault) => fault.active).map((fault) => fault.id);
}

async function snapshot(at = simulator): Promise<{ platforms: { id: string; active: boolean }[] }> {
  const response = await fetch(`${at.url}/_sim/state?as=U0ADA`);
  return (await response.json()) as { platforms: { id: string; active: boolean }[] };
}

async function post(body: unknown, headers: Record<string, string> = {}): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(`${simulator.url}/_sim/platforms`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, answer: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
}

test('the page’s snapshot lists what can be broken; without platforms nothing', async () => {
  expect((await snapshot()).platforms).toHaveLength(11);
  expect((await snapshot()).platforms[0]).toEqual({
    id: 'aureus/frontend',
    platform: 'aureus',
    title: 'Frontend crashes after a bad release',
    active: false,
  });
  const bare = await startSlackSimulator({ seed: seed() });
  expect((await snapshot(bare)).platforms).toEqual([]);
  expect(bare.platformFaults()).toEqual([]);
  await expect(slackSimulatorClient(bare.url).setPlatformFault('aureus/frontend', true)).rejects.toThrow('This workspace has no platforms.');
  await bare.close();
});

test('breaking and mending is told to everybody once each, and not when nothing changed', async () => {
  expect(brokenIn((await post({ id: 'aureus/frontend', on: true })).answer as never)).toEqual(['aureus/frontend']);
  await simulator.setPlatformFault('sark/latency', true);
  await simulator.setPlatformFault('sark/latency', true);
  await simulator.setPlatformFault('aureus/frontend', false);
  expect(told).toEqual([['aureus/frontend'], ['aureus/frontend', 'sark/latency'], ['sark/latency']]);
  expect(brokenIn((await snapshot()).platforms)).toEqual(['sark/latency']);
});

test('pages of every person hear of a change over their stream', async () => {
  const client = slackSimulatorClient(simulator.url);
  const heard: Change[] = [];
  const streams = ['U0ADA', 'U0GUS'].map((user) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = client.subscribe((change) => {
      if (change.kind === 'hello') resolve();
      else if (change.kind === 'platforms') heard.push(change);
    }, user);
    return { ready: promise, stop };
  });
  await Promise.all(streams.map(({ ready }) => ready));
  await client.setPlatformFault('sark/server', true);
  await client.waitFor(async () => heard.length === 2, { what: 'the change on both pages' });
  expect(heard.map((change) => change.kind === 'platforms' && brokenIn(change.platforms))).toEqual([['sark/server'], ['sark/server']]);
  for (const { stop } of streams) stop();
});

test('what a platform refuses is said, and nothing is told', async () => {
  platforms.refuseNext('The cluster does not answer.');
  expect(await post({ id: 'sark/postgres', on: true })).toEqual({ status: 400, answer: { error: 'The cluster does not answer.' } });
  expect(platforms.asked).toEqual(['+sark/postgres']);
  expect(told).toEqual([]);
});

test('what nobody knows does not reach the platforms', async () => {
  expect(await post({ id: 'mars/dust', on: true })).toEqual({ status: 400, answer: { error: 'There is no fault mars/dust.' } });
  expect((await post({ id: 'sark/postgres' })).status).toBe(400);
  expect((await post({ id: 'sark/postgres', on: 'yes' })).status).toBe(400);
  expect((await post({ id: 'sark/postgres', on: true }, { origin: 'https://evil.example' })).status).toBe(403);
  expect(platforms.asked).toEqual([]);
});

test('what a runbook mends is noticed without anybody telling', async () => {
  await simulator.setPlatformFault('aureus/policy', true);
  platforms.silently('aureus/policy', false);
  await simulator.waitFor(() => told.length === 2, { what: 'the change' });
  expect(told.at(-1)).toEqual([]);
});
