import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import { asJson } from '../domain/json.ts';
import { type LabelledSignal, SIGNALS_AT_ONCE } from '../engine/alerts/signal.ts';
import { plainJson } from '../lib/plain-json.ts';
import type { Route } from './server.ts';

/** The same body within this time (ms) is the same delivery, sent again; later it is told again, where its sender does so. */
const SAME_DELIVERY = 5 * 60_000;

/** Said of a body that nobody walks through. */
export const TOO_DEEP = 'the body is nested too deep';
/** A message older than this (ms) may be a replay of one that is no longer remembered: deliveries are for 7 days. */
export const MAX_AGE = 6 * 24 * 60 * 60_000;

/** What a sender's body says: signals, none when it is of no concern, or why it cannot be read. */
export type Read =
  | { readonly ok: true; readonly signals: readonly LabelledSignal[]; readonly id?: string }
  | { readonly ok: false; readonly problem: string };

/** What is wrong with a body, and where. */
export function sayIssue({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'is not valid'}`;
}

/** Somebody who sends labelled signals. */
export interface LabelledSender {
  /** How the sender is called in the log, and in the keys of what it sends. */
  readonly name: string;
  /** Whether it sent this; looked at before anything else. `now`: ms of the one clock; `null` leaves a signed time for later. */
  readonly isGenuine: (headers: IncomingHttpHeaders, body: string, now: number | null) => boolean;
  /** What it says. Pure, and bounded in time. */
  readonly read: (body: unknown, headers: IncomingHttpHeaders) => Read;
  /** Whether it sends the same body again for as long as a thing goes on. */
  readonly repeats: boolean;
  /** Whether only the time in the body tells a replay: what is of long ago is refused. */
  readonly isDated?: (headers: IncomingHttpHeaders) => boolean;
}

/** A sender's route: signature, then JSON, then what it says, stored in parts that are small enough to be worked on at once. */
export function labelledRoute(sender: LabelledSender, now: () => Promise<number>): Route {
  return async (headers, body) => {
    // Forgeries cost the database nothing: it is asked for the time by genuine ones only.
    if (!sender.isGenuine(headers, body, null)) return { kind: 'refuse', why: 'bad-signature' };
    const at = await now();
    if (!sender.isGenuine(headers, body, at)) return { kind: 'refuse', why: 'bad-signature' };
    const read = parsed(sender, headers, body);
    if (!read.ok) return { kind: 'refuse', why: 'malformed', says: `${sender.name}: ${read.problem}` };
    const { signals } = read;
    // Deliveries are remembered for a while only: whoever sends an old one again is known by its time.
    if (sender.isDated?.(headers) === true && signals.some((signal) => signal.at !== null && signal.at < at - MAX_AGE))
      return { kind: 'refuse', why: 'stale', says: `${sender.name}: what it tells of is older than six days, so it may be a replay` };
    // What does not say when it happened may come about again.
    const again = sender.repeats || signals.some((signal) => signal.at === null);
    const what = read.id ?? createHash('sha256').update(body).digest('hex');
    const key = `${sender.name}:${what}${again && read.id === undefined ? `:${Math.floor(at / SAME_DELIVERY)}` : ''}`;
    const entries = partsOf(signals).map((part, i) => ({ key: `${key}:${i}`, of: 'signals', payload: asJson({ signals: part }) }));
    return entries.length === 0 ? { kind: 'ignore' } : { kind: 'keep', entries };
  };
}

function parsed(sender: LabelledSender, headers: IncomingHttpHeaders, body: string): Read {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { ok: false, problem: 'the body is not JSON' };
  }
  const plain = plainJson(json);
  return plain === undefined ? { ok: false, problem: TOO_DEEP } : sender.read(plain, headers);
}

function partsOf(signals: readonly LabelledSignal[]): readonly (readonly LabelledSignal[])[] {
  return Array.from({ length: Math.ceil(signals.length / SIGNALS_AT_ONCE) }, (_, i) => signals.slice(i * SIGNALS_AT_ONCE, (i + 1) * SIGNALS_AT_ONCE));
}
