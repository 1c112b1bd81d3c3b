import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { App, HTTPReceiver } from '@slack/bolt';
import { startSlackSimulator } from '../../slack/index.ts';
import { silent } from './bolt.ts';
import { bot, seed } from './seed.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function setUp(secret = bot.signingSecret) {
  const port = await freePort();
  const simulator = await startSlackSimulator({ seed: seed(), httpDelivery: { url: `http://127.0.0.1:${port}/slack/events` } });
  const receiver = new HTTPReceiver({ signingSecret: secret, logger: silent });
  const app = new App({ token: bot.token, receiver, logger: silent, clientOptions: { slackApiUrl: simulator.apiUrl } });
  await app.start(port);
  return {
    simulator,
    app,
    async [Symbol.asyncDispose]() {
      await app.stop();
      await simulator.close();
    },
  };
}

test('Bolt verifies the signature and hears commands, clicks and events', async () => {
  await using world = await setUp();
  const { simulator, app } = world;
  const heard: string[] = [];
  app.command('/incident', async ({ ack, command }) => {
    heard.push(`${command.text} ${command.is_enterprise_install}`);
    await ack({ text: 'over http', response_type: 'in_channel' });
  });
  app.shortcut('declare', async ({ ack, shortcut }) => {
    heard.push(`${shortcut.type} ${'message_ts' in shortcut && shortcut.message_ts}`);
    await ack();
  });
  app.event('reaction_added', async ({ event }) => void heard.push(event.reaction));

  const ada = simulator.as('U0ADA');
  expect(await ada.command('C0INC', '/incident', 'a & b = "c"')).toMatchObject({ status: 'ok' });
  const [message] = simulator.messages('C0INC');
  expect(message?.text).toBe('over http');
  expect(await ada.shortcut('declare', { channel: 'C0INC', ts: message?.ts ?? '' })).toMatchObject({ status: 'ok' });
  await ada.react('C0INC', message?.ts ?? '', 'eyes');
  await simulator.waitFor(() => heard.length === 3);
  expect(heard).toEqual(['a & b = "c" false', `message_action ${message?.ts}`, 'eyes']);
});

test('a wrong signature is refused, and the person reads of it', async () => {
  await using world = await setUp('another secret');
  expect(await world.simulator.as('U0ADA').command('C0INC', '/incident')).toMatchObject({
    status: 'failed',
    error: '/incident failed with the error "dispatch_failed"',
  });
});

test('an event that failed comes again, with the retry headers', async () => {
  const retries: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    retries.push(['num', 'reason'].map((part) => String(request.headers[`x-slack-retry-${part}`])).join(' '));
    response.writeHead(retries.length < 3 ? 500 : 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const simulator = await startSlackSimulator({ seed: seed(), httpDelivery: { url } });
  await simulator.as('U0ADA').message('C0INC', 'hello');
  await simulator.waitFor(() => simulator.deliveries()[0]?.attempts === 2 && simulator.deliveries()[0]?.answer !== undefined);
  await simulator.idle();
  simulator.clock.advance(60_000);
  await simulator.waitFor(() => simulator.deliveries()[0]?.answer?.status === 'acked');
  expect(retries).toEqual(['undefined undefined', '1 http_error', '2 http_error']);
  await simulator.close();
  await new Promise((resolve) => server.close(resolve));
});
