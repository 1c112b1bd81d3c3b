import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import pg from 'pg';
import { selfSigned } from '../../simulators/kubernetes/certificate.ts';
import { databaseToken } from '../../src/adapters/aws/database-token.ts';
import { databaseTargetOf } from '../../src/app/database-target.ts';
import { checkDatabase } from '../../src/app/doctor/database.ts';
import { faultOf } from '../../src/app/faults.ts';
import type { Config } from '../../src/config/load.ts';
import { environmentSchema, fileSchema } from '../../src/config/schema.ts';
import { ENGINE_QUEUES } from '../../src/ports/engine-queues.ts';
import { type Database, type DatabaseTarget, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { type StoreQueue, startQueue } from '../../src/store/queue.ts';
import { askServer } from '../../src/store/server.ts';
import { inTransaction } from '../../src/store/transaction.ts';
import { type OneTimePasswords, startOneTimePasswords } from '../helpers/one-time-passwords.ts';
import { hasPgBouncer, type PgBouncer, startPgBouncer } from '../helpers/pgbouncer.ts';
import { findPrograms, startPostgres, type ThrowAwayPostgres } from '../helpers/postgres.ts';
import { eventually } from './helpers/eventually.ts';

jest.setTimeout(120_000);

/** What a configuration needs besides. */
const SERVICE = { name: 'A', channels: { incidents: 'C0AAAA' }, responders: [{ user: 'U0AAAA' }] };

const hasPostgres = findPrograms() !== '';
if (!hasPostgres) process.stderr.write('\nNOT TESTED: the ways to a PostgreSQL server. Install PostgreSQL.\n');
const describeServer = hasPostgres ? describe : describe.skip;

const opened: Database[] = [];
const queues: StoreQueue[] = [];

async function open(target: DatabaseTarget, errors: unknown[] = []): Promise<Database> {
  const database = await openDatabase(target, { onError: (error) => errors.push(error) });
  opened.push(database);
  return database;
}

async function closeAll(): Promise<void> {
  for (const queue of queues.splice(0)) await queue.stop(0);
  for (const database of opened.splice(0)) await database.close();
}

/** Everything that a bot does with a database: schema, jobs, wake-ups from another replica, statements that are asked again. */
async function assertWorks(target: DatabaseTarget): Promise<void> {
  const [one, other] = [await open(target), await open(target)];
  const heard: string[] = [];
  other.bus.subscribe((topic) => heard.push(topic));
  await migrate(one);
  const queue = await startQueue(one, ENGINE_QUEUES);
  queues.push(queue);
  expect(await queue.depths()).toBeDefined();
  // What it hears first is that it listens.
  await eventually('it listens', async () => heard.includes('*'));
  one.bus.publish('wake-up');
  await eventually('another replica is woken', async () => heard.includes('wake-up'));
  await Promise.all(Array.from({ length: 60 }, (_, i) => inTransaction(i % 2 === 0 ? one : other, (trx) => write(trx, i))));
}

/** Two statements, of which each is asked by every transaction. */
async function write(trx: Parameters<Parameters<typeof inTransaction>[1]>[0], value: number): Promise<void> {
  await sql`insert into counter (name, value) values (${`count-${value}`}, ${value}) on conflict (name) do update set value = excluded.value`.execute(
    trx,
  );
  await sql`select value from counter where name = ${`count-${value}`}`.execute(trx);
}

async function admin(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

describeServer('a server with TLS by a private authority', () => {
  const certificate = selfSigned();
  let folder: string;
  let server: ThrowAwayPostgres;
  let ca: string;
  let tokens: OneTimePasswords;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-ways-'));
    ca = join(folder, 'ca.pem');
    writeFileSync(ca, certificate.cert);
    writeFileSync(join(folder, 'other.pem'), selfSigned().cert);
    tokens = await startOneTimePasswords();
    const access = [
      'host all postgres 127.0.0.1/32 trust',
      `hostssl all short 0.0.0.0/0 ${tokens.method}`,
      `hostssl all short ::/0 ${tokens.method}`,
      'hostssl all all 0.0.0.0/0 scram-sha-256',
      'hostssl all all ::/0 scram-sha-256',
    ];
    server = await startPostgres({ tls: certificate, access, listen: '127.0.0.1,127.0.0.2,::1' });
    await admin(server.url, `create role tocsin login password 'first'`, 'create role short login', 'create database tocsin owner short');
  });
  afterAll(async () => {
    await closeAll();
    await server.stop();
    tokens.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const address = (host: string, query: string, login = 'tocsin:first') =>
    `postgresql://${login}@${host}:${new URL(server.url).port}/tocsin?${query}`;

  test('sslmode and sslrootcert mean what PostgreSQL says', async () => {
    const outcome = (url: string) =>
      askServer({ url }, 5_000).then(
        () => 'connected',
        (error: unknown) => faultOf(error)?.code ?? String(error),
      );
    expect(await outcome(address('localhost', `sslmode=verify-full&sslrootcert=${ca}`))).toBe('connected');
    // Its certificate does not name 127.0.0.2.
    expect(await outcome(address('127.0.0.2', `sslmode=verify-full&sslrootcert=${ca}`))).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await outcome(address('127.0.0.2', `sslmode=verify-ca&sslrootcert=${ca}`))).toBe('connected');
    expect(await outcome(address('127.0.0.2', `sslmode=require&sslrootcert=${join(folder, 'other.pem')}`))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(await outcome(address('127.0.0.2', 'sslmode=require'))).toBe('connected');
    expect(await outcome(address('localhost', 'sslmode=verify-full'))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(await outcome(address('localhost', 'sslmode=verify-ca'))).toBe('config-invalid');
    expect(await outcome(address('localhost', 'sslmode=verify-full&sslrootcert=/nowhere.pem'))).toBe('config-unreadable');
  });

  test('a password that lives for one connection is asked for each of them: work, jobs, wake-ups', async () => {
    const password = async () => tokens.issue();
    await assertWorks({ url: address('localhost', `sslmode=verify-full&sslrootcert=${ca}`, 'short'), password });
    await admin(server.url, `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'short'`);
    await eventually('everybody is in again', () =>
      opened
        .at(-1)
        ?.intake('select 1', [])
        .catch(() => null),
    );
    expect(tokens.used()).toBeGreaterThanOrEqual(8);
    // A token is of the server that is asked, which is the second here: nobody listens at the first.
    const asked: unknown[] = [];
    const two = await open({
      url: address('127.0.0.1:9,localhost', `sslmode=verify-full&sslrootcert=${ca}`, 'short'),
      async password(place) {
        asked.push(place);
        return tokens.issue();
      },
    });
    await eventually('the second host is found', () => two.intake('select 1', []).catch(() => null));
    expect(asked.at(-1)).toEqual({ host: 'localhost', port: Number(new URL(server.url).port), user: 'short' });
    // One that was used opens nothing.
    const used = tokens.issue();
    const way = { url: address('localhost', `sslmode=verify-full&sslrootcert=${ca}`, 'short'), password: async () => used };
    await askServer(way, 5_000);
    await expect(askServer(way, 5_000)).rejects.toMatchObject({ code: '28000' });
    await closeAll();
  });

  test('a token is never sent in the clear, and is one of RDS for this host, port and user', async () => {
    const environment = environmentSchema.parse({
      DATABASE_URL: 'postgres://tocsin@db.example.eu-west-1.rds.amazonaws.com/tocsin',
      DATABASE_IAM_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIANOBODY0000000000',
      AWS_SECRET_ACCESS_KEY: 'nobody-has-this-secret-key',
    });
    await expect(openDatabase(databaseTargetOf(environment))).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('sslmode'),
    });
    const token = await databaseToken({ host: 'db.example.com', port: 5432, user: 'tocsin', region: 'eu-west-1', environment });
    expect(token).toMatch(/^db\.example\.com:5432\/\?Action=connect&DBUser=tocsin&.*X-Amz-Expires=900/);
  });

  const ipv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address: one }) => one === '::1'));
  (ipv6 ? test : test.skip)('it may have an IPv6 address', async () => {
    await askServer({ url: address('[::1]', `sslmode=verify-full&sslrootcert=${ca}`) }, 5_000);
  });
});

