import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { ALERTMANAGER_TOKEN, type BusyWorkspace } from './busy-workspace.ts';
import { freePort } from './child.ts';
import { type BotProcess, startBot } from './tocsin.ts';

/** What one call of Slack takes (ms). */
const SLACK_TAKES = 100;

/** Replicas on one PostgreSQL, behind what shares requests out, with a workspace that takes its time. */
export interface BusyBots {
  readonly slack: SlackSimulator;
  readonly database: pg.Client;
  readonly bots: readonly BotProcess[];
  /** Where Alertmanager sends. */
  readonly alertmanager: string;
  close(): Promise<void>;
}

interface BusyOptions {
  readonly workspace: BusyWorkspace;
  readonly replicas?: number;
  /** Whether Slack's published limits hold. */
  readonly limits: boolean;
  /** What a call takes (ms); 100 unless told. */
  readonly slackTakes?: number;
  readonly env?: Record<string, string>;
}

export async function startBusyBots({ workspace, replicas = 1, limits, slackTakes = SLACK_TAKES, env = {} }: BusyOptions): Promise<BusyBots> {
  const directory = await mkdtemp(join(tmpdir(), 'tocsin-bench-'));
  const postgres = await startPostgres();
  const database = new pg.Client({ connectionString: postgres.url });
  // The server stops before what failed here is told.
  database.on('error', () => undefined);
  await database.connect();
  const ports: number[] = [];
  const door = await startDoor(ports);
  const slack = await startSlackSimulator({ seed: workspace.seed, rateLimits: limits, httpDelivery: { url: `${door.url}/slack/events` } });
  if (slackTakes > 0) slack.faults.add({ kind: 'slow', ms: slackTakes, rate: 1 });
  const bots: BotProcess[] = [];
  let intake = 0;
  for (let index = 0; index < replicas; index += 1) {
    const [port, intakePort] = await Promise.all([freePort(), freePort()]);
    if (index === 0) intake = intakePort;
    const bot = await startBot({
      slack: slack.apiUrl,
      data: join(directory, String(index)),
      shared: directory,
      databaseUrl: postgres.url,
      config: workspace.config,
      env: {
        PORT: String(port),
        TOCSIN_INTAKE_PORT: String(intakePort),
        ALERTMANAGER_TOKEN,
        SLACK_BOT_TOKEN: workspace.seed.bot.token,
        SLACK_SIGNING_SECRET: workspace.seed.bot.signingSecret,
        ...env,
      },
    });
    bots.push(bot);
    ports.push(port);
  }
  return {
    slack,
    database,
    bots,
    alertmanager: `http://127.0.0.1:${intake}/alertmanager`,
    async close() {
      await Promise.all(bots.map(({ child }) => child.end()));
      await slack.close();
      await door.close();
      await database.end();
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Hands each request to the next of the ports, as a load balancer does. */
async function startDoor(ports: readonly number[]): Promise<{ readonly url: string; close(): Promise<void> }> {
  const agent = new Agent({ keepAlive: true });
  let turn = 0;
  const server = createServer((asked, answer) => {
    const port = ports[turn % ports.length];
    turn += 1;
    const { method, url, headers } = asked;
    const passed = request({ host: '127.0.0.1', port, method, path: url, headers, agent }, (said) => {
      answer.writeHead(said.statusCode ?? 502, said.headers);
      said.pipe(answer);
    });
    passed.once('error', () => answer.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      agent.destroy();
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}
