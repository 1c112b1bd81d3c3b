import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '/work/main/test/helpers/postgres.ts';
import { freePort } from '/work/main/test/bench/child.ts';
import { startBot } from '/work/main/test/bench/tocsin.ts';
import { startSlackSimulator } from '/work/main/simulators/slack/index.ts';
import { demoSeed } from '/work/main/demo/workspace.ts';

const directory = await mkdtemp(join(tmpdir(), 'tocsin-stm-'));
const postgres = await startPostgres({ settings: ['shared_preload_libraries=pg_stat_statements', 'pg_stat_statements.track_utility=on', 'pg_stat_statements.max=5000'] } as never);
const client = new pg.Client({ connectionString: postgres.url });
await client.connect();
await client.query('create extension pg_stat_statements');
const port = await freePort();
const seed = demoSeed();
const sim = await startSlackSimulator({ seed, httpDelivery: { url: `http://127.0.0.1:${port}/slack/events` } });
const bot = await startBot({ slack: sim.apiUrl, data: directory, databaseUrl: postgres.url, env: { PORT: String(port), SLACK_BOT_TOKEN: seed.bot.token, SLACK_SIGNING_SECRET: seed.bot.signingSecret } });
const ada = (channel: string, text: string) => sim.perform('U0ADA', 'command', { channel, command: '/incident', text });
await pause(8000);
const SETTLE = 4000;
async function counted(work: () => Promise<unknown>): Promise<Map<string, number>> {
  await client.query('select pg_stat_statements_reset()');
  await work();
  await pause(SETTLE);
  const { rows } = await client.query("select query, sum(calls) as calls from pg_stat_statements where query not like '%pg_stat_statements%' group by query");
  return new Map(rows.map((r: any) => [r.query.replace(/\s+/g, ' '), Number(r.calls)]));
}
const idle = await counted(async () => undefined);
const sum = (m: Map<string, number>) => [...m.values()].reduce((a, b) => a + b, 0);
console.log('idle', sum(idle));
async function show(name: string, work: () => Promise<unknown>) {
  const before = sim.calls().length;
  const m = await counted(work);
  const diff = [...m].map(([q, n]) => [q, n - (idle.get(q) ?? 0)] as const).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  const calls = sim.calls().slice(before).map((c: any) => c.method);
  console.log(`\n=== ${name}: ${diff.reduce((a, [, n]) => a + n, 0)} statements; ${calls.length} Slack calls: ${calls.join(' ')}`);
  if (process.argv[2] !== 'short') for (const [q, n] of diff) console.log(String(n).padStart(4), q.slice(0, 170));
}
const C = 'C0INCIDENTS';
await ada(C, 'declare P1 aureus Warm up'); await pause(6000);
await show('help', () => ada(C, 'help'));
await show('list', () => ada(C, 'list'));
let room = '';
await show('declare', async () => { await ada(C, 'declare P1 aureus Second one'); });
room = sim.channels().map((c: any) => c.id).at(-1)!;
console.log(sim.channels().map((c: any) => c.name + ':' + c.id).join(' '));
await show('ack', () => ada(room, 'ack'));
await show('note', () => ada(room, 'note Looked at the pods'));
await show('update', () => ada(room, 'update All is well'));
await bot.child.end(); await sim.close(); await client.end(); await postgres.stop();
process.exit(0);
