import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { netTcp } from '../../../src/actions/net/tcp.ts';
import { judgeCurl, judgeNc, judgeWget, problemIn } from '../../../src/actions/net/tcp-tools.ts';
import { ClusterError } from '../../../src/ports/cluster.ts';
import { addWorkload, fakeCluster, type Program } from './helpers/cluster.ts';
import { calling, type TestContext, testContext } from './helpers/context.ts';

const targets = { frontend: { deployment: 'frontend' }, gone: { deployment: 'fronted' } };
const tcp = calling(netTcp);

let server: Server;
let open: number;
let closed: number;
const sockets = new Set<Socket>();

beforeAll(async () => {
  server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  open = await listening(server);
  const other = createServer();
  closed = await listening(other);
  await new Promise((done) => other.close(done));
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((done) => server.close(done));
});

function listening(one: Server): Promise<number> {
  return new Promise((resolve) =>
    one.listen(0, '127.0.0.1', () => {
      const address = one.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    }),
  );
}

function contextWith(real: readonly string[], programs: Readonly<Record<string, Program>> = {}): TestContext {
  const cluster = fakeCluster({ real, programs });
  addWorkload(cluster, 'frontend');
  return testContext({ targets, cluster });
}

describe('[AU-21] [SK-21] a TCP connection from inside of a container', () => {
  test.each(['python3', 'node', 'curl', 'wget'])('with the real %s', async (tool) => {
    const context = contextWith([tool]);
    const reading = await tcp.run({ from: 'frontend', host: '127.0.0.1', port: open, timeout: '1s' }, context);
    expect(reading.output).toMatchObject({ reachable: true, tool, problem: '' });
    const refused = await tcp.run({ from: 'frontend', host: '127.0.0.1', port: closed }, context);
    expect(refused.output).toMatchObject({
      reachable: false,
      tool,
      problem: tool === 'curl' ? expect.stringMatching(/refused|unreachable/) : 'refused',
    });
    expect(refused.summary).toContain('cannot be reached from frontend-0');
  });

  test('a netcat that cannot probe leaves it to the next tool', async () => {
    const nc: Program = async () => ({ stderr: "nc: invalid option -- 'z'\nBusyBox v1.35.0\n\nUsage: nc [-iN]", exitCode: 1 });
    const reading = await tcp.run({ from: 'frontend', host: '127.0.0.1', port: open }, contextWith(['python3'], { nc }));
    expect(reading.output).toMatchObject({ reachable: true, tool: 'python3' });
  });

  test('no tool, and no workload, are said plainly', async () => {
    const none = await tcp.run({ from: 'frontend', host: 'db', port: 5432 }, contextWith([]));
    // Neither reachable nor unreachable: nothing was tried.
    expect(none).toMatchObject({ state: 'unknown', output: { problem: 'no-tool' } });
    expect(none.output).not.toHaveProperty('reachable');
    expect(none.summary).toBe('db:5432 was not tried: Container frontend of deployment/frontend has none of nc, python3, node, curl, wget.');
    const gone = await tcp.run({ from: 'gone', host: 'db', port: 5432 }, contextWith([]));
    expect(gone).toMatchObject({ state: 'unknown', output: { problem: 'no-workload' } });
    expect(gone.summary).toContain('deployment/frontend');
  });

  test('a probe that hangs is an answer', async () => {
    const nc: Program = async () => {
      throw new ClusterError('timeout', 'The command nc did not end.');
    };
    const reading = await tcp.run({ from: 'frontend', host: 'db', port: 1 }, contextWith([], { nc }));
    expect(reading.output).toMatchObject({ reachable: false, problem: 'timeout', tool: 'nc' });
  });

  test('what is no host is refused when the runbook is read', () => {
    for (const host of ['-w', 'a b', '', '--help', 'x;y']) expect(() => tcp.parse({ from: 'frontend', host, port: 1 })).toThrow();
  });

  test('the pre-flight names the tool', async () => {
    expect(await tcp.preflight({ from: 'frontend', host: 'db', port: 1 }, contextWith(['python3']))).toMatchObject([
      { state: 'ok', what: expect.stringContaining('python3') },
    ]);
    expect(await tcp.preflight({ from: 'frontend', host: 'db', port: 1 }, contextWith([]))).toMatchObject([{ state: 'failure' }]);
    expect(await tcp.preflight({ from: 'gone', host: 'db', port: 1 }, contextWith([]))).toMatchObject([{ state: 'failure' }]);
  });
});

describe('what tools say', () => {
  const ran = (exitCode: number, stderr: string, stdout = '') => ({ exitCode, stderr, stdout, bytes: new Uint8Array(), truncated: false, ms: 12 });

  test('netcats', () => {
    expect(judgeNc(ran(0, 'Connection to db 5432 port [tcp/*] succeeded!'))).toEqual({ kind: 'open', ms: null });
    expect(judgeNc(ran(1, 'nc: connect to db port 5432 (tcp) failed: Connection refused'))).toEqual({ kind: 'closed', problem: 'refused' });
    expect(judgeNc(ran(1, 'nc: getaddrinfo for host "db" port 5432: Name or service not known'))).toEqual({ kind: 'closed', problem: 'dns' });
    expect(judgeNc(ran(1, ''))).toEqual({ kind: 'closed', problem: 'unreachable' });
  });

  test('curl goes on after it has connected, so its time counts', () => {
    expect(judgeCurl(ran(28, 'curl: (28) Time-out', '0.000099'))).toEqual({ kind: 'open', ms: 0 });
    expect(judgeCurl(ran(28, 'curl: (28) Connection timed out', '0.000000'))).toEqual({ kind: 'closed', problem: 'timeout' });
    expect(judgeCurl(ran(6, 'curl: (6) Could not resolve host', '0.000000'))).toEqual({ kind: 'closed', problem: 'dns' });
    expect(judgeCurl(ran(1, 'curl: (1) Protocol "telnet" disabled', '0.000000'))).toEqual({ kind: 'unusable' });
  });

  test('BusyBox wget', () => {
    expect(judgeWget(ran(1, "wget: can't connect to remote host (10.0.0.1): Connection refused"))).toEqual({ kind: 'closed', problem: 'refused' });
    expect(judgeWget(ran(1, 'wget: error getting response'))).toEqual({ kind: 'open', ms: null });
    expect(judgeWget(ran(1, "wget: bad address 'db'"))).toEqual({ kind: 'closed', problem: 'dns' });
  });

  test('libraries', () => {
    expect([problemIn('ECONNREFUSED'), problemIn('getaddrinfo ENOTFOUND x'), problemIn('timed out'), problemIn('No route to host')]).toEqual([
      'refused',
      'dns',
      'timeout',
      'unreachable',
    ]);
  });
});
