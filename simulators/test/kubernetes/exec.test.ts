import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type KubernetesSimulator, startKubernetesSimulator } from '../../kubernetes/index.ts';
import { credentials } from './client.ts';
import { type ExecOptions, exec, type Ran } from './exec.ts';

const START = Date.parse('2026-11-21T12:00:00Z');
const EVIDENCE = '/app/evidence';
const REDIS_PASSWORD = 'redis-simulated-4f1c';

let simulator: KubernetesSimulator;

beforeAll(async () => {
  simulator = await startKubernetesSimulator({ now: () => START, ticking: false });
});
afterAll(async () => await simulator.stop());

/** Runs in the first pod with this label. */
async function run(where: string, argv: readonly string[], options?: ExecOptions): Promise<Ran> {
  const [namespace = '', label = ''] = where.split('/');
  const pod = simulator.cluster
    .list('pods', namespace)
    .find((each) => [each.metadata.labels?.['component'], each.metadata.labels?.['app']].includes(label));
  return await exec(simulator, namespace, pod?.metadata.name ?? '', argv, options);
}

describe('protocol', () => {
  test.each(['v4.channel.k8s.io', 'v5.channel.k8s.io'])('%s gives output and success', async (protocol) => {
    expect(await run('aureus/frontend', ['printenv', 'NODE_ENV'], { protocol })).toMatchObject({
      stdout: 'production\n',
      code: 0,
      status: { status: 'Success' },
    });
  });

  test('an exit code comes as its cause', async () => {
    const { status } = await run('aureus/frontend', ['false']);
    expect(status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '1' }] } });
  });

  test('a program that the image lacks is told as the runtime does', async () => {
    const { code, stderr } = await run('sark-system/opa', ['curl', 'http://localhost:8181']);
    expect(code).toBe(127);
    expect(stderr).toContain(
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in $PATH: unknown',
    );
  });

  test('containerd tells the same without an exit code', async () => {
    const other = await startKubernetesSimulator({ seed: 'aureus', now: () => START, ticking: false, missingProgram: 'internal-error' });
    const { status, code } = await exec(other, 'aureus', 'aureus-postgres-0', ['curl']);
    await other.stop();
    expect(status).toMatchObject({
      status: 'Failure',
      reason: 'InternalError',
      message: expect.stringContaining('exec: "curl": executable file not found in $PATH'),
    });
    expect(code).toBeNaN();
  });

  test.each([
    ['was upgraded and says nothing any more', true],
    ['never said anything', false],
  ])('a connection that %s does not keep it from stopping', async (_what, upgrades) => {
    const other = await startKubernetesSimulator({ seed: 'aureus', now: () => START, ticking: false });
    const { server, ca, token } = credentials(other);
    const { hostname, port } = new URL(server);
    const socket = connect({ host: hostname, port: Number(port), ca });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    if (upgrades) {
      const headers = ['Host: x', `Authorization: Bearer ${token}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
      const path = '/api/v1/namespaces/aureus/pods/aureus-postgres-0/exec?command=sleep&command=60&stdout=true&stdin=true';
      const more = [`Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`, 'Sec-WebSocket-Protocol: v5.channel.k8s.io'];
      socket.write(`${[`GET ${path} HTTP/1.1`, ...headers, ...more].join('\r\n')}\r\n\r\n`);
      expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 101 /);
    }
    const closed = once(socket, 'close');
    socket.resume();
    await other.stop();
    socket.destroy();
    await closed;
  });

  test('there is no shell', async () => expect((await run('aureus/frontend', ['sh', '-c', 'ls'])).code).toBe(127));

  test('refusals come before the upgrade', async () => {
    await expect(run('aureus/frontend', ['ls'], { container: 'nothing' })).rejects.toThrow('400');
    await expect(exec(simulator, 'aureus', 'nothing', ['ls'])).rejects.toThrow('404');
  });
});

describe('files', () => {
  test('tee writes what it reads, -a appends, and a test finds it', async () => {
    expect(await run('aureus/frontend', ['tee', `${EVIDENCE}/note.log`], { stdin: 'one\n' })).toMatchObject({ stdout: 'one\n', code: 0 });
    await run('aureus/frontend', ['tee', '-a', `${EVIDENCE}/note.log`], { stdin: 'two\n' });
    const pod = simulator.cluster.list('pods', 'aureus').find((each) => each.metadata.labels?.['component'] === 'frontend');
    expect(simulator.cluster.readFile('aureus', pod?.metadata.name ?? '', `${EVIDENCE}/note.log`)?.toString()).toBe('one\ntwo\n');
    expect((await run('aureus/frontend', ['sha256sum', `${EVIDENCE}/note.log`])).stdout).toMatch(/^[0-9a-f]{64} {2}\/app\/evidence\/note.log\n$/);
    expect((await run('aureus/frontend', ['rm', `${EVIDENCE}/note.log`])).code).toBe(0);
    expect((await run('aureus/frontend', ['test', '-e', `${EVIDENCE}/note.log`])).code).toBe(1);
  });

  test.each([
    ['/etc/x', 1],
    ['/tmp/x', 0],
    [`${EVIDENCE}/x`, 0],
    [`${EVIDENCE}/missing/x`, 1],
  ])('writing %s gives %d: the root is read-only', async (path, code) =>
    expect((await run('aureus/frontend', ['tee', path], { stdin: 'x' })).code).toBe(code),
  );

  test('find selects by age, stats, and deletes what it selected and nothing else', async () => {
    const old = ['find', `${EVIDENCE}/snapshots`, '-type', 'f', '-mtime', '+365'];
    const listed = (await run('aureus/frontend', old)).stdout.trim().split('\n');
    expect(listed).toHaveLength(3);
    const { stdout } = await run('aureus/frontend', [...old, '-exec', 'stat', '-c', '%n|%s|%Y', '{}', '+']);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split('|')[0]),
    ).toEqual(listed);
    expect((await run('aureus/frontend', [...old, '-print0'])).stdout.split('\0').slice(0, -1)).toEqual(listed);
    await run('aureus/frontend', [...old, '-delete']);
    expect((await run('aureus/frontend', old)).stdout).toBe('');
    expect((await run('aureus/frontend', ['find', `${EVIDENCE}/snapshots`, '-type', 'f'])).stdout.trim().split('\n')).toHaveLength(5);
  });

  test('df and du count what files take of the disk, a full disk takes no more', async () => {
    const [, row] = (await run('aureus/frontend', ['df', '-kP', EVIDENCE])).stdout.split('\n');
    expect(row).toMatch(/^\/dev\/disk\/aureus-evidence-pvc +52428800 +\d+ +\d+ +\d+% \/app\/evidence$/);
    await simulator.faults.set('evidence-volume-full', true);
    expect((await run('aureus/frontend', ['df', '-h', EVIDENCE])).stdout).toContain('100% /app/evidence');
    expect(await run('aureus/frontend', ['tee', `${EVIDENCE}/y`], { stdin: 'x' })).toMatchObject({
      code: 1,
      stderr: `tee: ${EVIDENCE}/y: No space left on device\n`,
    });
    await simulator.faults.set('evidence-volume-full', false);
    expect((await run('aureus/frontend', ['du', '-sh', `${EVIDENCE}/*`])).stderr).toBe(
      `du: cannot access '${EVIDENCE}/*': No such file or directory\n`,
    );
  });
});

describe('network', () => {
  test.each([
    [['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', 'http://localhost:5000/health'], 0, '200'],
    [['curl', '-s', 'http://aureus-policy-engine:8181/health'], 0, '{"status":"ok"}'],
    [['curl', '-sS', 'http://nothing:80/'], 6, ''],
    [['curl', '-sS', 'http://localhost:9/'], 7, ''],
    [['curl', '-sf', 'http://localhost:5000/nothing'], 22, ''],
    [['curl', 'postgres://aureus-postgres:5432'], 1, ''],
    [['nc', '-z', 'aureus-postgres', '5432'], 0, ''],
    [['nc', '-zv', 'aureus-postgres', '5433'], 1, ''],
    [['wget', '-qO-', 'http://aureus-frontend-internal:5000/health'], 0, 'healthy\n'],
  ])('%j is %d', async (argv, code, stdout) => expect(await run('aureus/frontend', argv)).toMatchObject({ code, stdout }));

  test('python3 connects where nc is missing', async () => {
    const script = 'import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3); print("open")';
    expect(await run('sark-system/sark-api', ['python3', '-c', script, 'postgres', '5432'])).toMatchObject({ code: 0, stdout: 'open\n' });
    await simulator.faults.set('database-down', true);
    await simulator.advance(2_000);
    expect(await run('sark-system/sark-api', ['python3', '-c', script, 'postgres', '5432'])).toMatchObject({ code: 1 });
    await simulator.faults.set('database-down', false);
    await simulator.advance(2_000);
  });
});

describe('redis-cli', () => {
  test('wants the password, by option or environment of the container', async () => {
    expect((await run('aureus/redis', ['redis-cli', 'DBSIZE'])).stdout).toBe('NOAUTH Authentication required.\n\n');
    const answer = await run('aureus/redis', ['redis-cli', '-a', 'wrong', 'DBSIZE']);
    expect(answer.stderr).toContain('AUTH failed: WRONGPASS');
    expect(await run('aureus/redis', ['redis-cli', '-a', REDIS_PASSWORD, '--no-auth-warning', 'DBSIZE'])).toMatchObject({
      stdout: '6\n',
      stderr: '',
    });
  });

  test('reads commands, and the password, from its input', async () => {
    const { stdout } = await run('aureus/redis', ['redis-cli'], {
      stdin: `AUTH ${REDIS_PASSWORD}\nSCAN 0 MATCH ratelimit:* COUNT 100\nFLUSHDB\nDBSIZE\n`,
    });
    const [ok, cursor, ...rest] = stdout.trim().split('\n');
    expect([ok, cursor]).toEqual(['OK', '0']);
    expect(rest.slice(-2)).toEqual(['OK', '0']);
    expect(rest.slice(0, -2).every((key) => key.startsWith('ratelimit:'))).toBe(true);
  });

  test('INFO stats has the hits and misses', async () => {
    const { stdout } = await run('sark-system/redis', ['redis-cli', 'INFO', 'stats']);
    expect(stdout).toContain('keyspace_hits:91204\r\nkeyspace_misses:7930');
  });
});

describe('psql', () => {
  const aureus = (...args: string[]): Promise<Ran> => run('aureus/postgres', ['psql', '-X', '-U', 'aureus', '-d', 'aureus_metadata', ...args]);
  const audit = (...args: string[]): Promise<Ran> => run('sark-system/timescaledb', ['psql', '-U', 'sark', 'sark_audit', ...args]);

  test('shows tables, bare rows and CSV', async () => {
    expect((await aureus('-c', 'SELECT 1 AS one')).stdout).toBe(' one \n-----\n   1\n(1 row)\n\n');
    expect((await aureus('-At', '-c', "SELECT 'a', NULL, true")).stdout).toBe('a||t\n');
    expect((await aureus('--csv', '-c', "SELECT 'a,b' AS x, 2 AS y")).stdout).toBe('x,y\n"a,b",2\n');
  });

  test('has exit codes of its own', async () => {
    expect(await aureus('-c', 'SELECT * FROM nothing')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ERROR:  relation "nothing" does not exist'),
    });
    expect(await run('aureus/postgres', ['psql', '-U', 'nobody', '-d', 'aureus_metadata', '-c', 'SELECT 1'])).toMatchObject({ code: 2 });
  });

  test('terminates idle connections for real', async () => {
    const count = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle' AND state_change < NOW() - INTERVAL '10 minutes'";
    await simulator.faults.set('postgres-connections-exhausted', true);
    expect(Number((await aureus('-At', '-c', count)).stdout)).toBeGreaterThan(50);
    await aureus('-c', count.replace('count(*)', 'pg_terminate_backend(pid)'));
    expect((await aureus('-At', '-c', count)).stdout).toBe('0\n');
    expect(simulator.faults.list().find((fault) => fault.id === 'postgres-connections-exhausted')?.active).toBe(false);
  });

  test('knows the audit trail by the hour, with its gap, and the critical events of the last one', async () => {
    const hours = "SELECT count(DISTINCT date_trunc('hour', timestamp)) FROM audit_events WHERE timestamp > NOW() - INTERVAL '24 hours'";
    const before = Number((await audit('-At', '-c', hours)).stdout);
    await simulator.faults.set('audit-gap', true);
    expect(Number((await audit('-At', '-c', hours)).stdout)).toBe(before - 3);
    const critical = "SELECT count(*) FROM audit_events WHERE upper(severity::text) = 'CRITICAL' AND timestamp > NOW() - INTERVAL '1 hour'";
    expect((await audit('-At', '-c', critical)).stdout).toBe('0\n');
    await simulator.faults.set('compromised-server', true);
    expect((await audit('-At', '-c', critical)).stdout).toBe('9\n');
  });
});
