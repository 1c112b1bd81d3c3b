import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { demoSeed } from '../../demo/workspace.ts';
import { startSlackSimulator } from '../../simulators/slack/index.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { type Benchmark, figure, median, medianRatio, type Row, sayRatio } from './benchmark.ts';
import { freePort } from './child.ts';
import { writeHistory } from './history-rows.ts';
import { type BotProcess, startBot } from './tocsin.ts';

const CLOSED = Number(process.env['HISTORY_CLOSED'] ?? 100_000);
const OPEN = Number(process.env['HISTORY_OPEN'] ?? 10_000);
const CHANNEL = 'C0INCIDENTS';
const ADA = 'U0ADA';
/** What follows from a declaration is over by then (ms). */
const SETTLES = 4_000;
const IDLE = 60_000;
/** How often a command is said in a round. */
const TIMES = 5;

const COMMANDS = {
  help: 'help',
  list: 'list',
  figures: 'figures 7d',
  timeline: 'timeline',
  note: 'note Looked at the pods',
  ack: 'ack',
  declare: 'declare P1 aureus Measured',
} as const;
type Name = keyof typeof COMMANDS;
/** Said in the room of an incident that was declared for it. */
const IN_ROOM: ReadonlySet<Name> = new Set(['timeline', 'note', 'ack']);

/** What is not asked by the bot: the measurement itself. */
const ASKED = `select coalesce(sum(calls), 0) as calls from pg_stat_statements s join pg_database d on d.oid = s.dbid
  where d.datname = current_database() and query !~ 'pg_stat_|select outcome'`;

export const history: Benchmark = {
  name: 'history',
  about: `a database with ${CLOSED} closed and ${OPEN} open incidents against an empty one: commands, start, memory, /metrics, idle statements`,
  async run({ rounds, say }) {
    const postgres = await startPostgres({ settings: ['shared_preload_libraries=pg_stat_statements', 'pg_stat_statements.track=top'] });
    const sides: Side[] = [];
    try {
      for (const name of ['full', 'empty'] as const) sides.push(await openSide(postgres.url, name));
      const [full, empty] = sides as [Side, Side];
      say('writing the history');
      const since = performance.now();
      await full.fill();
      say(`written in ${Math.round((performance.now() - since) / 1_000)} s`);
      for (let round = 0; round < rounds; round += 1) {
        for (const side of round % 2 === 0 ? [full, empty] : [empty, full]) await side.turn();
        say(`round ${round + 1}: ${[full, empty].map((side) => side.say()).join(' | ')}`);
      }
      await full.idle();
      await empty.idle();
      return [...rowsOf(full, empty)];
    } finally {
      for (const side of sides) await side.close();
      await postgres.stop();
    }
  },
};

interface Side {
  readonly took: Record<Name | 'start' | 'metrics' | 'memory', number[]>;
  statements: number;
  fill(): Promise<void>;
  /** Starts the bot, measures, and stops it. */
  turn(): Promise<void>;
  /** Measures what is asked while nothing happens. */
  idle(): Promise<void>;
  say(): string;
  close(): Promise<void>;
}

