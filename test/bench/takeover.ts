import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '../helpers/postgres.ts';
import { type Benchmark, figure, median } from './benchmark.ts';
import { startChild } from './child.ts';
import { command } from './command.ts';
import { load } from './load.ts';
import { SIGNING_SECRET, startBot } from './tocsin.ts';

/** Answers that the first replica is at when it is killed. */
const AT_WORK = 6;
/** The longest (ms) that the kill waits after both replicas are ready, so that it meets every phase of what runs in turns. */
const LATEST_KILL = 3_000;

export const takeover: Benchmark = {
  name: 'takeover',
  about: 'kill -9 of one of two replicas on PostgreSQL until the other has done what it was at',
  async run({ rounds, say }) {
    const directory = await mkdtemp(join(tmpdir(), 'tocsin-bench-'));
    const postgres = await startPostgres();
    const slack = startChild('programs/slack.ts');
    const slackUrl = await slack.line();
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    const count = async (query: string) => Number((await client.query<{ count: string }>(query)).rows[0]?.count);
    const answers = async () => Number(await (await fetch(`${slackUrl}/count`)).text());
    const replica = (name: string) =>
      startBot({ slack: `${slackUrl}/api/`, data: join(directory, name), databaseUrl: postgres.url, shared: directory });
    const send = (url: string, bodies: readonly string[]) => load({ url, secret: SIGNING_SECRET, perSecond: 50, bodies });

    const jobs: number[] = [];
    const evidence: number[] = [];
    let first = await replica('0');
    try {
      for (let round = 1; round <= rounds; round += 1) {
        // The first replica is alone and Slack stalls: so the answers are its work, and it holds the leases of what keeps the evidence.
        const before = await answers();
        await fetch(`${slackUrl}/stall`);
        await send(
          first.url,
          Array.from({ length: AT_WORK }, (_, index) => command(slackUrl, { user: `U0PERSON${index}`, text: 'help' })),
        );
        await until(async () => (await count(ACTIVE)) >= AT_WORK);
        const second = await replica(String(round));
        await pause(Math.random() * LATEST_KILL);
        await fetch(`${slackUrl}/flow`);
        await first.child.end('SIGKILL');
        const killed = performance.now();
        const after = async (done: () => Promise<boolean>) => {
          await until(done);
          return (performance.now() - killed) / 1_000;
        };
        const incidents = await count(INCIDENTS);
        await send(second.url, [command(slackUrl, { user: 'U0ADA', text: `declare P1 aureus Round ${round}` })]);
        const [jobsDone, evidenceStored] = await Promise.all([
          after(async () => (await answers()) >= before + AT_WORK),
          after(async () => (await count(INCIDENTS)) > incidents && (await count(UNSTORED)) === 0),
        ]);
        jobs.push(jobsDone);
        evidence.push(evidenceStored);
        say(`round ${round}: answers after ${jobsDone.toFixed(1)} s, evidence after ${evidenceStored.toFixed(1)} s`);
        first = second;
      }
    } finally {
      await first.child.end('SIGKILL');
      await slack.end();
      await client.end();
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    }

    const row = (what: string, all: readonly number[]) => ({
      what: `kill -9 of a replica until another ${what}`,
      against: '',
      goal: 'under 15 s',
      measured: `${figure(median(all))} s (at most ${figure(Math.max(...all))} s)`,
      met: Math.max(...all) < 15,
    });
    return [row('has done the jobs that it was at', jobs), row('stores and signs the evidence', evidence)];
  },
};

const ACTIVE = `select count(*) from pgboss.job where name = 'message' and state = 'active'`;
const INCIDENTS = `select count(*) from incident`;
const UNSTORED = `select count(*) from stream where uploaded < seq or checkpointed < seq`;

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await pause(50);
}
