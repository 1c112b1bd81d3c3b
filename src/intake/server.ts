import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '../domain/record.ts';
import { limiter } from './limiter.ts';

/** Larger bodies (bytes) are refused: SNS sends 256 KiB at most, a workflow_run of GitHub is far smaller. */
const MAX_BODY = 1024 * 1024;
/** How long (ms) a request may take to come in. */
const REQUEST_TIMEOUT = 15_000;
const LIMITS = { burst: 60, perSecond: 10 };

/** Why a webhook was turned away before anything was stored. */
export type TurnedAway = 'bad-signature' | 'malformed' | 'unknown-topic' | 'stale' | 'too-large' | 'rate-limited';

/** What a route makes of a request: something to keep under a key, nothing to keep, or a refusal. */
export type Verdict =
  | { readonly kind: 'keep'; readonly key: string; readonly of: string; readonly payload: Json }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'refuse'; readonly why: Exclude<TurnedAway, 'too-large' | 'rate-limited'> };

/** Checks who sent it and what it is. Throws when that cannot be told now: the sender tries again. */
export type Route = (headers: IncomingHttpHeaders, body: string) => Promise<Verdict>;

export interface IntakeOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: string;
  readonly routes: Readonly<Record<string, Route>>;
  /** Stores it durably, once a key. Resolves when it is stored: only then the sender is told so. */
  readonly keep: (entry: { readonly key: string; readonly of: string; readonly payload: Json }) => Promise<void>;
  readonly onRefused: (why: TurnedAway) => void;
  readonly onError: (error: unknown) => void;
  /** ms of this machine, for the limit of requests. */
  readonly now?: () => number;
}

export interface IntakeServer {
  readonly port: number;
  close(): Promise<void>;
}

const STATUS: Readonly<Record<TurnedAway, number>> = {
  'bad-signature': 401,
  malformed: 400,
  'unknown-topic': 403,
  stale: 400,
  'too-large': 413,
  'rate-limited': 429,
};

/** Takes webhooks (DESIGN, Layout: intake): limited in size and rate, verified by its route, stored, and only then answered. */
export async function startIntake(options: IntakeOptions): Promise<IntakeServer> {
  const { routes, keep, onRefused, onError } = options;
  const wait = limiter({ ...LIMITS, ...(options.now === undefined ? {} : { now: options.now }) });
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      onError(error);
      // The sender tries again: nothing that was told is lost.
      end(response, 503, { 'retry-after': '5' });
    });
  });
  server.requestTimeout = REQUEST_TIMEOUT;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://intake').pathname;
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) return end(response, 404);
    if (request.method !== 'POST') return end(response, 405, { allow: 'POST' });
    const seconds = wait(request.socket.remoteAddress ?? '');
    if (seconds > 0) return refuse(response, 'rate-limited', { 'retry-after': String(seconds) });
    const body = await readBody(request);
    if (body === null) return refuse(response, 'too-large', { connection: 'close' });
    const verdict = await route(request.headers, body);
    if (verdict.kind === 'refuse') return refuse(response, verdict.why);
    if (verdict.kind === 'keep') await keep(verdict);
    end(response, 200);
  }

  function refuse(response: ServerResponse, why: TurnedAway, headers: Readonly<Record<string, string>> = {}): void {
    onRefused(why);
    end(response, STATUS[why], headers);
  }

  await listen(server, options.port, options.host ?? '0.0.0.0');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeIdleConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function end(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  if (!response.headersSent) response.writeHead(status, headers).end();
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((done, failed) => server.once('error', failed).listen(port, host, done));
}
