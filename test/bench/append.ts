import { readFileSync } from 'node:fs';
import pg from 'pg';
import { channelsOf, servicesOf } from '../../src/app/services.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { PersonCommand } from '../../src/domain/incident/commands.ts';
import { createIncidents } from '../../src/engine/incidents/incidents.ts';
import { SLACK_QUEUES } from '../../src/engine/queues.ts';
import { redactedChain } from '../../src/evidence/chain.ts';
import { createRedactor } from '../../src/evidence/redaction/redact.ts';
import { ENGINE_QUEUES } from '../../src/ports/engine-queues.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { startQueue } from '../../src/store/queue.ts';
import { createStore } from '../../src/store/store.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { type Benchmark, figure, median, medianRatio } from './benchmark.ts';

const WRITERS = 8;
const TURN_MS = 2_000;
const DEMO_FILE = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;
/** A note of ordinary length. */
const TEXT = 'The connection pool of the frontend is used up; rolled back to the version of yesterday and watching the errors. '.repeat(3);
const ADA = { id: 'U0ADA', roles: ['responder'], trusted: true };

export const append: Benchmark = {
  name: 'append',
  about: `records appended by ${WRITERS} writers at once on PostgreSQL`,
  async run({ rounds, say }) {
    const postgres = await startPostgres();
    const database = await openDatabase({ url: postgres.url });
    await migrate(database);
    // Nobody works on the queues: what is measured is the appending.
    const queue = await startQueue(database, [...ENGINE_QUEUES, ...SLACK_QUEUES]);
    const store = createStore(database, queue);
    const chain = redactedChain(createRedactor([]));
    const file = parseConfig(readFileSync(DEMO_FILE, 'utf8'), DEMO_FILE);
    const incidents = createIncidents({ store, chain, channelsOf: channelsOf(file), wrong: database.seal.wrong });
    const [service] = servicesOf(file);
    if (service === undefined) throw new Error('The demo configuration has no service.');
    const declare: PersonCommand = {
      type: 'declare',
      title: 'Bench',
      service: service.id,
      serviceName: service.name,
      severity: 'P1',
      policy: service.policy,
    };
    const ids: string[] = [];
    for (let writer = 0; writer < WRITERS; writer += 1) ids.push((await store.transaction((tx) => incidents.ask(tx, 'new', ADA, declare))).id);
    const clients = await Promise.all(Array.from({ length: WRITERS }, () => connected(postgres.url)));
    await clients[0]?.query('create table bench (id bigint generated always as identity primary key, bytes bytea not null)');

    const note = {
      type: 'note.added',
      v: 1,
      actor: { kind: 'person', id: 'U0ADA' },
      subject: 'bench',
      outcome: 'done',
      data: { text: TEXT },
    } as const;
    const bytes = Buffer.from(JSON.stringify({ ...note, prev: '0'.repeat(64), event_id: '0'.repeat(36), time: '0'.repeat(24), incident_id: ids[0] }));
    const sides: Record<'insert' | 'append' | 'ask', (writer: number) => Promise<unknown>> = {
      insert: (writer) => (clients[writer] as pg.Client).query('insert into bench (bytes) values ($1)', [bytes]),
      append: (writer) =>
        store.transaction(async (tx) => {
          const head = await tx.lockStream(`DRL-2026-000${writer + 1}`);
          const time = new Date(await tx.now()).toISOString();
          await tx.append(head, [chain(head, note, { stream: head.stream, time, eventId: crypto.randomUUID() })], null);
        }),
      ask: (writer) => store.transaction((tx) => incidents.ask(tx, ids[writer] ?? '', ADA, { type: 'add-note', text: TEXT })),
    };
    const perSecond: Record<keyof typeof sides, number[]> = { insert: [], append: [], ask: [] };
    try {
      for (let round = 0; round <= rounds; round += 1) {
        for (const side of ['insert', 'append', 'ask'] as const) {
          const rate = await turn(sides[side]);
          // The first round warms up.
          if (round > 0) perSecond[side].push(rate);
        }
        if (round > 0)
          say(
            `round ${round}: ${['insert', 'append', 'ask'].map((side) => `${side} ${figure(perSecond[side as keyof typeof sides].at(-1) ?? 0)}/s`).join(', ')}`,
          );
      }
    } finally {
      for (const client of clients) await client.end();
      await queue.stop(0);
      await database.close();
      await postgres.stop();
    }

    const against = `single-row inserts of the same bytes by ${WRITERS} connections, same fsync`;
    const measured = (side: 'append' | 'ask') =>
      `${medianRatio(perSecond[side], perSecond.insert).toFixed(2)}x (${figure(median(perSecond[side]))} against ${figure(median(perSecond.insert))} a second)`;
    return [
      {
        what: `Records appended per second, ${WRITERS} writers, PostgreSQL`,
        against,
        goal: 'at least 0.5x',
        measured: measured('append'),
        met: medianRatio(perSecond.append, perSecond.insert) >= 0.5,
      },
      {
        what: 'The same by notes to incidents: decided, recorded, and all that follows set going',
        against,
        goal: '',
        measured: measured('ask'),
        met: null,
      },
    ];
  },
};

/** What all writers together get done in a second. */
async function turn(write: (writer: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      while (performance.now() - started < TURN_MS) {
        await write(writer);
        done += 1;
      }
    }),
  );
  return (done * 1_000) / (performance.now() - started);
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
