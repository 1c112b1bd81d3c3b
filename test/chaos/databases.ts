import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { demoSeed } from '../../demo/workspace.ts';
import { startSlackSimulator } from '../../simulators/slack/index.ts';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { startPostgresPair } from '../helpers/postgres-pair.ts';
import { type Bot, startBot } from './bot.ts';
import { atRest, judge } from './judge.ts';
import { startPeople } from './people.ts';

export interface DatabaseOutcome {
  readonly notes: number;
  readonly acked: number;
  readonly problems: readonly string[];
}

const HARDSHIPS = ['fast restart', 'failover', 'immediate restart'] as const;
/** How long (ms) people work between two hardships, at least and at most. */
const BETWEEN = { least: 1_500, most: 4_000 } as const;

/**
 * Restarts PostgreSQL and fails it over while people work with two replicas of the bot. Judged from outside: no replica ends, what was
 * acknowledged is recorded exactly once, no message is doubled, the evidence is valid.
 */
export async function databaseChaos(hardships: number, random: () => number, say: (line: string) => void): Promise<DatabaseOutcome> {
  const directory = await mkdtemp(join(tmpdir(), 'tocsin-databases-'));
  const evidence = join(directory, 'evidence');
  const slack = await startSlackSimulator({ seed: demoSeed() });
  const server = await startPostgresPair();
  const bots: Bot[] = [];
  const ended: string[] = [];
  let over = false;
  for (let i = 0; i < 2; i++) {
    const bot = startBot({ workspace: slack.url, data: join(directory, 'data'), evidence, databaseUrl: server.url });
    await bot.ready;
    bots.push(bot);
    void watchEnd(bot);
  }
  const people = startPeople(slack, random);

  async function watchEnd(bot: Bot): Promise<void> {
    const code = await bot.exited;
    if (!over) ended.push(`a replica ended with ${code}: ${bot.output().slice(-1_500)}`);
  }

  try {
    for (let i = 0; i < hardships; i++) {
      await pause(BETWEEN.least + random() * (BETWEEN.most - BETWEEN.least));
      const hardship = HARDSHIPS[i % HARDSHIPS.length];
      if (hardship === 'failover') await server.failOver();
      else await server.restart(hardship === 'fast restart' ? 'fast' : 'immediate');
      say(`${i + 1} of ${hardships}: ${hardship}, ${people.notes.length} notes`);
    }
    await people.stop();
    const store = await DirectoryStore.openReadOnly(evidence);
    const problems = await atRest(
      () => judge(store, slack, people.notes),
      async () => {
        over = true;
        for (const bot of bots) await bot.kill('SIGTERM');
      },
    );
    const acked = people.notes.filter((note) => note.acked).length;
    return { notes: people.notes.length, acked, problems: [...ended, ...problems] };
  } finally {
    over = true;
    await people.stop();
    for (const bot of bots) await bot.kill('SIGTERM');
    await slack.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
