import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Json } from '../domain/record.ts';
import { type Asked, closeDoor, createDoor, refuse as end, openDoor } from '../lib/http-door.ts';
import { limiter } from './limiter.ts';
import { senderOf } from './sender.ts';

/** Larger bodies (bytes) are refused: SNS sends 256 KiB at most, a workflow_run of GitHub is far smaller. */
const MAX_BODY = 1024 * 1024;
/** What of a sender is stored. Counted after its signature: nobody uses up the share of another by sending forgeries. */
const LIMITS = { burst: 2_000, perSecond: 400 };

/** Why a webhook was turned away before anything was stored. */
export type TurnedAway =
  | 'bad-signature'
  | 'malformed'
  | 'unknown-topic'
  | 'stale'
  | 'too-large'
  | 'rate-limited'
  | 'raw-delivery'
  | 'fifo-topic'
  | 'not-configured';

/** Something to store, once a key. */
export interface Kept {
  readonly key: string;
  readonly of: string;
  readonly payload: Json;
}

/** What a route makes of a request: something to keep under a key, nothing to keep, or a refusal. */
export type Verdict =
  | { readonly kind: 'keep'; readonly entries: readonly Kept[] }
  | { readonly kind: 'ignore' }
  /** `says`: what is wrong with it and what to change, for operators. */
  | { readonly kind: 'refuse'; readonly why: Exclude<TurnedAway, 'too-large' | 'rate-limited'>; readonly says?: string };

/** Checks who sent it and what it is; `sender` is the address it came from. Throws when that cannot be told now: the sender tries again. */
export type Route = (headers: IncomingHttpHeaders, body: string, sender: string) => Promise<Verdict>;

export interface IntakeOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  readonly routes: Readonly<Record<string, Route>>;
  /** Stores it durably, once a key. Resolves when it is stored: only then the sender is told so. */
  readonly keep: (entry: Kept) => Promise<void>;
  readonly onRefused: (why: TurnedAway, says?: string) => void;
  /** Proxies whose X-Forwarded-For is believed; none unless told. */
  readonly trustedProxies?: readonly string[];
  readonly onError: (error: unknown) => void;
  /** ms of this machine, for the limit of requests. */
  readonly now?: () => number;
}

export interface IntakeServer {
  readonly port: number;
  close(): Promise<void>;
}

/** When (s) to try again what cannot be taken now. */
const LATER = { 'retry-after': '5' };

const STATUS: Readonly<Record<TurnedAway, number>> = {
  'bad-signature': 401,
  malformed: 400,
  'unknown-topic': 403,
  stale: 400,
  'too-large': 413,
  // Senders that try again do so after a 5xx; many take a 429 for an answer.
  'rate-limited': 503,
  'raw-delivery': 400,
  'fifo-topic': 400,
  'not-configured': 503,
};

/** Takes webhooks (ADR 11): limited in size and rate, verified by its route, stored, and only then answered. */
export async function startIntake(options: IntakeOptions): Promise<IntakeServer> {
  const { routes, keep, onRefused, onError } = options;
  const wait = limiter({ ...LIMITS, ...(options.now === undefined ? {} : { now: options.now }) });
  const addressOf = senderOf(options.trustedProxies ?? []);
  const server = createDoor(
    (asked, response) =>
      answer(asked, response).catch((error: unknown) => {
        onError(error);
        // The sender tries again: nothing that was told is lost.
        end(response, 503, LATER);
      }),
    { maxBody: MAX_BODY, onError },
  );

  async function answer({ request, method, path, body }: Asked, response: ServerResponse): Promise<void> {
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) return end(response, 404);
    if (method !== 'POST') return end(response, 405, { allow: 'POST' });
    if (body === null) return refuse(response, 'too-large', { connection: 'close' });
    const sender = addressOf(request);
    const verdict = await route(request.headers, body.toString('utf8'), sender);
    if (verdict.kind === 'refuse') return refuse(response, verdict.why, verdict.why === 'not-configured' ? LATER : {}, verdict.says);
    const seconds = wait(sender);
    if (seconds > 0) return refuse(response, 'rate-limited', { 'retry-after': String(seconds) });
    if (verdict.kind === 'keep') for (const entry of verdict.entries) await keep(entry);
    end(response, 200);
  }

  function refuse(response: ServerResponse, why: TurnedAway, headers: Readonly<Record<string, string>> = {}, says?: string): void {
    onRefused(why, says);
    end(response, STATUS[why], headers);
  }

  return { port: await openDoor(server, { port: options.port, host: options.host }), close: () => closeDoor(server) };
}
