import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startPostgres } from '../helpers/postgres.ts';
import { type Benchmark, medianRatio, percentile, type Row, sayRatio } from './benchmark.ts';
import { freePort, startChild } from './child.ts';
import { command } from './command.ts';
import { load } from './load.ts';
import { SIGNING_SECRET, startBot } from './tocsin.ts';

const PER_SECOND = 200;
const SECONDS = 5;
const WARM_UP_SECONDS = 3;
/** Answers to one person go out one after another. */
const PEOPLE = 100;

/**
 * Commands that are cheap to work on: the acknowledgement is measured, and what follows it takes its share of the same processors.
 */
const TEXTS = ['help', 'list'];

export const ack: Benchmark = {
  name: 'ack',
  about: `${PER_SECOND} slash commands a second for ${SECONDS} s; the time until each is acknowledged, its payload stored before`,
  async run({ rounds, say }) {
    const directory = await mkdtemp(join(tmpdir(), 'tocsin-bench-'));
    const postgres = await startPostgres();
    const slack = startChild('programs/slack.ts');
    const slackUrl = await slack.line();
    const bolt = startChild('programs/bolt.ts', [String(await freePort()), SIGNING_SECRET]);
    const boltUrl = await bolt.line();
    const server = await startBot({ slack: `${slackUrl}/api/`, data: join(directory, 'server'), databaseUrl: postgres.url });
    const embedded = await startBot({ slack: `${slackUrl}/api/`, data: join(directory, 'embedded') });
    const sides = { bolt: boltUrl, server: server.url, embedded: embedded.url };
    const p99: Record<keyof typeof sides, number[]> = { bolt: [], server: [], embedded: [] };
    const p50: typeof p99 = { bolt: [], server: [], embedded: [] };
    let answersDue = 0;

    async function turn(side: keyof typeof sides, seconds: number): Promise<number[]> {
      const bodies = Array.from({ length: PER_SECOND * seconds }, (_, index) =>
        command(slackUrl, { user: `U0PERSON${index % PEOPLE}`, text: TEXTS[index % TEXTS.length] ?? 'help' }),
      );
      const taken = await load({ url: sides[side], secret: SIGNING_SECRET, perSecond: PER_SECOND, bodies });
      if (side !== 'bolt') answersDue += bodies.length;
      // The next side has the machine to itself.
      while (Number(await (await fetch(`${slackUrl}/count`)).text()) < answersDue) await pause(100);
      return taken;
    }

    try {
      for (const side of ['bolt', 'server', 'embedded'] as const) await turn(side, WARM_UP_SECONDS);
      for (let round = 1; round <= rounds; round += 1) {
        for (const side of ['bolt', 'server', 'embedded'] as const) {
          const taken = await turn(side, SECONDS);
          p99[side].push(percentile(taken, 99));
          p50[side].push(percentile(taken, 50));
        }
        say(
          `round ${round}: p99 ${ms(p99.bolt)} Bolt, ${ms(p99.server)} PostgreSQL, ${ms(p99.embedded)} embedded; p50 ${ms(p50.bolt)}, ${ms(p50.server)}, ${ms(p50.embedded)}`,
        );
      }
    } finally {
      await Promise.all([server.child.end(), embedded.child.end(), bolt.end(), slack.end()]);
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    }

    const row = (side: 'server' | 'embedded', where: string): Row => ({
      what: `Slash command to ack, ${PER_SECOND}/s, p99, stored before the ack, ${where}`,
      against: 'a bare Bolt app that only acks',
      goal: 'at most 2x',
      measured: sayRatio(p99[side], p99.bolt, 'ms'),
      met: medianRatio(p99[side], p99.bolt) <= 2,
    });
    return [row('server', 'PostgreSQL'), row('embedded', 'embedded database')];
  },
};

function ms(figures: readonly number[]): string {
  return `${figures.at(-1)?.toFixed(1)} ms`;
}
