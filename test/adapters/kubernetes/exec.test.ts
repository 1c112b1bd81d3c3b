import { afterEach, describe, expect, test } from '@jest/globals';
import type { WebSocket } from 'ws';
import { ClusterError, type ExecResult } from '../../../src/ports/cluster.ts';
import { type FakeServer, fakeServer, status, TOKEN } from './server.ts';

let server: FakeServer;
afterEach(() => server.close());

const SUCCESS = { metadata: {}, status: 'Success' };

function failureStatus(code: number): object {
  return {
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with exit code ${code}`,
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

function say(socket: WebSocket, channel: number, text: string | object): void {
  socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(typeof text === 'string' ? text : JSON.stringify(text))]));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

async function run(
  options: { argv?: readonly string[]; stdin?: string; maxBytes?: number; timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<ExecResult> {
  const { signal, ...rest } = options;
  return await server
    .cluster(signal === undefined ? {} : { signal })
    .exec({ pod: 'web-1', container: 'frontend', argv: ['df', '-h', '/a b'], timeoutMs: 5000, ...rest });
}

async function failing(work: Promise<unknown>): Promise<ClusterError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ClusterError) return error;
  throw new Error(`not a ClusterError: ${String(error)}`);
}

describe('exec', () => {
  test('runs by argv and gives both outputs and the exit code', async () => {
    server = await fakeServer();
    server.talk = (socket) => {
      say(socket, 1, 'out');
      say(socket, 2, 'err');
      say(socket, 3, failureStatus(3));
      socket.close();
    };
    const result = await run();
    expect([text(result.stdout), text(result.stderr), result.exitCode, result.truncated]).toEqual(['out', 'err', 3, false]);
    const asked = server.seen[0];
    expect(asked?.url.pathname).toBe('/api/v1/namespaces/aureus/pods/web-1/exec');
    expect(asked?.url.searchParams.getAll('command')).toEqual(['df', '-h', '/a b']);
    expect(asked?.url.searchParams.get('container')).toBe('frontend');
    expect(asked?.url.searchParams.has('stdin')).toBe(false);
    expect(asked?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(server.protocols.offered).toEqual(['v5.channel.k8s.io', 'v4.channel.k8s.io']);
  });

  test('standard input arrives whole and ends', async () => {
    server = await fakeServer();
    const input = 'x'.repeat(100_000);
    server.talk = (socket) => {
      let got = '';
      socket.on('message', (data: Buffer) => {
        if (data[0] === 0) got += data.subarray(1).toString('utf8');
        if (data[0] !== 255 || data[1] !== 0) return;
        say(socket, 1, String(got.length));
        say(socket, 3, SUCCESS);
        socket.close();
      });
    };
    const result = await run({ stdin: input });
    expect([text(result.stdout), result.exitCode]).toEqual(['100000', 0]);
    expect(server.protocols.offered).toEqual(['v5.channel.k8s.io']);
  });

  test('a server of v4 runs what needs no input, and is refused for what does before anything runs', async () => {
    server = await fakeServer(['v4.channel.k8s.io']);
    let started = 0;
    server.talk = (socket) => {
      if (socket.protocol !== 'v4.channel.k8s.io') return socket.close();
      started += 1;
      say(socket, 3, SUCCESS);
      socket.close();
    };
    expect((await run()).exitCode).toBe(0);
    const error = await failing(run({ stdin: 'x' }));
    expect(error.reason).toBe('exec-failed');
    expect(error.message).toContain('Kubernetes 1.30');
    expect(started).toBe(1);
  });

  test('too much output is cut and said', async () => {
    server = await fakeServer();
    server.talk = (socket) => {
      say(socket, 1, 'abcdef');
      say(socket, 2, 'ghi');
      say(socket, 3, SUCCESS);
      socket.close();
    };
    const result = await run({ maxBytes: 4 });
    expect([text(result.stdout), text(result.stderr), result.truncated, result.exitCode]).toEqual(['abcd', '', true, 0]);
  });

  test('a command that is not in the image cannot be started', async () => {
    server = await fakeServer();
    server.talk = (socket) => {
      say(socket, 3, {
        status: 'Failure',
        reason: 'InternalError',
        message: 'error executing command in container: exec: "df": executable file not found in $PATH: unknown',
      });
      socket.close();
    };
    const error = await failing(run());
    expect([error.reason, error.message]).toEqual(['exec-failed', 'Container frontend of pod web-1 has no df.']);
  });

  test('a missing command that the runtime reports as an exit code is the same', async () => {
    server = await fakeServer();
    server.talk = (socket) => {
      say(
        socket,
        1,
        'OCI runtime exec failed: exec failed: unable to start container process: exec: "df": executable file not found in $PATH: unknown',
      );
      say(socket, 3, failureStatus(126));
      socket.close();
    };
    expect((await failing(run())).message).toBe('Container frontend of pod web-1 has no df.');
  });

  test('a connection lost in the middle is uncertain', async () => {
    server = await fakeServer();
    server.talk = (socket) => socket.terminate();
    expect((await failing(run())).reason).toBe('uncertain');
  });

  test('a command that does not end is given up', async () => {
    server = await fakeServer();
    server.talk = () => undefined;
    const error = await failing(run({ timeoutMs: 30 }));
    expect(error.reason).toBe('timeout');
    expect(error.message).toContain('It may still be running there.');
  });

  test('stops when it is told to', async () => {
    server = await fakeServer();
    const stop = new AbortController();
    server.talk = () => stop.abort();
    expect((await failing(run({ signal: stop.signal }))).message).toContain('Stopped');
  });

  test('a refusal names the right, and is not tried again', async () => {
    server = await fakeServer();
    server.refuse = [status(403, 'Forbidden', 'pods "web-1" is forbidden: User "bot" cannot get resource "pods/exec" in API group ""')];
    const error = await failing(run());
    expect([error.reason, error.message]).toEqual([
      'forbidden',
      "User bot may not get pods/exec of web-1 in namespace aureus. Add get on pods/exec to the bot's role in namespace aureus.",
    ]);
    expect(server.waits).toEqual([]);
  });

  test('while nothing was started it tries again', async () => {
    server = await fakeServer();
    server.refuse = [
      status(503, 'ServiceUnavailable', 'busy'),
      status(429, 'TooManyRequests', 'slow down'),
      status(500, 'InternalError', 'error dialing backend'),
    ];
    server.talk = (socket) => {
      say(socket, 3, SUCCESS);
      socket.close();
    };
    expect((await run()).exitCode).toBe(0);
    expect(server.waits).toHaveLength(3);
  });
});
