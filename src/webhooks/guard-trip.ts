import { z } from 'zod';
import { boundLabels, type LabelledSignal } from '../engine/alerts/signal.ts';
import { clamp, headOf } from '../lib/clamp.ts';

/**
 * A guard of Provability-Fabric that tripped, whichever road it came by (ADR 11): the topic `provability.events.v1.GuardTrip`, a webhook, the line of
 * the sidecar-watcher, or labels of Alertmanager. `null`: the sender does not say.
 */
export interface GuardTrip {
  readonly capsuleHash: string | null;
  readonly tenantId: string | null;
  readonly riskScore: number | null;
  readonly heartbeatMisses: number | null;
  readonly reason: string | null;
  /** ms, by the event itself. */
  readonly at: number | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What in it contradicts itself, in sentences for people. */
  readonly contradictions: readonly string[];
}

export type ParsedGuardTrip = { readonly ok: true; readonly trip: GuardTrip } | { readonly ok: false; readonly problem: string };

/** A number, or a text that is one as a whole: Alertmanager's labels are texts. */
const numeric = z
  .union([z.number(), z.string().regex(/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i, 'expected a number')])
  .transform(Number)
  .pipe(z.number('expected a number'));
const risk = numeric.pipe(z.number().min(0, 'expected 0 to 1').max(1, 'expected 0 to 1'));
const misses = numeric.pipe(z.number().int('expected a whole number').min(0, 'expected 0 or more').max(1_000_000, 'expected 1,000,000 or less'));
const name = z.string().trim().min(1).max(300);
const moment = z.union([z.iso.datetime({ offset: true, local: true }).transform(timeOf), z.number().int().positive().transform(msOf)]);

/** Both ways to write each name: the event's own, and that of labels. */
const eventSchema = z.object({
  capsuleHash: name.nullish(),
  capsule_hash: name.nullish(),
  tenantId: name.nullish(),
  tenant_id: name.nullish(),
  riskScore: risk.nullish(),
  risk_score: risk.nullish(),
  heartbeatMisses: misses.nullish(),
  heartbeat_misses: misses.nullish(),
  eventType: z.string().nullish(),
  event: z.string().nullish(),
  reason: z.string().max(10_000).nullish(),
  ts: moment.nullish(),
  timestamp: moment.nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});

/** What the event calls itself. */
const KIND = 'guard_trip';

/** Reads one guard trip. Refuses what is none, and numbers that are none or out of range, with the reason. Pure. */
export function parseGuardTrip(body: unknown): ParsedGuardTrip {
  const parsed = eventSchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(`${issue?.path.join('.') || 'The event'}: ${issue?.message.replace(/^Invalid input: /, '') ?? 'is not valid'}`);
  }
  const told = parsed.data;
  const kinds = [told.eventType, told.event].filter((kind) => kind != null);
  if (kinds.some((kind) => kind !== KIND)) return refuse(`${told.eventType == null ? 'event' : 'eventType'}: expected ${KIND}`);
  const contradictions: string[] = [];
  const one = <T extends string | number>(what: string, values: readonly (T | null | undefined)[], pick: (a: T, b: T) => T): T | null => {
    const [first = null, second = null] = values.filter((value) => value != null);
    if (first === null || second === null || first === second) return first;
    const taken = pick(first, second);
    contradictions.push(`The event says two values of ${what}, ${first} and ${second}: ${taken} is used.`);
    return taken;
  };
  const graver = (a: number, b: number) => Math.max(a, b);
  const former = <T>(a: T) => a;
  const trip: GuardTrip = {
    capsuleHash: one('the capsule hash', [told.capsuleHash, told.capsule_hash], former),
    tenantId: one('the tenant', [told.tenantId, told.tenant_id], former),
    riskScore: one('the risk score', [told.riskScore, told.risk_score], graver),
    heartbeatMisses: one('the heartbeat misses', [told.heartbeatMisses, told.heartbeat_misses], graver),
    reason: told.reason?.trim() || null,
    at: one('the time', [told.ts, told.timestamp], former),
    metadata: told.metadata ?? {},
    contradictions,
  };
  if (kinds.length === 0 && trip.capsuleHash === null) return refuse(`eventType: expected ${KIND}`);
  return { ok: true, trip };
}

