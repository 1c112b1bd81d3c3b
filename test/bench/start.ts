import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark, medianRatio, sayRatio } from './benchmark.ts';
import { startChild } from './child.ts';
import { startBot } from './tocsin.ts';

export const start: Benchmark = {
  name: 'start',
  about: 'from the start of the process until /readyz says yes, embedded database warm',
  async run({ rounds, say }) {
    const data = await mkdtemp(join(tmpdir(), 'tocsin-bench-'));
    const slack = startChild('programs/slack.ts');
    const bolt: number[] = [];
    const tocsin: number[] = [];
    try {
      const slackUrl = `${await slack.line()}/api/`;
      for (let round = 0; round <= rounds; round += 1) {
        const begun = performance.now();
        const imported = startChild('programs/import-bolt.ts');
        await imported.line();
        const took = performance.now() - begun;
        await imported.end();
        const bot = await startBot({ slack: slackUrl, data });
        await bot.child.end();
        // The first round makes the database and warms the disk's cache.
        if (round === 0) continue;
        bolt.push(took);
        tocsin.push(bot.readyMs);
        say(`round ${round}: import ${Math.round(took)} ms, ready after ${Math.round(bot.readyMs)} ms`);
      }
    } finally {
      await slack.end();
      await rm(data, { recursive: true, force: true });
    }
    return [
      {
        what: 'Start to ready, embedded database warm',
        against: 'importing Bolt alone in a fresh Node process',
        goal: 'at most 3x',
        measured: sayRatio(tocsin, bolt, 'ms'),
        met: medianRatio(tocsin, bolt) <= 3,
      },
    ];
  },
};
