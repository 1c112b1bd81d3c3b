import { asJson } from '../domain/json.ts';
import type { Json } from '../domain/record.ts';
import { headOf } from '../lib/clamp.ts';
import { guardTripSignal, parseGuardTrip } from './guard-trip.ts';

/** Larger messages (bytes) are none of these events. */
export const MAX_MESSAGE = 1024 * 1024;
/** What is kept of a message that nobody can read (characters). */
const KEPT = 2_000;

/** The kind under which the inbox keeps a message that could not be read. */
export const POISONED = 'poisoned-message';

/** A message of a topic that guard trips come by. */
export interface GuardTripMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** When it was written (ms). */
  readonly at: number;
  readonly body: Uint8Array | null;
}

/** What the inbox keeps of one that could not be read. */
export interface Poisoned {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly problem: string;
  readonly bytes: number;
  /** Its beginning. */
  readonly head: string;
}

/** What to keep of a message, once a key. */
export interface KeptMessage {
  readonly key: string;
  readonly of: 'signals' | typeof POISONED;
  readonly payload: Json;
  /** Why it could not be read. */
  readonly problem: string | null;
}

/** Reads a guard trip off a message; what is none is kept for people to look at, and in nobody's way. Pure. */
export function readGuardTripMessage(message: GuardTripMessage, otherwise: string | null): KeptMessage {
  const { topic, partition, offset, at, body } = message;
  // The time is part of it: a topic that is made anew counts from 0 again.
  const key = `kafka:${topic}:${partition}:${offset}:${at}`;
  const json = jsonOf(body);
  const parsed = json.ok ? parseGuardTrip(json.value) : json;
  if (parsed.ok) {
    const trip = { ...parsed.trip, at: parsed.trip.at ?? (at > 0 ? at : null) };
    return { key, of: 'signals', payload: asJson({ signals: [guardTripSignal(trip, { from: 'kafka', otherwise })] }), problem: null };
  }
  const { problem } = parsed;
  const head = headOf(Buffer.from((body ?? new Uint8Array()).subarray(0, KEPT)).toString('utf8'), KEPT);
  const poisoned: Poisoned = { topic, partition, offset, problem, bytes: body?.byteLength ?? 0, head };
  return { key, of: POISONED, payload: asJson(poisoned), problem };
}

function jsonOf(body: Uint8Array | null): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string } {
  if (body === null || body.byteLength === 0) return { ok: false, problem: 'it is empty' };
  if (body.byteLength > MAX_MESSAGE) return { ok: false, problem: `it has ${body.byteLength} bytes, more than ${MAX_MESSAGE}` };
  if (body[0] === 0) return { ok: false, problem: 'it begins with the mark of a schema registry, and only plain JSON is read' };
  try {
    return { ok: true, value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) };
  } catch {
    return { ok: false, problem: 'it is not JSON' };
  }
}
