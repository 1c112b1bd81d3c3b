import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { postgresConnections } from '../../../src/actions/postgres/connections.ts';
import { postgresPlans } from '../../../src/actions/postgres/plans.ts';
import { postgresQuery } from '../../../src/actions/postgres/query.ts';
import { postgresTerminateIdle } from '../../../src/actions/postgres/terminate-idle.ts';
import { addWorkload, fakeCluster } from '../net/helpers/cluster.ts';
import { calling, codeOf, type TestContext, testContext } from '../net/helpers/context.ts';

const url = process.env['TOCSIN_TEST_DATABASE_URL'];

function contextOf(address: string): TestContext {
  const { username, pathname } = URL.parse(address) ?? { username: 'postgres', pathname: '/postgres' };
  const cluster = fakeCluster({ real: ['psql'] });
  addWorkload(cluster, 'postgres');
  return testContext({
    targets: {
      pod: { deployment: 'postgres' },
      linked: { postgres: { url_env: 'DB' } },
      inside: { postgres: { workload: 'pod', user: username, database: pathname.slice(1) } },
    },
    secrets: { DB: address },
    cluster,
  });
}

test('an address that is none, and a server that is not there, are said without the password', async () => {
  expect(await codeOf(calling(postgresQuery).run({ target: 'linked', sql: 'SELECT 1' }, contextOf('nonsense')))).toBe('secret-missing');
  const nobody = contextOf('postgresql://me:s3cret-word@127.0.0.1:1/x');
  await expect(calling(postgresQuery).run({ target: 'linked', sql: 'SELECT 1' }, nobody)).rejects.toThrow(
    /^The database \(127\.0\.0\.1:1\) answered: (?!.*s3cret)/,
  );
  expect(nobody.hidden).toContain('s3cret-word');
});

// Only a server has several sessions: `node test/helpers/postgres.ts -- npm test test/actions/postgres`.
if (url !== undefined) {
  const ways = spawnSync('psql', ['--version']).status === 0 ? ['linked', 'inside'] : ['linked'];
  const { hostname, port } = new URL(url);
  // Inside of a real container psql finds its server by a socket.
  process.env['PGHOST'] = hostname;
  process.env['PGPORT'] = port;

  describe.each(ways)('a real server, %s', (target) => {
    const context = contextOf(url);

    test('typed rows, read only, with a time limit', async () => {
      const reading = await calling(postgresQuery).run(
        { target, sql: `SELECT 1 AS n, 'x' AS t, NULL AS z, current_setting('transaction_read_only') AS ro` },
        context,
      );
      expect(reading.output['rows']).toEqual([{ n: 1, t: 'x', z: null, ro: 'on' }]);
      await expect(
        calling(postgresQuery).run({ target, sql: 'SELECT count(*) FROM generate_series(1, 1000000000)', timeout: '1s' }, context),
      ).rejects.toThrow(/statement timeout/);
    });

    test('connections and plans', async () => {
      const reading = await calling(postgresConnections).run({ target }, context);
      expect(reading.output).toMatchObject({ found: true, exhausted: false });
      expect(reading.output['count']).toBeGreaterThanOrEqual(1);
      const plans = await calling(postgresPlans).run({ target, queries: ["SELECT * FROM pg_class WHERE relkind = 'x'"] }, context);
      expect(plans.output['plans']).toMatchObject([{ sequential_scan: true }]);
    });

    test('[AU-25] an idle session is ended, by its process id and start', async () => {
      const { default: pg } = await import('pg');
      const idle = new pg.Client({ connectionString: url, application_name: 'idler' });
      const ended = new Promise((done) => idle.on('error', done));
      await idle.connect();
      const mine = (await idle.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
      await idle.query('SELECT pg_sleep(1.2)');
      const watcher = new pg.Client({ connectionString: url, application_name: 'watcher' });
      await watcher.connect();
      // Idle for a second, as the server sees it.
      while (
        (await watcher.query(`SELECT 1 FROM pg_stat_activity WHERE pid = ${mine} AND state_change < now() - interval '1 second'`)).rows.length === 0
      ) {
        await watcher.query('SELECT pg_sleep(0.2)');
      }
      const input = { target, idle: '1s' };
      const planned = await calling(postgresTerminateIdle).plan(input, context);
      expect(planned.diff).toContain(`pid ${mine}`);
      const only = {
        ...planned,
        scope: { backends: (planned.scope as { backends: { pid: number }[] }).backends.filter(({ pid }) => pid === mine) },
      } as typeof planned;
      const reading = await calling(postgresTerminateIdle).apply(input, only, context);
      expect(reading.output).toEqual({ terminated: 1, left: 0, pids: [mine] });
      await ended;
      await watcher.end();
    });
  });
}
