import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { clamp } from '../../lib/clamp.ts';
import { sayProxy } from '../../lib/outbound/proxy-error.ts';
import { ClusterError, type ExecOptions, type ExecResult } from '../../ports/cluster.ts';
import type { Access, Connection } from './connection.ts';
import { type Asked, answerError, codeOf, readStatus } from './errors.ts';
import { resourcePath } from './kinds.ts';
import { type Pace, waitBefore } from './retry.ts';

/** Kubernetes API, "remotecommand": the first byte of each message is its channel. */
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
/** Only v5: the channel in the second byte is closed, which is how a command sees the end of its standard input. */
const CLOSE = 255;
const V5 = 'v5.channel.k8s.io';
const V4 = 'v4.channel.k8s.io';

const DEFAULT_MAX_BYTES = 1024 * 1024;
/** What one message of standard input holds; API servers limit a frame. */
const STDIN_CHUNK = 32 * 1024;
const ERROR_BYTES = 64 * 1024;
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

interface Collected {
  readonly stdout: Sink;
  readonly stderr: Sink;
  error: string;
}

/** Keeps what fits. */
class Sink {
  readonly chunks: Uint8Array[] = [];
  readonly limit: { left: number; cut: boolean };

  constructor(limit: { left: number; cut: boolean }) {
    this.limit = limit;
  }

  add(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, this.limit.left);
    if (kept.byteLength < bytes.byteLength) this.limit.cut = true;
    this.limit.left -= kept.byteLength;
    if (kept.byteLength > 0) this.chunks.push(kept);
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.chunks);
  }
}

/** Tries again while nothing was started: no connection, a busy API server, credentials that were renewed. */
export async function execWithRetries(
  connection: Connection,
  options: ExecOptions & { namespace: string },
  pace: Pace,
  signal: AbortSignal | undefined,
): Promise<ExecResult> {
  for (let next = 1; ; next += 1) {
    try {
      return await exec(connection, options, signal);
    } catch (error) {
      if (!(error instanceof ClusterError) || next >= pace.tries) throw error;
      if (error.reason === 'unauthorized' && next === 1) connection.forget();
      else if (error.reason !== 'unreachable' && error.reason !== 'throttled') throw error;
      await pace.wait(waitBefore(next, null, pace.random()), signal);
    }
  }
}

/**
 * Runs a command in a container over a WebSocket. @throws ClusterError `exec-failed` when it cannot be started, `timeout` when it does not end in
 * time (it may go on running), `uncertain` when the connection was lost while it ran.
 */
async function exec(connection: Connection, options: ExecOptions & { namespace: string }, signal: AbortSignal | undefined): Promise<ExecResult> {
  if (options.argv.length === 0) throw new ClusterError('invalid', 'No command was given to run.');
  const access = await connection.access();
  const asked: Asked = { verb: 'create', resource: 'pods/exec', name: options.pod, namespace: options.namespace, repeatable: false };
  const started = performance.now();
  const limit = { left: options.maxBytes ?? DEFAULT_MAX_BYTES, cut: false };
  const collected: Collected = { stdout: new Sink(limit), stderr: new Sink(limit), error: '' };
  await converse(access, options, collected, signal, asked, connection.user());
  const stdout = collected.stdout.bytes();
  const stderr = collected.stderr.bytes();
  const exitCode = exitCodeOf(collected.error, options);
  const oci = startFailure(exitCode, stdout, stderr);
  if (oci !== null) throw cannotStart(options, oci);
  return { exitCode, stdout, stderr, truncated: limit.cut, ms: Math.round(performance.now() - started) };
}

