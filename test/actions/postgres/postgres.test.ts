import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { postgresCompress } from '../../../src/actions/postgres/compress.ts';
import { postgresConnections } from '../../../src/actions/postgres/connections.ts';
import { postgresCriticalEvents } from '../../../src/actions/postgres/critical-events.ts';
import { postgresHourly } from '../../../src/actions/postgres/hourly.ts';
import { postgresPlans } from '../../../src/actions/postgres/plans.ts';
import { postgresQuery } from '../../../src/actions/postgres/query.ts';
import { postgresTerminateIdle } from '../../../src/actions/postgres/terminate-idle.ts';
import { addWorkload, type FakeCluster, fakeCluster, type Program } from '../net/helpers/cluster.ts';
import { calling, codeOf, type TestContext, testContext } from '../net/helpers/context.ts';
import { psqlOf, statementsOf } from '../net/helpers/psql.ts';

const targets = {
  server: { deployment: 'postgres' },
  gone: { deployment: 'nowhere' },
  db: { postgres: { workload: 'server', user: 'aureus', database: 'aureus_metadata' } },
  lost: { postgres: { workload: 'gone', user: 'x', database: 'x' } },
};

/** Sessions, jobs and tables of TimescaleDB are made up: they hide the real ones by the search path. */
const SETUP = `
CREATE SCHEMA fake;
CREATE TABLE fake.pg_stat_activity (pid int, usename text, application_name text, client_addr inet, datname text, backend_type text,
  state text, state_change timestamptz, query_start timestamptz, backend_start timestamptz, query text);
CREATE TABLE fake.started (at timestamptz);
CREATE FUNCTION fake.pg_postmaster_start_time() RETURNS timestamptz LANGUAGE sql AS 'SELECT at FROM fake.started';
CREATE FUNCTION fake.pg_terminate_backend(int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE TYPE severitylevel AS ENUM ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL');
CREATE TABLE audit_events (id int PRIMARY KEY, timestamp timestamptz NOT NULL, event_type text, severity severitylevel NOT NULL, user_email text, latency_ms float);
ALTER DATABASE postgres SET search_path = fake, pg_catalog, public;
SET search_path = fake, pg_catalog, public;
`;

let database: PGlite;
let cluster: FakeCluster;
let context: TestContext;
let calls: string[][];

beforeAll(async () => {
  database = await PGlite.create();
  await database.exec(SETUP);
});

afterAll(async () => await database.close());

beforeEach(async () => {
  await database.exec(`TRUNCATE fake.pg_stat_activity, fake.started, audit_events; INSERT INTO fake.started VALUES ('2026-11-20T00:00:00Z')`);
  calls = [];
  cluster = clusterWith(psqlOf(database, calls));
  context = testContext({ targets, cluster });
});

function clusterWith(psql: Program): FakeCluster {
  const made = fakeCluster({ programs: { psql } });
  addWorkload(made, 'postgres');
  return made;
}

async function session(pid: number, state: string, idleMinutes: number, started = '2026-11-21T08:00:00.123456Z'): Promise<void> {
  await database.exec(`INSERT INTO fake.pg_stat_activity VALUES (${pid}, 'aureus', 'pool', '10.0.0.7', 'aureus_metadata', 'client backend',
    '${state}', now() - interval '${idleMinutes} minutes', now() - interval '${idleMinutes} minutes', '${started}', 'SELECT 1')`);
}

async function event(id: number, at: string, severity = 'LOW'): Promise<void> {
  await database.exec(`INSERT INTO audit_events VALUES (${id}, '${at}', 'TOOL_INVOKED', '${severity}', 'a@example.com', 1.5)`);
}

