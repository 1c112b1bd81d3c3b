import { z } from 'zod';
import type { Json } from '../../../domain/record.ts';
import type { Context } from './context.ts';
import type { Measured } from './decide.ts';

/** Outputs of other steps; `null` where one failed, and parts are missing where they could not be read. */
export interface Seen {
  /** fabric.capsules */
  readonly capsules: Json;
  /** fabric.liveness of the capsule */
  readonly liveness: Json;
  /** fabric.liveness of all capsules */
  readonly others: Json;
  /** k8s.configmap */
  readonly maintenance: Json;
  /** helm.history */
  readonly history: Json;
  /** fabric.rollbacks */
  readonly rollbacks: Json;
  /** incident.similar */
  readonly similar: Json;
  /** k8s.pods of the incident-bot */
  readonly bot: Json;
  /** k8s.env of the incident-bot */
  readonly env: Json;
}

const hashes = z.array(z.string()).optional();
const known = z.boolean().nullish();
const count = z.number().int().min(0).optional();
const capsulesSchema = z.object({ capsule_known: known, tenant_known: known });
const livenessSchema = z.object({ alive: hashes, dead: hashes });
const maintenanceSchema = z.object({ found: z.boolean().optional(), data: z.record(z.string(), z.string()).default({}) });
const historySchema = z.object({ recent: count });
const countSchema = z.object({ count });
const podsSchema = z.object({ desired: count, ready: count });
const envSchema = z.object({ variables: z.array(z.object({ name: z.string(), value: z.string() })).default([]) });

/** Keys of `maintenance-status` that say whether a window is open, and until when. */
const STATES = ['active', 'enabled', 'maintenance', 'status', 'state', 'mode'];
const ENDS = ['until', 'end', 'ends', 'end_time', 'endTime'];
const YES = /^(?:true|yes|on|1|active|enabled|open|in[ _-]progress|maintenance)$/i;
const NO = /^(?:false|no|off|0|inactive|disabled|closed|none|done|completed)$/i;

/** What the playbook's step 4 looks at, out of what other steps have read. What was not read is `null`. */
export function contextOf(seen: Seen, capsule: string, now: number): Context {
  const { capsule_known: capsuleKnown = null, tenant_known: tenantKnown = null } = read(capsulesSchema, seen.capsules) ?? {};
  const { alive, dead } = read(livenessSchema, seen.liveness) ?? {};
  const lost = read(livenessSchema, seen.others)?.dead;
  const rollbacks = read(countSchema, seen.rollbacks)?.count;
  const incidents = read(countSchema, seen.similar)?.count;
  return {
    capsules: lost === undefined ? null : new Set([...lost, ...(capsule === '' ? [] : [capsule])]).size,
    maintenance: maintenanceOf(seen.maintenance, now),
    deployments: read(historySchema, seen.history)?.recent ?? null,
    tenantKnown,
    capsuleKnown,
    alive: capsule === '' ? null : alive?.includes(capsule) === true ? true : dead?.includes(capsule) === true ? false : null,
    similar: rollbacks === undefined || incidents === undefined ? null : rollbacks + incidents,
  };
}

/** What the platform's own rule goes by here: thresholds that were tuned count, and a bot without pods decides nothing. */
export function platformOf({ bot, env }: Pick<Seen, 'bot' | 'env'>, defaults: Measured['thresholds']): Pick<Measured, 'thresholds' | 'automation'> {
  const pods = read(podsSchema, bot);
  const variables = read(envSchema, env)?.variables ?? [];
  const threshold = (name: string, otherwise: number) => {
    const value = variables.find((one) => one.name === name)?.value.trim() ?? '';
    return value !== '' && Number.isFinite(Number(value)) ? Number(value) : otherwise;
  };
  return {
    thresholds: { risk: threshold('RISK_SCORE_THRESHOLD', defaults.risk), misses: threshold('HEARTBEAT_MISSES_THRESHOLD', defaults.misses) },
    automation: pods?.desired === 0 ? false : (pods?.ready ?? 0) > 0 ? true : null,
  };
}

/** A ConfigMap that nobody understands says nothing. */
function maintenanceOf(maintenance: Json, now: number): boolean | null {
  const { found, data = {} } = read(maintenanceSchema, maintenance) ?? {};
  if (found === undefined) return null;
  if (!found) return false;
  const [state] = STATES.flatMap((key) => data[key]?.trim() ?? []);
  const [end] = ENDS.flatMap((key) => Date.parse(data[key] ?? '') || []);
  if (state === undefined) return null;
  if (NO.test(state)) return false;
  return YES.test(state) ? end === undefined || end > now : null;
}

function read<S extends z.ZodType>(schema: S, value: Json): z.output<S> | null {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