/** Resolves when the server has closed after the command's end. */
function converse(
  access: Access,
  options: ExecOptions & { namespace: string },
  collected: Collected,
  signal: AbortSignal | undefined,
  asked: Asked,
  user: string,
): Promise<void> {
  const withInput = options.stdin !== undefined;
  const socket = new WebSocket(execUrl(access.server, options), withInput ? [V5] : [V5, V4], {
    ...access.tls,
    agent: access.fresh,
    headers: { 'user-agent': 'tocsin', ...basic(access), ...access.headers },
    handshakeTimeout: Math.min(options.timeoutMs, 30_000),
    maxPayload: MAX_FRAME_BYTES,
    followRedirects: false,
    perMessageDeflate: false,
  });
  socket.binaryType = 'nodebuffer';
  let opened = false;
  return new Promise<void>((resolve, reject) => {
    const deadline = AbortSignal.timeout(options.timeoutMs);
    const late = (): void =>
      finish(
        new ClusterError(
          'timeout',
          `The command ${options.argv[0]} in ${options.pod} did not end within ${options.timeoutMs} ms. It may still be running there.`,
        ),
      );
    const stop = (): void =>
      finish(new ClusterError('timeout', `Stopped while the command ${options.argv[0]} ran in ${options.pod}. It may still be running there.`));

    function finish(error: ClusterError | null): void {
      deadline.removeEventListener('abort', late);
      signal?.removeEventListener('abort', stop);
      socket.terminate();
      if (error === null) resolve();
      else reject(error);
    }

    socket.on('unexpected-response', (_request, response: IncomingMessage) => {
      refused(response, asked, user, withInput).then(finish, () => finish(unreachable(opened, options, 'no answer')));
    });
    socket.on('open', () => {
      opened = true;
      if (withInput) sendInput(socket, options.stdin ?? '');
    });
    socket.on('message', (data: Buffer) => receive(data, collected));
    socket.on('error', (error) => finish(failed(error, opened, options, withInput)));
    socket.on('close', () => {
      if (collected.error === '') finish(unreachable(opened, options, 'closed without an exit code'));
      else finish(null);
    });
    deadline.addEventListener('abort', late, { once: true });
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

function execUrl(server: URL, options: ExecOptions & { namespace: string }): URL {
  const query = new URLSearchParams();
  for (const argument of options.argv) query.append('command', argument);
  query.set('container', options.container);
  if (options.stdin !== undefined) query.set('stdin', 'true');
  query.set('stdout', 'true');
  query.set('stderr', 'true');
  const url = new URL(server);
  url.protocol = server.protocol === 'https:' ? 'wss:' : 'ws:';
  const prefix = server.pathname.endsWith('/') ? server.pathname.slice(0, -1) : server.pathname;
  url.pathname = `${prefix}${resourcePath({ group: '', version: 'v1', plural: 'pods', namespaced: true }, options.namespace, options.pod)}/exec`;
  url.search = query.toString();
  return url;
}

function basic(access: Access): Record<string, string> {
  return access.auth === undefined ? {} : { authorization: `Basic ${Buffer.from(access.auth).toString('base64')}` };
}

function sendInput(socket: WebSocket, input: string | Uint8Array): void {
  const bytes = typeof input === 'string' ? Buffer.from(input, 'utf8') : input;
  for (let at = 0; at < bytes.byteLength; at += STDIN_CHUNK) {
    socket.send(Buffer.concat([Buffer.of(STDIN), bytes.subarray(at, at + STDIN_CHUNK)]));
  }
  socket.send(Buffer.of(CLOSE, STDIN));
}

function receive(data: Buffer, collected: Collected): void {
  const bytes = data.subarray(1);
  if (data[0] === STDOUT) collected.stdout.add(bytes);
  else if (data[0] === STDERR) collected.stderr.add(bytes);
  else if (data[0] === ERROR && collected.error.length < ERROR_BYTES) collected.error += bytes.toString('utf8');
}

/** The exit code out of the `Status` on the error channel. */
function exitCodeOf(text: string, options: ExecOptions): number {
  let status: Record<string, unknown>;
  try {
    status = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw cannotStart(options, clamp(text, 300));
  }
  if (status['status'] === 'Success') return 0;
  const code = Number(causeOf(status, 'ExitCode'));
  if (status['reason'] === 'NonZeroExitCode' && Number.isSafeInteger(code)) return code;
  throw cannotStart(options, readStatus(status).message);
}

function causeOf(status: Record<string, unknown>, reason: string): string | undefined {
  const details = status['details'] as { causes?: readonly { reason?: string; message?: string }[] } | undefined;
  return details?.causes?.find((cause) => cause.reason === reason)?.message;
}

/** Some runtimes report a missing executable as exit code 126 or 127 and their own words on an output. */
function startFailure(exitCode: number, stdout: Uint8Array, stderr: Uint8Array): string | null {
  if (exitCode !== 126 && exitCode !== 127 && exitCode !== 128) return null;
  const text = Buffer.concat([stderr, stdout]).toString('utf8');
  return text.includes('OCI runtime exec failed') || text.includes('executable file not found') ? clamp(text, 300) : null;
}

function cannotStart(options: ExecOptions, why: string): ClusterError {
  const said = why.trim();
  if (said.includes('executable file not found') || (said.includes(`"${options.argv[0]}"`) && said.includes('no such file or directory'))) {
    return new ClusterError('exec-failed', `Container ${options.container} of pod ${options.pod} has no ${options.argv[0]}.`);
  }
  return new ClusterError(
    'exec-failed',
    `${options.argv[0]} cannot be started in container ${options.container} of pod ${options.pod}: ${said || 'no reason given'}`,
  );
}

/** The server answered, but by no WebSocket. */
async function refused(response: IncomingMessage, asked: Asked, user: string, withInput: boolean): Promise<ClusterError> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size <= ERROR_BYTES) chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString('utf8');
  const status = response.statusCode ?? 0;
  if (withInput && (status === 400 || status === 426) && /subprotocol|protocol/i.test(body)) return tooOld();
  // Nothing was started, so even a 5xx is no uncertain outcome.
  return answerError(status, body, { ...asked, repeatable: true }, user);
}

function failed(error: Error, opened: boolean, options: ExecOptions, withInput: boolean): ClusterError {
  if (!opened && withInput && error.message.includes('subprotocol')) return tooOld();
  return unreachable(opened, options, sayProxy(error) ?? codeOf(error) ?? 'the connection failed');
}

function tooOld(): ClusterError {
  return new ClusterError(
    'exec-failed',
    'This cluster cannot end the standard input of a command (it lacks v5.channel.k8s.io, Kubernetes 1.30 or newer). Upgrade it, or do this step by hand.',
  );
}

function unreachable(opened: boolean, options: ExecOptions, why: string): ClusterError {
  if (!opened) return new ClusterError('unreachable', `The cluster cannot be reached to run ${options.argv[0]} in ${options.pod} (${why}).`);
  return new ClusterError(
    'uncertain',
    `The connection was lost while ${options.argv[0]} ran in ${options.pod} (${why}). It may or may not have been done: look first.`,
  );
}