describeServer('a pooler that gives a connection for one transaction only', () => {
  let server: ThrowAwayPostgres;
  let pooler: PgBouncer | null = null;

  beforeAll(async () => {
    server = await startPostgres();
    if (hasPgBouncer()) pooler = await startPgBouncer(server.url);
    else process.stderr.write('\nNOT TESTED: PgBouncer. Install it: apt-get install pgbouncer\n');
  });
  afterAll(async () => {
    await closeAll();
    await pooler?.stop();
    await server.stop();
  });

  const by = hasPgBouncer() ? test : test.skip;

  by('work goes by it, and what needs a session goes to the server itself', async () => {
    await assertWorks({ url: pooler?.url ?? '', direct: server.url });
  });

  by('the doctor tries both ways, and says which limits the role lacks', async () => {
    const environment = environmentSchema.parse({ DATABASE_URL: pooler?.url, DATABASE_DIRECT_URL: server.url });
    const config: Config = { path: 'tocsin.yml', file: fileSchema.parse({ services: { a: SERVICE } }), environment, variables: {} };
    const checks = await checkDatabase(config);
    expect(checks.map(({ name, state }) => `${state} ${name}`)).toEqual(['good Database', 'warning Database limits']);
    expect(checks[0]?.says).toContain('by a pooler');
    expect(checks[1]?.advice).toContain("SET statement_timeout = '30s'");
    const away = await checkDatabase({
      ...config,
      environment: { ...environment, DATABASE_DIRECT_URL: 'postgresql://postgres@127.0.0.1:9/postgres' },
    });
    expect(away).toEqual([expect.objectContaining({ name: 'Database', state: 'bad' })]);
  });

  by('without the server’s own address it says which setting is missing', async () => {
    const error = await askServer({ url: pooler?.url ?? '' }, 5_000).catch((thrown: unknown) => thrown);
    expect(faultOf(error)).toMatchObject({ says: expect.stringContaining('DATABASE_DIRECT_URL'), passing: false });
  });
});

