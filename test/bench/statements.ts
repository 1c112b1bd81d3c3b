import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { demoSeed } from '../../demo/workspace.ts';
import { startSlackSimulator } from '../../simulators/slack/index.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { type Benchmark, median } from './benchmark.ts';
import { freePort } from './child.ts';
import { startBot } from './tocsin.ts';

/** How long (ms) all that follows from a command may take. */
const SETTLES = 4_000;
const WARM_UP = 15_000;
const CHANNEL = 'C0INCIDENTS';

/** What PostgreSQL is asked, without the looks of its own foreign keys and what the job queue does for itself once a minute. */
const CALLS = `select coalesce(sum(calls), 0) as calls from pg_stat_statements
  where query not like 'SELECT % FROM ONLY %' and query !~ 'pg_stat|pgboss[.](version|queue)|maintain_on|monitor_'`;

export const statements: Benchmark = {
  name: 'statements',
  about: 'statements that a command costs on PostgreSQL with all that follows from it, less those of an idle bot',
  async run({ rounds, say }) {
    const directory = await mkdtemp(join(tmpdir(), 'tocsin-bench-'));
    const postgres = await startPostgres({ settings: ['shared_preload_libraries=pg_stat_statements'] });
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    await client.query('create extension pg_stat_statements');
    const port = await freePort();
    const seed = demoSeed();
    const slack = await startSlackSimulator({ seed, httpDelivery: { url: `http://127.0.0.1:${port}/slack/events` } });
    const bot = await startBot({
      slack: slack.apiUrl,
      data: directory,
      databaseUrl: postgres.url,
      env: { PORT: String(port), SLACK_BOT_TOKEN: seed.bot.token, SLACK_SIGNING_SECRET: seed.bot.signingSecret },
    });
    const command = (channel: string, text: string) => slack.perform('U0ADA', 'command', { channel, command: '/incident', text });
    const room = () => slack.channels().findLast(({ name }) => name.startsWith('inc-'))?.id ?? CHANNEL;

    async function count(work: () => Promise<unknown>): Promise<number> {
      await client.query('select pg_stat_statements_reset()');
      await work();
      await pause(SETTLES);
      return Number((await client.query<{ calls: string }>(CALLS)).rows[0]?.calls);
    }

    const goals = { help: 8, note: 15, ack: 30, declare: 110 } as const;
    const counts: Record<keyof typeof goals, number[]> = { help: [], note: [], ack: [], declare: [] };
    const calls: number[] = [];
    // What an earlier command leads to may come in an idle time as well: the quietest counts.
    let idle = Number.POSITIVE_INFINITY;
    try {
      await command(CHANNEL, 'declare P1 aureus Warm up');
      await pause(WARM_UP);
      for (let round = 1; round <= rounds; round += 1) {
        await pause(SETTLES);
        idle = Math.min(idle, await count(async () => undefined));
        counts.help.push((await count(() => command(CHANNEL, 'help'))) - idle);
        const before = slack.calls().length;
        counts.declare.push((await count(() => command(CHANNEL, `declare P1 aureus Round ${round}`))) - idle);
        calls.push(slack.calls().length - before);
        counts.ack.push((await count(() => command(room(), 'ack'))) - idle);
        counts.note.push((await count(() => command(room(), 'note Looked at the pods'))) - idle);
        const said = Object.entries(counts).map(([name, all]) => `${name} ${all.at(-1)}`);
        say(`round ${round}: ${said.join(', ')}; idle ${idle}; a declare ${calls.at(-1)} calls of Slack`);
      }
    } finally {
      await bot.child.end();
      await slack.close();
      await client.end();
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    }
    const names = Object.keys(goals) as (keyof typeof goals)[];
    return [
      ...names.map((name) => ({
        what: `Statements of \`/incident ${name}\` on PostgreSQL`,
        against: '',
        goal: `at most ${goals[name]}`,
        measured: String(median(counts[name])),
        met: median(counts[name]) <= goals[name],
      })),
      {
        what: 'Calls of Slack for a declaration',
        against: '',
        goal: 'at most 12',
        measured: String(median(calls)),
        met: median(calls) <= 12,
      },
    ];
  },
};