describe('readings', () => {
  test('[AU-23] connections by state', async () => {
    await session(1, 'idle', 20);
    await session(2, 'idle', 2);
    await session(3, 'active', 0);
    await session(4, 'idle in transaction', 30);
    const reading = await calling(postgresConnections).run({ target: 'db' }, context);
    expect(reading.output).toMatchObject({ found: true, exhausted: false, count: 4, idle_over_10m: 1, active: 1, idle: 2, idle_in_transaction: 1 });
    expect(reading.output['by_state']).toEqual({ idle: 2, active: 1, 'idle in transaction': 1 });
    expect(reading.summary).toContain('1 of them for more than 10 minutes');
    const sooner = await calling(postgresConnections).run({ target: 'db', idle: '1m' }, context);
    expect(sooner.output).toMatchObject({ idle_long: 2 });
    expect(sooner.summary).toContain('2 of them for more than 1 minute.');
  });

  test('a database that takes no more connections is a finding, not an error', async () => {
    const full = clusterWith(async () => ({
      stderr: 'psql: error: connection to server failed: FATAL:  sorry, too many clients already',
      exitCode: 2,
    }));
    const reading = await calling(postgresConnections).run({ target: 'db' }, testContext({ targets, cluster: full }));
    expect(reading.output).toMatchObject({ found: true, exhausted: true });
    expect(reading.summary).toContain('too many clients');
  });

  test('a missing workload is an answer', async () => {
    expect((await calling(postgresConnections).run({ target: 'lost' }, context)).output).toMatchObject({ found: false });
    expect((await calling(postgresQuery).run({ target: 'lost', sql: 'SELECT 1' }, context)).output).toMatchObject({ found: false });
    expect((await calling(postgresHourly).run({ target: 'lost', table: 'x' }, context)).output).toMatchObject({ found: false });
  });

  test('a query answers typed rows, cut at its limit', async () => {
    const sql = `SELECT n, 'a,"b' || chr(10) AS text, n > 2 AS big, NULL AS nothing FROM generate_series(1, 5) AS n; -- all`;
    const reading = await calling(postgresQuery).run({ target: 'db', sql, limit: 3 }, context);
    expect(reading.output).toEqual({
      found: true,
      count: 3,
      more: true,
      rows: [1, 2, 3].map((n) => ({ n, text: 'a,"b\n', big: n > 2, nothing: null })),
    });
    expect(reading.table?.columns).toEqual(['n', 'text', 'big', 'nothing']);
  });

  test('every session is read only and has its time limit', async () => {
    await calling(postgresQuery).run({ target: 'db', sql: 'SELECT 1 AS one', timeout: '3s' }, context);
    expect(calls[0]?.slice(0, 12)).toEqual('psql -X -q -w --csv -v ON_ERROR_STOP=1 -U aureus -d aureus_metadata -c'.split(' '));
    expect(statementsOf(calls[0] ?? [])).toEqual([
      'BEGIN TRANSACTION READ ONLY',
      "SET LOCAL statement_timeout = '3000'",
      "SET LOCAL lock_timeout = '3000'",
      "SET LOCAL timezone = 'UTC'",
      'SELECT row_to_json(answer)::text AS row FROM (\nSELECT 1 AS one\n) AS answer LIMIT 101',
      'COMMIT',
    ]);
    await expect(calling(postgresQuery).run({ target: 'db', sql: `SELECT nextval_('x')` }, context)).rejects.toThrow(/does not exist/);
    expect(() => calling(postgresQuery).parse({ target: 'db', sql: 'DELETE FROM audit_events' })).toThrow(/expected one SELECT/);
  });

  test('[SK-43] events per hour, with the gap drawn', async () => {
    await event(1, '2026-11-21T07:59:59Z');
    await event(2, '2026-11-21T08:00:00Z');
    await event(3, '2026-11-21T08:30:00Z');
    await event(4, '2026-11-20T00:00:00Z');
    const reading = await calling(postgresHourly).run({ target: 'db', table: 'audit_events', hours: 4 }, context);
    expect(reading.output).toEqual({
      found: true,
      total: 3,
      gaps: ['2026-11-21T09:00:00Z'],
      per_hour: [
        { hour: '2026-11-21T07:00:00Z', count: 1 },
        { hour: '2026-11-21T08:00:00Z', count: 2 },
        { hour: '2026-11-21T09:00:00Z', count: 0 },
        { hour: '2026-11-21T10:00:00Z', count: 0 },
      ],
    });
    expect(reading.chart?.bars.filter((bar) => bar.alarming)).toEqual([{ label: '09:00', value: 0, alarming: true }]);
    expect(() => calling(postgresHourly).parse({ target: 'db', table: 'x; DROP TABLE y' })).toThrow();
  });

  test('[SK-50] CRITICAL events, newest first', async () => {
    await event(1, '2026-11-21T10:00:00Z', 'CRITICAL');
    await event(2, '2026-11-21T10:10:00Z', 'CRITICAL');
    await event(3, '2026-11-21T10:15:00Z', 'HIGH');
    await event(4, '2026-11-21T09:00:00Z', 'CRITICAL');
    const reading = await calling(postgresCriticalEvents).run({ target: 'db', limit: 1 }, context);
    expect(reading.output['count']).toBe(2);
    expect(reading.output['events']).toMatchObject([{ id: 2, severity: 'CRITICAL', latency_ms: 1.5 }]);
    expect(reading.table?.columns).toEqual(['timestamp', 'event_type', 'user_email']);
    // A table without such columns names nobody.
    expect(reading.output).toMatchObject({ servers: [], addresses: [] });
  });

  test('[SK-35] plans, without running anything', async () => {
    const queries = [`SELECT * FROM audit_events WHERE user_email = 'x'`, 'SELECT * FROM audit_events WHERE id = $1', 'SELECT * FROM no_such_table'];
    const reading = await calling(postgresPlans).run({ target: 'db', queries }, context);
    const plans = reading.output['plans'] as { cost: number; sequential_scan: boolean; problem: string }[];
    expect(plans.map((plan) => plan.sequential_scan)).toEqual([true, false, false]);
    expect(plans[0]?.cost).toBeGreaterThan(0);
    expect(plans[2]?.problem).toContain('no_such_table');
    expect(reading.text?.content).toContain('Seq Scan on audit_events  (cost=');
    expect(calls.flat().join(' ')).not.toContain('ANALYZE');
  });
});

