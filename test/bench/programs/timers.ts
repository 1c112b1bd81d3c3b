import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { pino } from 'pino';
import { servicesOf } from '../../../src/app/services.ts';
import { startTocsin } from '../../../src/app/start.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { environmentSchema } from '../../../src/config/schema.ts';
import type { PersonCommand } from '../../../src/domain/incident/commands.ts';
import type { Incident } from '../../../src/domain/incident/incident.ts';
import { timerRowsOf } from '../../../src/domain/incident/timers.ts';
import type { Json } from '../../../src/domain/record.ts';
import type { TimersTurn } from '../timers.ts';

/** A bot with many open incidents. At each SIGUSR2 it measures one turn and prints it: idle first, then with some timers due at once. */
const [, , url = '', data = '', slack = '', open = '0'] = process.argv;
const { due, dueInMs, idleMs } = JSON.parse(process.env['TURN'] ?? '{}') as { due: number; dueInMs: number; idleMs: number };
const DEMO_FILE = new URL('../../../demo/tocsin.demo.yml', import.meta.url).pathname;
const ADA = { id: 'U0ADA', roles: ['responder'], trusted: true };
/** No timer of its own comes due while it is measured. */
const FAR = 24 * 3_600_000;

const environment = environmentSchema.parse({
  SLACK_BOT_TOKEN: 'xoxb-bench',
  SLACK_SIGNING_SECRET: 'bench-signing-secret',
  PORT: 0,
  SLACK_API_URL: slack,
  TOCSIN_DATA: data,
  TOCSIN_OPS_PORT: 0,
  DATABASE_URL: url,
});
const file = { ...parseConfig(readFileSync(DEMO_FILE, 'utf8'), DEMO_FILE), evidence: { directory: `${data}/evidence` } };
const { database, incidents, store, queue } = await startTocsin({ path: DEMO_FILE, file, environment, variables: {} }, pino({ level: 'silent' }));

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
// One incident by the code itself, room and card and all; the others are copies of what it left in the tables.
const { id: first } = await store.transaction((tx) => incidents.ask(tx, 'new', ADA, declare));
await store.transaction((tx) => incidents.ask(tx, first, ADA, { type: 'acknowledge' }));
await settled();
await move(first, (await store.now()) + FAR);
const numbers = sql`generate_series(1, ${Number(open)}::int) as number`;
const copied = sql`'INC-2026-' || (10000 + number)`;
await sql`
  insert into stream (name, seq, hash, state, uploaded, checkpointed)
  select ${copied}, seq, hash, replace(state::text, ${first}, ${copied})::json, seq, seq from stream, ${numbers} where name = ${first}`.execute(
  database.db,
);
await sql`
  insert into incident (id, service, severity, status, open, private, channel, declared_at)
  select ${copied}, service, severity, status, open, private, channel, declared_at from incident, ${numbers} where id = ${first}`.execute(
  database.db,
);
await sql`insert into timer (stream, name, due_at) select ${copied}, name, due_at from timer, ${numbers} where stream = ${first}`.execute(
  database.db,
);
await sql`vacuum analyze`.execute(database.db);

let used = 0;
process.on('SIGUSR2', () => void turn().then((result) => console.log(JSON.stringify(result))));
process.once('SIGTERM', () => process.exit(0));
console.log('ready');

async function turn(): Promise<TimersTurn> {
  await settled();
  const before = process.cpuUsage();
  const since = performance.now();
  await pause(idleMs);
  const { user, system } = process.cpuUsage(before);
  const idleCpu = (user + system) / (performance.now() - since);

  const ids = Array.from({ length: due }, () => `INC-2026-${10_001 + (used++ % Number(open))}`);
  const dueAt = (await store.now()) + dueInMs;
  for (const id of ids) await move(id, dueAt);
  await pause(dueInMs);
  await settled();
  const { rows } = await sql<{ at: string }>`
    select appended_at as at from record where stream = any(${ids}) and type = 'update.reminded' and appended_at >= ${dueAt}`.execute(database.db);
  if (rows.length !== due) throw new Error(`${rows.length} of ${due} timers fired.`);
  for (const id of ids) await move(id, dueAt + FAR);
  return { idleCpu, late: rows.map(({ at }) => Number(at) - dueAt) };
}

/** The incident's next update becomes due at another time: in the state, and in the timers that follow from it. */
async function move(id: string, dueAt: number): Promise<void> {
  await store.transaction(async (tx) => {
    const head = await tx.lockStream(id);
    const state = head.state as unknown as { v: number; incident: Incident };
    const incident = { ...state.incident, updates: { ...state.incident.updates, dueAt, offeredFor: dueAt, remindedFor: null, breachedFor: null } };
    await tx.append(head, [], { v: state.v, incident } as unknown as Json);
    await tx.setTimers(id, timerRowsOf(incident));
  });
}

/** Waits until no job is left and all evidence is stored. */
async function settled(): Promise<void> {
  for (;;) {
    const depths = Object.values(await queue.depths());
    const { rows } = await sql`select 1 from stream where checkpointed < seq or uploaded < seq limit 1`.execute(database.db);
    if (rows.length === 0 && depths.every(({ waiting, active }) => waiting + active === 0)) return;
    await pause(100);
  }
}
