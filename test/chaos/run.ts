import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { DEMO, demoSeed } from '../../src/demo/workspace.ts';
import { startSlackSimulator } from '../../src/simulators/slack/index.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { type Bot, type BotOptions, startBot } from './bot.ts';
import { judge, type SaidNote } from './judge.ts';
import { remedyChaos } from './remedies.ts';
import { watchChaos } from './watch.ts';

const HELP = `Kills the bot with SIGKILL at random moments while people work with it, and judges from outside: every
acknowledged payload has exactly one outcome, no record is lost or doubled, no message is doubled, every timer
fires once, the evidence is valid.

Then it kills the bot at every request that an emergency change and its revert make of the cluster, before the request and after it was
accepted: applied once, recorded, always reverted.

And it kills the bots while they watch a data source's sync: one message, edited until it is over.

Usage: npm run chaos -- [--kills N] [--only people|remedies|watch] [--database pglite|postgresql|both] [--seed N]

  --kills N      kills for each database and each of the three (100)
  --only WHAT    people, remedies or watch (all three)
  --database D   which database (both)
  --seed N       of the random moments (the time)`;

/** How long (ms) everything may take to come to rest at the end. */
const PATIENCE = 120_000;

interface Outcome {
  readonly database: string;
  readonly kills: number;
  readonly notes: number;
  readonly acked: number;
  readonly incidents: number;
  readonly problems: readonly string[];
}

/** A small generator (mulberry32), so that a seed gives the same moments again. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function chaos(database: 'pglite' | 'postgresql', kills: number, seed: number): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'tocsin-chaos-'));
  const evidence = join(directory, 'evidence');
  const random = randomFrom(seed);
  const slack = await startSlackSimulator({ seed: demoSeed() });
  const server = database === 'postgresql' ? await startPostgres() : null;
  const databaseUrl = server === null ? null : await createDatabase(server.url);
  // Replicas share the signing key; on PGlite there is one replica.
  const options: BotOptions = { workspace: slack.url, data: join(directory, 'data'), evidence, databaseUrl };
  const bots: Bot[] = [];
  for (let i = 0; i < (database === 'postgresql' ? 2 : 1); i++) {
    const bot = startBot(options);
    await bot.ready;
    bots.push(bot);
  }
  const notes: SaidNote[] = [];
  let working = true;
  const people = work(() => working);

  /** Somebody who works all the time, bot or no bot. */
  async function work(goesOn: () => boolean): Promise<void> {
    const ada = slack.as('U0ADA');
    let count = 0;
    while (goesOn()) {
      await ada.command(DEMO.incidents, '/incident', `declare P${1 + Math.floor(random() * 3)} aureus Chaos ${count}`);
      const room = await newestRoom();
      for (let i = 0; i < 8 && goesOn() && room !== null; i++) {
        const step = Math.floor(random() * 7);
        if (step === 0) await ada.command(room, '/incident', 'ack');
        else if (step === 1) slack.clock.advance(Math.floor(random() * 35) * 60_000);
        else if (step === 2) await ada.command(room, '/incident', `update situation ${count}`);
        else {
          const text = `note number ${count++}`;
          const { status } = await ada.command(room, '/incident', `note ${text}`);
          notes.push({ text, acked: status === 'ok' });
          // Nobody types at a bot that is away as fast as at one that answers.
          if (status !== 'ok') await pause(300);
        }
        await pause(50 + random() * 150);
      }
      if (room !== null) {
        await insist(room, 'resolve it is over');
        await insist(room, 'close');
      }
      count++;
    }
  }

  /** Says it until the bot takes it, as somebody would who wants to go home. */
  async function insist(room: string, text: string): Promise<void> {
    for (let i = 0; i < 30; i++) {
      const { status } = await slack.as('U0ADA').command(room, '/incident', text);
      if (status === 'ok') return;
      await pause(300);
    }
  }

  async function newestRoom(): Promise<string | null> {
    for (let i = 0; i < 20; i++) {
      const room = slack.channels().findLast(({ members, name }) => name.startsWith('inc-') && members.includes('U0ADA'));
      if (room !== undefined) return room.id;
      await pause(100);
    }
    return null;
  }

  try {
    for (let kill = 1; kill <= kills; kill++) {
      await pause(random() * 2_500);
      const victim = Math.floor(random() * bots.length);
      await bots[victim]?.kill('SIGKILL');
      await pause(random() * 300);
      const next = startBot(options);
      bots[victim] = next;
      await next.ready;
      if (!next.output().includes('Tocsin is ready')) throw new Error(`The bot did not start again:\n${next.output()}`);
      if (process.stdout.isTTY || kill % 10 === 0)
        process.stdout.write(
          `${process.stdout.isTTY ? '\r' : ''}  ${database}: ${kill} of ${kills} kills, ${notes.length} notes${process.stdout.isTTY ? '' : '\n'}`,
        );
    }
    working = false;
    await people;
    const store = await DirectoryStore.openReadOnly(evidence);
    const problems = await atRest(
      () => judge(store, slack, notes),
      async () => {
        for (const bot of bots) await bot.kill('SIGTERM');
      },
    );
    const incidents = slack.channels().filter(({ name }) => name.startsWith('inc-')).length;
    return { database, kills, notes: notes.length, acked: notes.filter(({ acked }) => acked).length, incidents, problems };
  } finally {
    working = false;
    for (const bot of bots) await bot.kill('SIGTERM');
    await slack.close();
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Judges when everything has come to rest: what was acknowledged is there, and the bots were stopped as an operator stops them, which
 * seals the evidence.
 */
async function atRest(look: () => Promise<string[]>, stop: () => Promise<void>): Promise<string[]> {
  const end = performance.now() + PATIENCE;
  while ((await look()).some((problem) => !problem.startsWith('evidence:')) && performance.now() < end) await pause(1_000);
  await stop();
  return look();
}

async function createDatabase(server: string): Promise<string> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query('create database chaos');
  await client.end();
  return server.replace(/\/[^/]*$/, '/chaos');
}