describe('postgres.terminate-idle', () => {
  const terminate = calling(postgresTerminateIdle);
  const input = { target: 'db' };

  /** Sessions end when they are asked to, as the made-up function cannot do so itself in a read-only session. */
  function ending(): TestContext {
    const psql = psqlOf(database);
    const program: Program = async (argv, stdin) => {
      const sql = statementsOf(argv)[4] ?? '';
      const answer = await psql(argv, stdin);
      const where = /^SELECT pid, pg_terminate_backend\(pid\) AS ended FROM (.*)$/s.exec(sql)?.[1];
      if (where !== undefined) await database.exec(`DELETE FROM ${where}`);
      return answer;
    };
    return testContext({ targets, cluster: clusterWith(program) });
  }

  test('[AU-25] ends only what the plan lists and still is idle; twice is once', async () => {
    await session(11, 'idle', 30);
    await session(12, 'idle', 20);
    await session(13, 'idle', 5);
    await session(14, 'active', 60);
    const acting = ending();
    const planned = await terminate.plan(input, acting);
    expect(planned.diff?.split('\n')).toEqual([
      '- pid 11: aureus@aureus_metadata from 10.0.0.7, pool, idle for 30 min, connected 2026-11-21T08:00:00Z',
      '- pid 12: aureus@aureus_metadata from 10.0.0.7, pool, idle for 20 min, connected 2026-11-21T08:00:00Z',
    ]);
    // 12 is at work again; 15 is idle, but was not in the plan.
    await database.exec(`UPDATE fake.pg_stat_activity SET state = 'active' WHERE pid = 12`);
    await session(15, 'idle', 90);
    const first = await terminate.apply(input, planned, acting);
    expect(first.output).toEqual({ terminated: 1, left: 1, pids: [11] });
    const left = await database.query<{ pid: number }>('SELECT pid FROM fake.pg_stat_activity ORDER BY pid');
    expect(left.rows.map(({ pid }) => pid)).toEqual([12, 13, 14, 15]);
    expect((await terminate.apply(input, planned, acting)).output).toEqual(first.output);
  });

  test('another session with the same process id is left alone', async () => {
    await session(11, 'idle', 30);
    const acting = ending();
    const planned = await terminate.plan(input, acting);
    await database.exec(`TRUNCATE fake.pg_stat_activity`);
    await session(11, 'idle', 30, '2026-11-21T09:00:00.000001Z');
    await terminate.apply(input, planned, acting);
    expect((await database.query('SELECT pid FROM fake.pg_stat_activity')).rows).toHaveLength(1);
  });

  test('a restarted server makes the plan stale', async () => {
    await session(11, 'idle', 30);
    const planned = await terminate.plan(input, context);
    await database.exec(`UPDATE fake.started SET at = now()`);
    expect(await codeOf(terminate.apply(input, planned, context))).toBe('plan-stale');
  });

  test('nothing idle, nothing to do', async () => {
    expect(await terminate.plan(input, context)).toMatchObject({ changes: false, diff: null });
  });
});

