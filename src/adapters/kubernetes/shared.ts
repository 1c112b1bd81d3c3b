import type { Json } from '../../domain/record.ts';
import type { Connection } from './connection.ts';
import type { Asked } from './errors.ts';
import type { Flights } from './flights.ts';
import type { Resource } from './kinds.ts';
import type { Answer, Outgoing } from './request.ts';
import { ask, type Pace } from './retry.ts';
import type { semaphore } from './semaphore.ts';

export const MAX_AT_ONCE = 8;
export const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** What all namespaces of one API server share. */
export interface Shared {
  readonly link: Connection;
  readonly limit: ReturnType<typeof semaphore>;
  /** Commands may take minutes and must not hold up the requests. */
  readonly limitExec: ReturnType<typeof semaphore>;
  readonly timeoutMs: number;
  readonly pace: Pace;
  readonly resources: Map<string, Resource>;
  /** Reads that are under way: the steps of a diagnosis look at the same objects at the same moment. */
  readonly flights: Flights;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly asked: Asked;
  readonly body?: Json | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly accept?: (answer: Answer) => boolean;
  /** Of a longer answer only this many bytes are kept, the newest; unset, a longer answer is an error. */
  readonly keepNewest?: number;
}

/** One request, within the limit of requests at once. @throws ClusterError */
export async function callOn(shared: Shared, own: AbortSignal | undefined, call: Call): Promise<Answer> {
  const outgoing: Outgoing = {
    method: call.method,
    path: call.path,
    timeoutMs: shared.timeoutMs,
    maxBytes: call.keepNewest ?? MAX_ANSWER_BYTES,
    beyond: call.keepNewest === undefined ? 'error' : 'keep-newest',
    repeatable: call.asked.repeatable,
    signal: call.signal ?? own,
    ...(call.headers === undefined ? {} : { headers: call.headers }),
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  };
  try {
    return await shared.limit(() => ask(shared.link, outgoing, call.asked, shared.pace, call.accept ?? (() => false)));
  } finally {
    if (call.method !== 'GET') shared.flights.wrote();
  }
}
