import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Json } from '../domain/record.ts';
import { type Asked, closeDoor, createDoor, refuse as end, openDoor } from '../lib/http-door.ts';
import { limiter } from './limiter.ts';

/** Larger bodies (bytes) are refused: SNS sends 256 KiB at most, a workflow_run of GitHub is far smaller. */
const MAX_BODY = 1024 * 1024;
/** What of a sender is stored. Counted after its signature: nobody uses up the share of another by sending forgeries. */
const LIMITS = { burst: 60, perSecond: 10 };

/** Why a webhook was turned away before anything was stored. */
export type TurnedAway = 'bad-signature' | 'malformed' | 'unknown-topic' | 'stale' | 'too-large' | 'rate-limited';

/** What a route makes of a request: something to keep under a key, nothing to keep, or a refusal. */
export type Verdict =
  | { readonly kind: 'keep'; readonly key: string; readonly of: string; readonly payload: Json }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'refuse'; readonly why: Exclude<TurnedAway, 'too-large' | 'rate-limited'> };

/** Checks who sent it and what it is; `sender` is the address it came from. Throws when that cannot be told now: the sender tries again. */
export type Route = (headers: IncomingHttpHeaders, body: string, sender: string) => Promise<Verdict>;

export interface IntakeOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
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

/** Takes webhooks (ADR 11): limited in size and rate, verified by its route, stored, and only then answered. */
export async function startIntake(options: IntakeOptions): Promise<IntakeServer> {
  const { routes, keep, onRefused, onError } = options;
  const wait = limiter({ ...LIMITS, ...(options.now === undefined ? {} : { now: options.now }) });
  const server = createDoor(
    (asked, response) =>
      answer(asked, response).catch((error: unknown) => {
        onError(error);
        // The sender tries again: nothing that was told is lost.
        end(response, 503, { 'retry-after': '5' });
      }),
    { maxBody: MAX_BODY, onError },
  );

  async function answer({ request, method, path, body }: Asked, response: ServerResponse): Promise<void> {
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) return end(response, 404);
    if (method !== 'POST') return end(response, 405, { allow: 'POST' });
    if (body === null) return refuse(response, 'too-large', { connection: 'close' });
    const sender = request.socket.remoteAddress ?? '';
    const verdict = await route(request.headers, body.toString('utf8'), sender);
    if (verdict.kind === 'refuse') return refuse(response, verdict.why);
    const seconds = wait(sender);
    if (seconds > 0) return refuse(response, 'rate-limited', { 'retry-after': String(seconds) });
    if (verdict.kind === 'keep') await keep(verdict);
    end(response, 200);
  }

  function refuse(response: ServerResponse, why: TurnedAway, headers: Readonly<Record<string, string>> = {}): void {
    onRefused(why);
    end(response, STATUS[why], headers);
  }

  return { port: await openDoor(server, { port: options.port, host: options.host }), close: () => closeDoor(server) };
}