/** Labels by which an alert of Alertmanager is a guard trip. */
export function saysGuardTrip(labels: Readonly<Record<string, string>>): boolean {
  return labels.capsule_hash !== undefined && (labels.risk_score !== undefined || labels.heartbeat_misses !== undefined);
}

export interface GuardTripSender {
  readonly from: string;
  readonly otherwise: string | null;
}

/** What a guard trip tells: one alert for each capsule of a tenant, whichever road it came by. Pure. */
export function guardTripSignal(trip: GuardTrip, { from, otherwise }: GuardTripSender): LabelledSignal {
  const { capsuleHash, tenantId, riskScore, heartbeatMisses, reason, at, metadata, contradictions } = trip;
  const capsule = capsuleHash === null ? 'An unnamed capsule' : `Capsule ${shortHash(capsuleHash)}`;
  const tenant = tenantId === null ? '' : ` of tenant ${clamp(tenantId, 60)}`;
  const own = {
    ...(capsuleHash === null ? {} : { capsule_hash: capsuleHash }),
    ...(tenantId === null ? {} : { tenant_id: tenantId }),
    ...(riskScore === null ? {} : { risk_score: riskScore }),
    ...(heartbeatMisses === null ? {} : { heartbeat_misses: heartbeatMisses }),
    ...(reason === null ? {} : { reason }),
  };
  const seen = `${riskScore === null ? 'Its risk is unknown' : `Its risk score is ${riskScore}`}, ${sayMisses(heartbeatMisses)}.`;
  return {
    source: 'guard-trip',
    from,
    key: keyOf(trip, from),
    state: 'firing',
    title: clamp(`Guard tripped: ${capsule.charAt(0).toLowerCase()}${capsule.slice(1)}${tenant}`, 150),
    summary: clamp(
      [`${capsule}${tenant} tripped a guard. ${seen}`, reason === null ? null : sentence(reason), ...contradictions].filter(Boolean).join(' '),
      1_500,
    ),
    severity: null,
    service: null,
    otherwise,
    // Its own first: no metadata takes their place.
    labels: boundLabels({ ...own, ...metadata, ...own }),
    at,
    links: [],
  };
}

/** No name is read as the other. The sidecar names no capsule: what it says is the same begins alike, before the figures. */
function keyOf({ capsuleHash, tenantId, reason }: GuardTrip, from: string): string {
  if (capsuleHash !== null) return `guard-trip:${capsuleHash}:${(tenantId ?? '').replaceAll(/[%:]/g, encodeURIComponent)}`;
  return `guard-trip:${from}:${headOf((reason ?? '').split(/[:\d]/, 1)[0]?.trim() ?? '', 60)}`;
}

function sayMisses(count: number | null): string {
  if (count === null) return 'and how many heartbeats it missed is unknown';
  if (count === 0) return 'and it missed no heartbeat';
  return `and it missed ${count === 1 ? '1 heartbeat' : `${count} heartbeats`}`;
}

function shortHash(hash: string): string {
  return hash.length > 24 ? `${hash.slice(0, 19)}…` : hash;
}

function sentence(text: string): string {
  return `Reason: ${/[.!?]$/.test(text) ? text : `${text}.`}`;
}

function timeOf(text: string): number {
  return Date.parse(/(z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
}

/** Seconds or milliseconds since 1970. */
function msOf(number: number): number {
  return number < 100_000_000_000 ? number * 1_000 : number;
}

function refuse(problem: string): ParsedGuardTrip {
  return { ok: false, problem };
}
