import { rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ask, type OpenBot, startOpenBot } from '../doors/bot.ts';
import { readable } from '../e2e/helpers/world.ts';

const DISTURB = join(import.meta.dirname, '../doors/disturb.ts');

let open: OpenBot | null = null;
afterEach(async () => {
  await open?.stop();
  open = null;
});

async function start(): Promise<OpenBot> {
  open = await startOpenBot({ environment: { NODE_OPTIONS: `--import=${DISTURB}` } });
  return open;
}

/** Waits for what the bot does in its own time. */
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((done) => setTimeout(done, 50));
}

describe('What nobody handles', () => {
  test('is logged with its cause, counted, noted and told once, and the bot goes on', async () => {
    const { bot, doors, slack, hasEnded, genuine } = await start();
    const counted = async () => (await ask(doors.operations, { method: 'GET', path: '/metrics' })).text;
    bot.signal('SIGUSR2');
    await until(async () => /unexpected_errors_total\{kind="uncaughtException"\} 2/.test(await counted()));
    expect(await counted()).toContain('tocsin_unexpected_errors_total{kind="unhandledRejection"} 1');
    for (const said of ['a promise that nobody awaits', 'the cause of it', 'thrown where nobody catches', 'an error that nobody listens for'])
      expect(bot.output()).toContain(said);
    expect(await ask(doors.operations, { method: 'GET', path: '/readyz' })).toMatchObject({
      status: 200,
      text: expect.stringMatching(/^ready\nnote: 3 unexpected errors since the start/),
    });
    const told = () => slack.messages('C0INCIDENTS').filter((message) => readable(message).includes('Something failed inside Tocsin'));
    await until(() => told().length > 0);
    bot.signal('SIGUSR2');
    await until(async () => /unexpected_errors_total\{kind="uncaughtException"\} 4/.test(await counted()));
    expect([hasEnded(), await genuine('slack')]).toEqual([false, 200]);
    // Two, if the ten minutes that share one message were over in between.
    expect(told().length).toBeLessThanOrEqual(2);
  }, 600_000);
});

describe('The lock beside the embedded database', () => {
  test('is taken again when somebody removes it', async () => {
    const { data, hasEnded, genuine } = await start();
    const lock = join(data, 'database.lock');
    await rm(lock);
    await until(() =>
      stat(lock).then(
        () => true,
        () => false,
      ),
    );
    expect([hasEnded(), await genuine('slack')]).toEqual([false, 200]);
  }, 600_000);

  test('ends the bot in order, with exit code 1, when another process has taken it', async () => {
    const { bot, data } = await start();
    const lock = join(data, 'database.lock');
    const other = createServer((socket) => socket.destroy());
    await rm(lock);
    await new Promise<void>((done) => other.listen(lock, done));
    expect(await bot.exited).toBe(1);
    expect(bot.output()).toContain('lock-lost');
    expect(bot.output()).toContain('it drains and ends');
    await new Promise((done) => other.close(done));
  }, 600_000);
});
