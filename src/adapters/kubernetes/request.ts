import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { sayProxy } from '../../lib/outbound/proxy-error.ts';
import type { Access } from './connection.ts';
import { codeOf } from './errors.ts';

export interface Outgoing {
  readonly method: string;
  /** Absolute path with query, without the server's own prefix. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly timeoutMs: number;
  /** An answer beyond this many bytes is an error (`too-large`), or only its newest bytes are kept. */
  readonly maxBytes: number;
  readonly beyond?: 'error' | 'keep-newest';
  readonly repeatable: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** How many bytes before `body` were dropped (`keep-newest`). */
  readonly dropped: number;
}

/** No answer. `connected` false: the request never left, so it cannot have had an effect. */
export class NoAnswer extends Error {
  readonly kind: 'lost' | 'timeout' | 'aborted' | 'too-large';
  readonly connected: boolean;

  constructor(kind: NoAnswer['kind'], connected: boolean, message: string) {
    super(message);
    this.kind = kind;
    this.connected = connected;
  }
}

/** One request, one try. @throws NoAnswer */
export async function send(access: Access, outgoing: Outgoing): Promise<Answer> {
  const timeout = AbortSignal.timeout(outgoing.timeoutMs);
  const signal = outgoing.signal === undefined ? timeout : AbortSignal.any([timeout, outgoing.signal]);
  const response = await open(access, outgoing, signal);
  try {
    return { status: response.statusCode ?? 0, headers: response.headers, ...(await collect(response, outgoing)) };
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    throw noAnswer(error, signal, timeout, true);
  }
}

/** Resolves when the head of the answer is there; the body is the caller's to read. @throws NoAnswer */
export async function open(
  access: Access,
  outgoing: Omit<Outgoing, 'timeoutMs' | 'maxBytes' | 'beyond' | 'signal'>,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  let connected = false;
  try {
    return await new Promise<http.IncomingMessage>((resolve, reject) => {
      const secure = access.server.protocol === 'https:';
      const prefix = access.server.pathname.endsWith('/') ? access.server.pathname.slice(0, -1) : access.server.pathname;
      const body = outgoing.body === undefined ? undefined : Buffer.from(outgoing.body, 'utf8');
      const request = (secure ? https : http).request({
        protocol: access.server.protocol,
        // URL keeps the brackets of an IPv6 address, a socket must not have them.
        hostname: access.server.hostname.startsWith('[') ? access.server.hostname.slice(1, -1) : access.server.hostname,
        port: access.server.port === '' ? undefined : access.server.port,
        method: outgoing.method,
        path: `${prefix}${outgoing.path}`,
        auth: access.auth,
        ...access.perRequest,
        agent: outgoing.repeatable ? access.kept : access.fresh,
        headers: {
          accept: 'application/json',
          'user-agent': 'tocsin',
          ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(body.byteLength) }),
          ...outgoing.headers,
          ...access.headers,
        },
        signal,
      });
      request.once('socket', (socket) => {
        if (isConnected(socket, secure)) connected = true;
        else socket.once(secure ? 'secureConnect' : 'connect', () => (connected = true));
      });
      request.once('response', resolve);
      request.on('error', reject);
      request.end(body);
    });
  } catch (error) {
    throw noAnswer(error, signal, null, connected);
  }
}

/** A proxy's way is there before the TLS on it is. */
function isConnected(socket: Socket, secure: boolean): boolean {
  if (socket.connecting || !secure) return !socket.connecting;
  const protocol = (socket as TLSSocket).getProtocol();
  return protocol !== null && protocol !== 'unknown';
}

/** Never holds much more than `maxBytes`, however long the answer is. */
async function collect(
  response: http.IncomingMessage,
  { maxBytes, beyond = 'error' }: Pick<Outgoing, 'maxBytes' | 'beyond'>,
): Promise<{ readonly body: Buffer; readonly dropped: number }> {
  const chunks: Buffer[] = [];
  let size = 0;
  let dropped = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBytes && beyond === 'error') throw new NoAnswer('too-large', true, `more than ${maxBytes} bytes`);
    chunks.push(chunk);
    for (let oldest = chunks[0]; oldest !== undefined && size - oldest.byteLength >= maxBytes; oldest = chunks[0]) {
      size -= oldest.byteLength;
      dropped += oldest.byteLength;
      chunks.shift();
    }
  }
  if (!response.complete) throw new NoAnswer('lost', true, 'the answer was cut off');
  const over = Math.max(0, size - maxBytes);
  return { body: Buffer.concat(chunks).subarray(over), dropped: dropped + over };
}

function noAnswer(error: unknown, signal: AbortSignal, timeout: AbortSignal | null, connected: boolean): NoAnswer {
  const timedOut = signal.aborted && (timeout?.aborted ?? isTimeout(signal.reason));
  if (timedOut) return new NoAnswer('timeout', connected, 'no answer in time');
  if (signal.aborted) return new NoAnswer('aborted', connected, 'stopped');
  return new NoAnswer('lost', connected, sayProxy(error) ?? causeOf(error));
}

function isTimeout(reason: unknown): boolean {
  return typeof reason === 'object' && reason !== null && 'name' in reason && reason.name === 'TimeoutError';
}

function causeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'errors' in error && Array.isArray(error.errors) && error.errors.length > 0)
    return causeOf(error.errors[0]);
  return codeOf(error) ?? 'the connection failed';
}