describe('postgres.compress', () => {
  const compress = calling(postgresCompress);
  const input = { target: 'db', table: 'audit_events' };

  test('[SK-42] is refused with the reason without TimescaleDB', async () => {
    expect(await codeOf(compress.plan(input, context))).toBe('no-timescaledb');
  });

  /** What a TimescaleDB would answer: there is none to be had here. */
  function timescale(): { context: TestContext; state: { on: boolean; after: number | null }; statements: string[] } {
    const state: { on: boolean; after: number | null } = { on: false, after: null };
    const statements: string[] = [];
    const program: Program = async (argv) => {
      const [begin = '', , , , sql = ''] = statementsOf(argv);
      if (sql.includes('pg_extension')) return { stdout: 'count\n1\n' };
      if (sql.includes('hypertables')) return { stdout: `compression\n${state.on ? 't' : 'f'}\n` };
      if (sql.includes('timescaledb_information.jobs')) return { stdout: state.after === null ? 'after_s\n' : `after_s\n${state.after}\n` };
      statements.push(sql);
      if (begin === 'BEGIN TRANSACTION READ WRITE') {
        if (sql.startsWith('ALTER TABLE')) state.on = true;
        if (sql.includes('remove_compression_policy')) state.after = null;
        const added = /interval '(\d+) seconds'/.exec(sql)?.[1];
        if (added !== undefined) state.after = Number(added);
      }
      return {};
    };
    return { context: testContext({ targets, cluster: clusterWith(program) }), state, statements };
  }

  test('turns it on once, and reverts the policy unless somebody changed it', async () => {
    const { context: timed, state, statements } = timescale();
    const planned = await compress.plan(input, timed);
    expect(planned.diff?.split('\n')).toEqual([
      '  table: audit_events',
      '- compression: off',
      '- compress_after: no policy',
      '+ compression: on',
      '+ compress_after: 7 days',
    ]);
    expect((await compress.apply(input, planned, timed)).output['changed']).toBe(true);
    expect(statements).toEqual([
      'ALTER TABLE "audit_events" SET (timescaledb.compress)',
      `SELECT add_compression_policy('"audit_events"'::regclass, interval '604800 seconds', if_not_exists => true)`,
    ]);
    expect((await compress.apply(input, planned, timed)).output['changed']).toBe(false);
    state.after = 100;
    expect(await compress.revert(input, planned, timed)).toMatchObject({ kind: 'conflict' });
    state.after = 604_800;
    expect(await compress.revert(input, planned, timed)).toMatchObject({ kind: 'reverted' });
    expect(state.after).toBeNull();
    expect(await compress.revert(input, planned, timed)).toMatchObject({ kind: 'already' });
  });

  test('another policy set meanwhile makes the plan stale', async () => {
    const { context: timed, state } = timescale();
    const planned = await compress.plan(input, timed);
    state.after = 100;
    expect(await codeOf(compress.apply(input, planned, timed))).toBe('plan-stale');
  });
});

test('rights and pre-flight', async () => {
  expect(
    calling(postgresQuery)
      .rights({ target: 'db', sql: 'SELECT 1' }, context)
      .map((right) => right.resource),
  ).toEqual(['deployments', 'pods', 'pods']);
  expect((await calling(postgresQuery).preflight({ target: 'db', sql: 'SELECT 1' }, context)).map(({ what }) => what)).toEqual([
    'Container postgres of deployment/postgres has psql',
    'db lets the bot in (postgres-0)',
  ]);
});
