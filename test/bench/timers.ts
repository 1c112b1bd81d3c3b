import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../helpers/postgres.ts';
import { type Benchmark, figure, median, medianRatio, percentile } from './benchmark.ts';
import { startChild } from './child.ts';

const FEW = 100;
const MANY = 10_000;
/** Incidents whose next update comes due at one moment. */
const DUE = 50;
const IDLE_MS = 5_000;
const DUE_IN_MS = 3_000;

/** What the program says of one turn. */
export interface TimersTurn {
  /** ms of processor time of the bot's process for each idle second. */
  readonly idleCpu: number;
  /** ms from the moment that each was due until its record was written. */
  readonly late: readonly number[];
}

export const timers: Benchmark = {
  name: 'timers',
  about: `${MANY.toLocaleString('en')} open incidents with timers against ${FEW}, on PostgreSQL`,
  async run({ rounds, say }) {
    const directory = await mkdtemp(join(tmpdir(), 'tocsin-bench-'));
    const postgres = await startPostgres();
    const slack = startChild('programs/slack.ts');
    const late: Record<number, number[]> = { [FEW]: [], [MANY]: [] };
    const cpu: Record<number, number[]> = { [FEW]: [], [MANY]: [] };
    const slackUrl = await slack.line();
    try {
      const bots = new Map<number, ReturnType<typeof startChild>>();
      for (const open of [FEW, MANY]) {
        const url = await createDatabase(postgres.url, `bench_${open}`);
        const bot = startChild('programs/timers.ts', [url, join(directory, String(open)), `${slackUrl}/api/`, String(open)], {
          TURN: JSON.stringify({ due: DUE, dueInMs: DUE_IN_MS, idleMs: IDLE_MS }),
        });
        bots.set(open, bot);
        await bot.line();
      }
      for (let round = 1; round <= rounds; round += 1) {
        for (const open of [FEW, MANY]) {
          const bot = bots.get(open);
          if (bot === undefined) continue;
          bot.process.kill('SIGUSR2');
          const turn = JSON.parse(await bot.line()) as TimersTurn;
          late[open]?.push(percentile(turn.late, 99));
          cpu[open]?.push(turn.idleCpu);
        }
        say(
          `round ${round}: late p99 ${late[FEW]?.at(-1)?.toFixed(0)} and ${late[MANY]?.at(-1)?.toFixed(0)} ms, idle ${cpu[FEW]?.at(-1)?.toFixed(1)} and ${cpu[MANY]?.at(-1)?.toFixed(1)} ms CPU a second`,
        );
      }
      for (const bot of bots.values()) await bot.end();
    } finally {
      await slack.end();
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    }
    const [few, many] = [late[FEW] ?? [], late[MANY] ?? []];
    const ratio = medianRatio(cpu[MANY] ?? [], cpu[FEW] ?? []);
    const against = `${FEW} open incidents`;
    const open = `${MANY.toLocaleString('en')} open incidents with timers`;
    return [
      {
        what: `${open}: ${DUE} come due at once, p99 from due to recorded`,
        against,
        goal: 'within 1 s of due',
        measured: `${figure(median(many))} ms (${figure(median(few))} ms)`,
        met: median(many) <= 1_000,
      },
      {
        what: `${open}: processor time while nothing is due`,
        against,
        goal: 'about the same (at most 1.5x)',
        measured: `${ratio.toFixed(2)}x (${figure(median(cpu[MANY] ?? []))} against ${figure(median(cpu[FEW] ?? []))} ms a second)`,
        met: ratio <= 1.5,
      },
    ];
  },
};

async function createDatabase(server: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return server.replace(/\/[^/]*$/, `/${name}`);
}