async function remedies(database: 'pglite' | 'postgresql', kills: number): Promise<void> {
  const started = performance.now();
  const server = database === 'postgresql' ? await startPostgres() : null;
  try {
    const outcome = await remedyChaos(server === null ? null : await createDatabase(server.url), kills, (line) =>
      console.log(`  ${database}: ${line}`),
    );
    const seconds = Math.round((performance.now() - started) / 1_000);
    console.log(
      `\n${outcome.problems.length === 0 ? '✓' : '✗'} ${database}: ${outcome.kills} kills in ${outcome.remedies} emergency changes, ${outcome.problems.length} problems (${seconds} s)`,
    );
    for (const problem of outcome.problems) console.log(`  ${problem}`);
    if (outcome.problems.length > 0) process.exitCode = 1;
  } finally {
    await server?.stop();
  }
}

async function watches(database: 'pglite' | 'postgresql', kills: number): Promise<void> {
  const started = performance.now();
  const server = database === 'postgresql' ? await startPostgres() : null;
  try {
    const { problems } = await watchChaos(server === null ? null : await createDatabase(server.url), kills);
    const seconds = Math.round((performance.now() - started) / 1_000);
    console.log(
      `\n${problems.length === 0 ? '✓' : '✗'} ${database}: ${kills} kills while a sync is watched, ${problems.length} problems (${seconds} s)`,
    );
    for (const problem of problems) console.log(`  ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    await server?.stop();
  }
}

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    database: { type: 'string', default: 'both' },
    only: { type: 'string' },
    seed: { type: 'string' },
    help: { type: 'boolean' },
  },
});
if (values.help === true) {
  console.log(HELP);
} else {
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  console.log(`Chaos with seed ${seed}`);
  const databases =
    values.database === 'both'
      ? (['pglite', 'postgresql'] as const)
      : [values.database === 'postgresql' ? ('postgresql' as const) : ('pglite' as const)];
  for (const database of databases) {
    if (values.only === undefined || values.only === 'remedies') await remedies(database, Number(values.kills));
    if (values.only === undefined || values.only === 'watch') await watches(database, Number(values.kills));
    if (values.only === 'remedies' || values.only === 'watch') continue;
    const started = performance.now();
    const outcome = await chaos(database, Number(values.kills), seed);
    const seconds = Math.round((performance.now() - started) / 1_000);
    console.log(
      `\n${outcome.problems.length === 0 ? '✓' : '✗'} ${database}: ${outcome.kills} kills, ${outcome.acked} of ${outcome.notes} notes acknowledged, ${outcome.incidents} incidents, ${outcome.problems.length} problems (${seconds} s)`,
    );
    for (const problem of outcome.problems) console.log(`  ${problem}`);
    if (outcome.problems.length > 0) process.exitCode = 1;
  }
}
