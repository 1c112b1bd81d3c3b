import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { slackSimulatorClient } from '../../slack/client.ts';
import { socketApp } from './bolt.ts';
import { seed } from './seed.ts';

async function startProcess() {
  const folder = await mkdtemp(join(tmpdir(), 'slack-simulator-'));
  const file = join(folder, 'seed.json');
  await writeFile(file, JSON.stringify(seed()));
  const main = join(import.meta.dirname, '../../slack/main.ts');
  const child = spawn(process.execPath, [main, '--seed', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { url } = JSON.parse(line.toString()) as { url: string };
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}

test('a workspace in its own process is driven over its control API', async () => {
  await using running = await startProcess();
  const simulator = slackSimulatorClient(running.url);
  const app = socketApp(simulator);
  app.command('/incident', async ({ ack, respond }) => {
    await ack();
    await respond('seen');
  });
  await app.start();
  await simulator.waitFor(async () => (await simulator.connections()) === 1);

  const offsets: number[] = [];
  const stop = simulator.onClock((offset) => offsets.push(offset));
  expect(await simulator.as('U0ADA').command('#incidents', '/incident')).toMatchObject({ status: 'ok' });
  const [only] = await simulator.waitFor(async () => {
    const ephemerals = await simulator.ephemerals('U0ADA');
    return ephemerals.length > 0 && ephemerals;
  });
  expect(only?.message.text).toBe('seen');
  expect(await simulator.advance(300_000)).toMatchObject({ offset_ms: 300_000 });
  await simulator.waitFor(async () => offsets.at(-1) === 300_000);
  stop();

  await expect(simulator.as('U0NOBODY').openHome()).rejects.toThrow('no user U0NOBODY');
  const id = await simulator.addFault({ kind: 'slow', ms: 1, rate: 1 });
  expect(await simulator.faults()).toEqual([{ id, kind: 'slow', method: '*', ms: 1, rate: 1 }]);
  await simulator.clearFaults();
  expect((await simulator.calls('response_url')).length).toBe(1);
  await app.stop();
});

test('pages of other sites control nothing', async () => {
  await using running = await startProcess();
  const move = (headers: Record<string, string>) => fetch(`${running.url}/_sim/clock`, { method: 'POST', body: '{"advance_ms":1}', headers });
  expect((await move({ 'content-type': 'application/json', origin: 'https://evil.example' })).status).toBe(403);
  expect((await move({ 'content-type': 'text/plain' })).status).toBe(403);
  expect((await move({ 'content-type': 'application/json' })).status).toBe(200);
});
