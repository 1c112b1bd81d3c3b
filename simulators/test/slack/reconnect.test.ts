import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { App, SocketModeReceiver } from '@slack/bolt';
import { type SlackSimulator, startSlackSimulator } from '../../slack/index.ts';
import { silent, started } from './bolt.ts';
import { bot, seed } from './seed.ts';

let simulator: SlackSimulator;
let app: App;

/** The SDK forgets a timer of 30 s when a socket breaks: it must not keep the test process alive. */
beforeAll(() => {
  const real = globalThis.setTimeout;
  const forgetful = (run: () => void, ms?: number): NodeJS.Timeout => {
    const timer = real(run, ms);
    return ms === 30_000 ? timer.unref() : timer;
  };
  globalThis.setTimeout = forgetful as typeof setTimeout;
});

beforeEach(async () => {
  simulator = await startSlackSimulator({ seed: seed() });
  app = quickApp();
});

afterEach(async () => {
  await app.stop();
  await simulator.close();
});

/** An app that reconnects after a second instead of five. */
function quickApp(): App {
  const clientOptions = { slackApiUrl: simulator.apiUrl };
  const receiver = new SocketModeReceiver({
    appToken: bot.appToken,
    clientPingTimeout: 1000,
    logger: silent,
    installerOptions: { clientOptions },
  });
  return new App({ token: bot.token, receiver, clientOptions, logger: silent });
}

test('an envelope on a broken connection goes to another one, and copies carry the same payload', async () => {
  const second = quickApp();
  const triggers: string[] = [];
  for (const one of [app, second]) {
    one.command('/incident', async ({ ack, command }) => {
      triggers.push(command.trigger_id);
      await ack('done');
    });
  }
  await started(app, simulator);
  await second.start();
  await simulator.waitFor(() => simulator.connections() === 2);

  simulator.faults.add({ kind: 'redeliver', envelope: 'slash_commands' });
  expect(await simulator.as('U0ADA').command('C0INC', '/incident')).toMatchObject({ status: 'ok' });
  await simulator.idle();
  expect(triggers).toHaveLength(2);
  expect(new Set(triggers).size).toBe(1);
  expect(simulator.ephemerals('U0ADA')).toHaveLength(1);

  simulator.faults.add({ kind: 'drop_on_delivery' });
  expect(await simulator.as('U0ADA').command('C0INC', '/incident')).toMatchObject({ status: 'ok' });
  await second.stop();
});

test('the app comes back after a dropped socket and after a refresh', async () => {
  app.command('/incident', ({ ack }) => ack('back'));
  await started(app, simulator);
  for (const leave of [() => simulator.disconnectSockets('refresh_requested'), () => simulator.dropSockets()]) {
    leave();
    await simulator.waitFor(() => simulator.connections() === 0, { what: 'the disconnect' });
    await simulator.waitFor(() => simulator.connections() === 1, { timeoutMs: 20_000, what: 'the reconnect' });
    expect(await simulator.as('U0ADA').command('C0INC', '/incident')).toMatchObject({ status: 'ok' });
  }
});