async function openSide(server: string, name: 'full' | 'empty'): Promise<Side> {
  const data = await mkdtemp(join(tmpdir(), 'tocsin-bench-'));
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`create database history_${name}`);
  await admin.end();
  const url = Object.assign(new URL(server), { pathname: `/history_${name}` }).href;
  const client = new pg.Client({ connectionString: url });
  // The server stops before what failed here is told.
  client.on('error', () => undefined);
  await client.connect();
  await client.query('create extension pg_stat_statements');
  const port = await freePort();
  const seed = demoSeed();
  const slack = await startSlackSimulator({ seed, httpDelivery: { url: `http://127.0.0.1:${port}/slack/events` } });
  const start = () =>
    startBot({
      slack: slack.apiUrl,
      data,
      databaseUrl: url,
      env: { PORT: String(port), SLACK_BOT_TOKEN: seed.bot.token, SLACK_SIGNING_SECRET: seed.bot.signingSecret },
    });
  const took: Side['took'] = { help: [], list: [], figures: [], timeline: [], note: [], ack: [], declare: [], start: [], metrics: [], memory: [] };
  let bot = await start();
  const room = () => slack.channels().findLast((one) => one.name.startsWith('inc-'))?.id ?? CHANNEL;

  /** Until the payload has its outcome, in ms. */
  async function say(text: string, channel: string): Promise<number> {
    const since = performance.now();
    await slack.perform(ADA, 'command', { channel, command: '/incident', text });
    for (;;) {
      const { rows } = await client.query('select outcome from inbox where outcome is null limit 1');
      if (rows.length === 0) return performance.now() - since;
      await pause(1);
    }
  }

  // What the copies are made of, and as much on the other side.
  await say('declare P2 aureus Closed', CHANNEL);
  await pause(SETTLES);
  const closed = await newest(client);
  for (const text of ['ack', 'note Looked at the pods', 'status identified', 'resolve Restarted', 'close']) await say(text, room());
  await say('declare P2 aureus Open', CHANNEL);
  await pause(SETTLES);
  const open = await newest(client);
  for (const text of ['ack', 'note Looked at the pods']) await say(text, room());
  await pause(3 * SETTLES);
  await bot.child.end();

  const side: Side = {
    took,
    statements: Number.NaN,
    fill: () => writeHistory({ url, keyFile: join(data, 'signing-key.pem'), closed, open, closedCopies: CLOSED, openCopies: OPEN }),
    async turn() {
      bot = await start();
      took.start.push(bot.readyMs);
      await say(COMMANDS.declare, CHANNEL);
      await pause(SETTLES);
      for (const command of Object.keys(COMMANDS) as Name[]) {
        const all: number[] = [];
        for (let time = 0; time < TIMES; time += 1) {
          all.push(await say(COMMANDS[command], IN_ROOM.has(command) ? room() : CHANNEL));
          await pause(command === 'declare' ? SETTLES / 2 : 100);
        }
        took[command].push(median(all));
      }
      await pause(SETTLES);
      took.metrics.push(await scrape(bot));
      took.memory.push(await memoryOf(bot));
      await bot.child.end();
    },
    async idle() {
      bot = await start();
      await pause(SETTLES * 3);
      await client.query('select pg_stat_statements_reset()');
      await pause(IDLE);
      const { rows } = await client.query<{ calls: string }>(ASKED);
      side.statements = (Number(rows[0]?.calls) * 60_000) / IDLE;
      if (process.env['HISTORY_SAY'] !== undefined)
        console.error(
          (
            await client.query(
              `select calls, left(regexp_replace(query, '\\s+', ' ', 'g'), 150) as q, round(mean_exec_time::numeric, 2) as ms from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = current_database() order by calls desc limit 40`,
            )
          ).rows
            .map((row) => JSON.stringify(row))
            .join('\n'),
        );
      await bot.child.end();
    },
    say: () =>
      `${name}: ${Object.entries(took)
        .map(([what, all]) => `${what} ${figure(all.at(-1) ?? Number.NaN)}`)
        .join(', ')}`,
    async close() {
      await bot.child.end();
      await slack.close();
      await client.end();
      await rm(data, { recursive: true, force: true });
    },
  };
  return side;
}

async function newest(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>('select id from incident order by declared_at desc limit 1');
  return rows[0]?.id ?? '';
}

/** The second of two: what is read for the first time is not counted. */
async function scrape({ ops }: BotProcess): Promise<number> {
  let ms = 0;
  for (let time = 0; time < 2; time += 1) {
    const since = performance.now();
    await (await fetch(`${ops}/metrics`)).text();
    ms = performance.now() - since;
  }
  return ms;
}

/** What is resident, MiB. */
async function memoryOf({ child }: BotProcess): Promise<number> {
  const status = await readFile(`/proc/${child.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
}

function* rowsOf(full: Side, empty: Side): Generator<Row> {
  const against = 'an empty database, same server';
  const row = (what: string, name: keyof Side['took'], unit: string, most: number): Row => ({
    what: `${CLOSED.toLocaleString('en')} closed and ${OPEN.toLocaleString('en')} open incidents: ${what}`,
    against,
    goal: `at most ${most}x`,
    measured: sayRatio(full.took[name], empty.took[name], unit),
    met: medianRatio(full.took[name], empty.took[name]) <= most,
  });
  for (const name of Object.keys(COMMANDS) as Name[]) yield row(`\`/incident ${name}\` until its outcome is stored`, name, 'ms', 1.5);
  yield row('start to ready', 'start', 'ms', 1.5);
  yield row('memory after that, resident', 'memory', 'MiB', 1.3);
  const scraped = median(full.took.metrics);
  yield { what: '`/metrics` of the same', against: '', goal: 'at most 10 ms', measured: `${figure(scraped)} ms`, met: scraped <= 10 };
  const most = Math.max(full.statements, empty.statements);
  yield {
    what: 'Statements a minute on PostgreSQL while nothing happens',
    against: '',
    goal: 'at most 150',
    measured: `${figure(full.statements)}, empty ${figure(empty.statements)}`,
    met: most <= 150,
  };
}
