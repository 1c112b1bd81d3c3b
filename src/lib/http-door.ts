import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { inBackground } from './background.ts';

/** What every server of Tocsin's grants its clients (ms, bytes). Whoever is slower or larger is answered 408, 413 or 431 and cut off. */
export const DOOR_LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  /** How often Node looks for requests that are too slow. */
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
} as const satisfies ServerOptions;

/** Connections at a time; a process has only so many file descriptors, and the database needs some. */
const MAX_CONNECTIONS = 500;
/** How long (ms) a connection may be silent while it is answered: neither a late answer nor a slow reader holds it for ever. */
const IDLE = 15_000;
/** How long (ms) a shutdown waits for answers under way. */
const GRACE = 5_000;
/** How much (bytes) of a body that is too large is read on and thrown away before it is answered. */
const DISCARDED = 4 * 1024 * 1024;

/** A request that has come in. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly method: string;
  /** As it was sent, without its query. */
  readonly path: string;
  /** The whole body; `null` when it is larger than this door takes. */
  readonly body: Buffer | null;
}

export type Serve = (asked: Asked, response: ServerResponse) => unknown;

export interface AnsweringOptions {
  /** The largest body (bytes). */
  readonly maxBody: number;
  /** Told of what went wrong on this side. What clients do wrong is no error. */
  readonly onError: (error: unknown) => void;
}

export interface GuardOptions {
  readonly onError: (error: unknown) => void;
  /** How long (ms) an answer may take. */
  readonly idle?: number;
}

/** A server that answers every request, whatever it is, and survives it. */
export function createDoor(serve: Serve, options: AnsweringOptions & GuardOptions): Server {
  return guardServer(createServer(DOOR_LIMITS, answering(serve, options)), options);
}

/** Listens. @throws what `listen` throws, such as EADDRINUSE */
export async function openDoor(server: Server, at: { readonly port: number; readonly host: string } | { readonly path: string }): Promise<number> {
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(at, () => {
      server.off('error', failed);
      done();
    });
  });
  return 'port' in at ? (server.address() as AddressInfo).port : 0;
}

/** Takes nothing new, and ends what is still at work after a while. */
export async function closeDoor(server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), GRACE);
  await new Promise((done) => server.close(done));
  clearTimeout(cut);
}

/** The limits that are no options of createServer, for a server that somebody else made with DOOR_LIMITS. */
export function guardServer(server: Server, { onError, idle = IDLE }: GuardOptions): Server {
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(idle);
  // Node hands over the bare connection, which then has nobody who hears its errors.
  server.on('connect', (_request, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n', () => socket.destroy());
  });
  // An error while it listens (no file descriptor left to accept with) passes; it must not count as unheard.
  server.on('error', onError);
  return server;
}

/**
 * Makes a listener of `serve` that answers in any case: 400 what is no path, 500 what failed, 503 what took too long. The body is read before
 * anything is answered: a client that still sends when the connection is closed would not see its answer.
 */
export function answering(serve: Serve, { maxBody, onError }: AnsweringOptions): RequestListener {
  async function attend(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, maxBody);
    if (body === 'gone') return;
    const path = pathOf(request.url ?? '');
    if (path === null) return refuse(response, 400);
    await serve({ request, method: request.method ?? '', path, body: body === 'too-large' ? null : body }, response);
  }
  return (request, response) => {
    // A client that goes away while it is answered.
    response.on('error', () => undefined);
    response.on('timeout', () => refuse(response, 503, { connection: 'close' }));
    inBackground(attend(request, response), (error) => {
      onError(error);
      refuse(response, 500);
    });
  };
}

/** Answers with a status alone, or ends the connection when another answer has begun. */
export function refuse(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { 'content-length': '0', ...headers }).end();
}

/** The whole body; `gone` when the client broke off, so that nobody is there to be answered. */
function readBody(request: IncomingMessage, limit: number): Promise<Buffer | 'too-large' | 'gone'> {
  return new Promise((done) => {
    let chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks = [];
      if (size > limit + DISCARDED) done('too-large');
    });
    request.once('end', () => done(size > limit ? 'too-large' : Buffer.concat(chunks)));
    request.once('error', () => done('gone'));
    request.once('close', () => done('gone'));
  });
}

/** The path of a request line: `/x?y` is `/x`, `http://host/x` too; `null` for what is neither. */
function pathOf(target: string): string | null {
  if (target.startsWith('/')) return target.split('?', 1)[0] ?? null;
  return URL.parse(target)?.pathname ?? null;
}