describeServer('several hosts, of which one takes writes', () => {
  let servers: ThrowAwayPostgres[];

  beforeAll(async () => {
    servers = await Promise.all([startPostgres(), startPostgres()]);
    for (const { url } of servers) await admin(url, 'create table written (value int)');
  });
  afterAll(async () => {
    await closeAll();
    for (const server of servers) await server.stop();
  });

  const readOnly = async (server: ThrowAwayPostgres | undefined, on: boolean) => {
    await admin(
      `${server?.url}?options=-c%20default_transaction_read_only%3Doff`,
      `alter system set default_transaction_read_only = ${on ? 'on' : 'off'}`,
      'select pg_reload_conf()',
    );
    // The server reads its configuration anew in its own time.
    while ((await shown(server?.url)) !== (on ? 'on' : 'off')) await new Promise((done) => setTimeout(done, 20));
  };

  async function shown(url: string | undefined): Promise<string | undefined> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ default_transaction_read_only: string }>('show default_transaction_read_only');
    await client.end();
    return rows[0]?.default_transaction_read_only;
  }

  test('work goes to the one that does, waits while none does, and nothing is lost when they change places', async () => {
    const [first, second] = servers;
    await readOnly(first, true);
    const ports = servers.map(({ url }) => `127.0.0.1:${new URL(url).port}`).join(',');
    const database = await open({ url: `postgresql://postgres@${ports}/postgres` });
    const insert = (value: number) =>
      inTransaction(database, async (trx) => {
        await sql`insert into written (value) values (${value})`.execute(trx);
      });
    const persistently = async (value: number): Promise<void> => {
      for (let tries = 0; ; tries += 1) {
        try {
          await insert(value);
          return;
        } catch (error) {
          if (faultOf(error)?.passing !== true || tries > 50) throw error;
          await new Promise((done) => setTimeout(done, 50));
        }
      }
    };
    for (let value = 0; value < 10; value += 1) await persistently(value);
    expect(await countIn(second)).toBe(10);

    // Open connections are to a stand-by now, as after a switch-over; no server takes writes for a while.
    await readOnly(second, true);
    const waiting = Promise.all(Array.from({ length: 10 }, (_, i) => persistently(10 + i)));
    await new Promise((done) => setTimeout(done, 300));
    await readOnly(first, false);
    await waiting;
    expect([await countIn(first), await countIn(second)]).toEqual([10, 10]);
  });

  async function countIn(server: ThrowAwayPostgres | undefined): Promise<number> {
    const client = new pg.Client({ connectionString: server?.url });
    await client.connect();
    const { rows } = await client.query<{ count: number }>('select count(*)::int as count from written');
    await client.end();
    return rows[0]?.count ?? 0;
  }
});
