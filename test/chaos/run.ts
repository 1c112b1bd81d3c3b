import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { demoSeed } from '../../demo/workspace.ts';
import { startSlackSimulator } from '../../simulators/slack/index.ts';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { type Bot, type BotOptions, startBot } from './bot.ts';
import { databaseChaos } from './databases.ts';
import { folderChaos } from './folder.ts';
import { atRest, judge } from './judge.ts';
import { pagesChaos } from './pages.ts';
import { startPeople } from './people.ts';
import { refusalsChaos } from './refusals.ts';
import { remedyChaos } from './remedies.ts';
import { watchChaos } from './watch.ts';

const HELP = `Kills the bot with SIGKILL at random moments while people work with it, and judges from outside: every
acknowledged payload has exactly one outcome, no record is lost or doubled, no message is doubled, every timer
fires once, the evidence is valid.

Then it kills the bot at every request that an emergency change and its revert make of the cluster, before the request and after it was
accepted: applied once, recorded, always reverted.

And it kills the bots while they watch a data source's sync: one message, edited until it is over.

And in P0 incidents that go to PagerDuty, to a status page and out by mail, every other time at the very request to one of them: nothing is
lost on the way there, and nothing is there twice.

PostgreSQL is restarted and failed over to its stand-by while people work with two replicas.

A whole P0 is lived through for each refusal that Slack documents, each method that the bot calls, and each lost answer; with both
databases, half of them on each.

And it fills the folder of runbooks of a bot that runs with what is none: the bot never ends, and notices every save.

Usage: npm run chaos -- [--kills N] [--restarts N] [--refusals N] [--match TEXT] [--rounds N] [--only WHAT] [--database pglite|postgresql|both] [--seed N]

  --kills N      kills for each database and each of people, remedies, watch and pages (100)
  --restarts N   restarts and failovers of PostgreSQL (10)
  --refusals N   how many of Slack's refusals, taken at random (all)
  --match TEXT   only refusals whose name holds it: "chat.update message_not_found"
  --rounds N     rounds with the folder of runbooks (20)
  --only WHAT    people, remedies, watch, pages, databases, refusals or folder (all)
  --database D   which database (both)
  --seed N       of the random moments (the time)`;

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
  const people = startPeople(slack, random);
  const { notes } = people;

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
    await people.stop();
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
    await people.stop();
    for (const bot of bots) await bot.kill('SIGTERM');
    await slack.close();
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function createDatabase(server: string): Promise<string> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query('create database chaos');
  await client.end();
  return server.replace(/\/[^/]*$/, '/chaos');
}

async function remedies(database: 'pglite' | 'postgresql', kills: number): Promise<void> {
  const server = database === 'postgresql' ? await startPostgres() : null;
  try {
    await report(`${database}: the bot killed in emergency changes`, async () => {
      const url = server === null ? null : await createDatabase(server.url);
      const outcome = await remedyChaos(url, kills, (line) => console.log(`  ${database}: ${line}`));
      console.log(`  ${outcome.kills} kills in ${outcome.remedies} emergency changes`);
      return outcome;
    });
  } finally {
    await server?.stop();
  }
}

async function watches(database: 'pglite' | 'postgresql', kills: number): Promise<void> {
  const server = database === 'postgresql' ? await startPostgres() : null;
  try {
    await report(`${database}: ${kills} kills while a sync is watched`, async () =>
      watchChaos(server === null ? null : await createDatabase(server.url), kills),
    );
  } finally {
    await server?.stop();
  }
}

async function pages(database: 'pglite' | 'postgresql', kills: number, seed: number): Promise<void> {
  const server = database === 'postgresql' ? await startPostgres() : null;
  try {
    await report(`${database}: ${kills} kills in P0 incidents that go to PagerDuty, a status page and out by mail`, async () => {
      const outcome = await pagesChaos(server === null ? null : await createDatabase(server.url), kills, randomFrom(seed));
      console.log(`  ${outcome.incidents} incidents`);
      return outcome;
    });
  } finally {
    await server?.stop();
  }
}

async function databases(hardships: number, seed: number): Promise<void> {
  await report(`postgresql: ${hardships} restarts and failovers`, async () => {
    const outcome = await databaseChaos(hardships, randomFrom(seed), (line) => console.log(`  postgresql: ${line}`));
    console.log(`  ${outcome.acked} of ${outcome.notes} notes acknowledged`);
    return outcome;
  });
}

async function refusals(
  database: 'pglite' | 'postgresql',
  nights: number,
  share: { readonly part: number; readonly of: number; readonly match: string },
  seed: number,
): Promise<void> {
  const server = database === 'postgresql' ? await startPostgres() : null;
  try {
    await report(`${database}: a P0 under each of Slack’s refusals`, async () => {
      const url = server === null ? null : { url: await createDatabase(server.url) };
      const outcome = await refusalsChaos(url, nights, share, randomFrom(seed), (line) => console.log(`  ${database}: ${line}`));
      console.log(`  ${outcome.nights} nights, in ${outcome.struck} of them the refusal struck`);
      return outcome;
    });
  } finally {
    await server?.stop();
  }
}

async function folder(rounds: number): Promise<void> {
  await report(`${rounds} rounds of files that come and go in the folder of runbooks`, () => folderChaos(rounds));
}

/** Runs one kind of chaos, and says how it ended and how long it took. One that breaks off is a problem, and keeps the others from nothing. */
async function report(what: string, work: () => Promise<{ readonly problems: readonly string[] }>): Promise<void> {
  const started = performance.now();
  const { problems } = await work().catch((error: unknown) => ({ problems: [`broke off: ${error instanceof Error ? error.stack : String(error)}`] }));
  const seconds = Math.round((performance.now() - started) / 1_000);
  console.log(`\n${problems.length === 0 ? '✓' : '✗'} ${what}, ${problems.length} problems (${seconds} s)`);
  for (const problem of problems) console.log(`  ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    restarts: { type: 'string', default: '10' },
    refusals: { type: 'string' },
    rounds: { type: 'string', default: '20' },
    database: { type: 'string', default: 'both' },
    match: { type: 'string', default: '' },
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
  const kinds =
    values.database === 'both'
      ? (['pglite', 'postgresql'] as const)
      : [values.database === 'postgresql' ? ('postgresql' as const) : ('pglite' as const)];
  const { only } = values;
  const chosen = (what: string) => only === undefined || only === what;
  const kills = Number(values.kills);
  if (chosen('databases') && values.database !== 'pglite') await databases(Number(values.restarts), seed);
  if (chosen('folder')) await folder(Number(values.rounds));
  for (const [part, database] of kinds.entries()) {
    if (chosen('refusals'))
      await refusals(database, Number(values.refusals ?? Number.POSITIVE_INFINITY), { part, of: kinds.length, match: values.match }, seed);
    if (chosen('remedies')) await remedies(database, kills);
    if (chosen('watch')) await watches(database, kills);
    if (chosen('pages')) await pages(database, kills, seed);
    if (!chosen('people')) continue;
    await report(`${database}: ${kills} kills while people work`, async () => {
      const outcome = await chaos(database, kills, seed);
      console.log(`  ${outcome.acked} of ${outcome.notes} notes acknowledged, ${outcome.incidents} incidents`);
      return outcome;
    });
  }
}
