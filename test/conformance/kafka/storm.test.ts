import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { demoSeed } from '../../../demo/workspace.ts';
import { type SlackSimulator, startSlackSimulator } from '../../../simulators/slack/index.ts';
import { type Bot, startConfigured } from '../../chaos/bot.ts';
import { ADA } from '../../e2e/helpers/remedies.ts';
import { type Broker, startBroker } from '../../helpers/kafka/broker.ts';
import { until } from '../../helpers/kubernetes/parts.ts';
import { startPostgres, type ThrowAwayPostgres } from '../../helpers/postgres.ts';
import { createTopic, produce, readAll, TOPIC } from './helpers/topic.ts';

/*
 * Guard trips flow while two replicas of the bot and the broker are killed with SIGKILL. Judged from outside, by the topic, the database and the
 * records: every event has exactly one outcome. `KAFKA_EVENTS=10000 npm run conformance -- kafka/storm` lets more flow.
 */

const EVENTS = Number(process.env['KAFKA_EVENTS'] ?? 1_000);
const CHUNK = 50;
const CAPSULES = 20;
/** How long (ms) everything may take to come to rest. */
const PATIENCE = 120_000 + EVENTS * 120;

const directory = mkdtempSync(join(tmpdir(), 'tocsin-storm-'));
let broker: Broker;
let postgres: ThrowAwayPostgres;
let slack: SlackSimulator;
let database: pg.Client;
const bots: Bot[] = [];

beforeAll(async () => {
  [broker, postgres, slack] = await Promise.all([startBroker(), startPostgres(), startSlackSimulator({ seed: demoSeed() })]);
  await createTopic(broker.plain, TOPIC, 3);
  database = new pg.Client({ connectionString: postgres.url });
  await database.connect();
  const settings = `
services:
  provability-fabric:
    name: Provability-Fabric
    channels: { incidents: C0INCIDENTS, alerts: C0OPSESC }
    responders: [{ user: ${ADA} }]
evidence: { directory: ${join(directory, 'evidence')} }
kafka: { brokers: ["${broker.plain}"] }
`;
  writeFileSync(join(directory, 'tocsin.yml'), settings);
  bots.push(await startReplica());
  bots.push(await startReplica());
}, 300_000);

afterAll(async () => {
  for (const bot of bots) await bot.kill('SIGKILL');
  await database?.end();
  await slack?.close();
  await broker?.stop();
  await postgres?.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function startReplica(): Promise<Bot> {
  const { bot: seed } = demoSeed();
  const bot = startConfigured({
    SLACK_BOT_TOKEN: seed.token,
    SLACK_APP_TOKEN: seed.appToken ?? '',
    SLACK_API_URL: slack.apiUrl,
    DATABASE_URL: postgres.url,
    TOCSIN_CONFIG: join(directory, 'tocsin.yml'),
    TOCSIN_DATA: join(directory, 'data'),
    TOCSIN_OPS_PORT: '0',
  });
  await bot.ready;
  if (!bot.output().includes('Tocsin is ready')) throw new Error(`The bot did not start:\n${bot.output()}`);
  return bot;
}

function tripOf(n: number): object {
  const capsuleHash = `sha256:${String(n % CAPSULES).padStart(4, '0')}`;
  return { eventType: 'guard_trip', capsuleHash, tenantId: 't-1', riskScore: 0.9, heartbeatMisses: 1, reason: `event ${n} of the storm` };
}

/** Sends everything in parts. A part whose answer was lost is sent again, as producers do: those are events of their own. */
async function sendAll(sent: (count: number) => void): Promise<void> {
  for (let first = 0; first < EVENTS; first += CHUNK) {
    const part = Array.from({ length: Math.min(CHUNK, EVENTS - first) }, (_, i) => tripOf(first + i));
    for (;;) {
      try {
        await produce(broker.plain, TOPIC, part);
        break;
      } catch {
        await pause(300);
      }
    }
    sent(first + part.length);
    await pause(50);
  }
}

/** Kills one after the other while the storm goes on, and waits until all run again. */
async function havoc(hasSent: (share: number) => Promise<void>): Promise<void> {
  await hasSent(0.1);
  await replace(0);
  await hasSent(0.3);
  await broker.kill();
  await pause(1_000);
  await broker.start();
  await hasSent(0.6);
  await replace(1);
  await hasSent(0.8);
  // Both at once, and the broker with them.
  await Promise.all([bots[0]?.kill('SIGKILL'), bots[1]?.kill('SIGKILL'), broker.kill()]);
  await broker.start();
  bots[0] = await startReplica();
  bots[1] = await startReplica();
}

async function replace(i: number): Promise<void> {
  await bots[i]?.kill('SIGKILL');
  bots[i] = await startReplica();
}

async function rows<T>(sql: string): Promise<readonly T[]> {
  return (await database.query<Record<string, unknown>>(sql)).rows as readonly T[];
}

describe(`${EVENTS} guard trips, while the bots and the broker are killed`, () => {
  test(
    '[PF-01] every event has exactly one outcome',
    async () => {
      let count = 0;
      const hasSent = async (share: number) => {
        await until(`${share} of the storm`, async () => (count >= share * EVENTS ? true : null), PATIENCE);
      };
      await Promise.all([sendAll((sent) => (count = sent)), havoc(hasSent)]);
      const log = await readAll(broker.plain, TOPIC, 'judge');
      expect(new Set(log.map(({ body }) => reasonOf(Buffer.from(body ?? []).toString()))).size).toBe(EVENTS);

      const inbox = () => rows<{ key: string; outcome: { outcome: string } | null }>(`select key, outcome from inbox where key like 'kafka:%'`);
      const ended = async () => (await inbox()).filter(({ outcome }) => outcome !== null).length;
      // However long all of it takes: it is over when nothing more happens.
      for (let before = -1; before < log.length; await pause(500)) {
        const last = before;
        before = await until(`an outcome after ${last} of ${log.length}`, async () => ((await ended()) > last ? ended() : null), PATIENCE);
      }
      const found = await inbox();
      // Each place of the topic once, nothing else, and each of them became an alert.
      expect(found.map(({ key }) => key).sort()).toEqual(
        log.map(({ partition, offset, at }) => `kafka:${TOPIC}:${partition}:${offset}:${at}`).sort(),
      );
      expect(new Set(found.map(({ outcome }) => outcome?.outcome))).toEqual(new Set(['done']));

      // Each event is told once in the records: an alert opened, or its repeat.
      const records = await rows<{ bytes: Buffer }>(
        `select bytes from record where stream = 'system' and type in ('alert.opened', 'alert.repeated')`,
      );
      const told = records.map(({ bytes }) => reasonOf(bytes.toString())).sort();
      expect(told).toEqual(log.map(({ body }) => reasonOf(Buffer.from(body ?? []).toString())).sort());
      const opened = await rows<{ count: string }>(`select count(*) from record where stream = 'system' and type = 'alert.opened'`);
      expect(opened).toEqual([{ count: String(CAPSULES) }]);
    },
    PATIENCE * 4,
  );
});

function reasonOf(text: string): string {
  return /event \d+ of the storm/.exec(text)?.[0] ?? `no event: ${text.slice(0, 200)}`;
}
