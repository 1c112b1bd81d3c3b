import { z } from 'zod';
import type { NewRecord } from '../domain/record.ts';
import { ALERT_DATA } from '../domain/records/data/alerts.ts';
import { COURSE_DATA } from '../domain/records/data/course.ts';
import { DRILL_DATA } from '../domain/records/data/drills.ts';
import { OUTSIDE_DATA } from '../domain/records/data/outside.ts';
import { PAGE_PATH_DATA } from '../domain/records/data/page-path.ts';
import { ROTA_DATA } from '../domain/records/data/rotas.ts';
import { keyIntroducedSchema, keyRevokedSchema, logAnchoredSchema, logHeadSchema } from './log.ts';
import { packMadeSchema } from './pack/pack-record.ts';
import { hexSchema, streamSchema } from './record.ts';
import { repairedSchema } from './repairs.ts';

const count = z.int().min(0);

/** What records of `system` carry, by type: what belongs to no incident. */
export const SYSTEM_DATA = {
  'key.introduced': keyIntroducedSchema,
  'key.revoked': keyRevokedSchema,
  /** From here on everything in the database carries a MAC that belongs to this key. */
  'database.sealed': z.strictObject({ key_id: hexSchema }),
  /** A restore took records that no checkpoint covers. */
  'tail.accepted': z.strictObject({
    tails: z.array(z.strictObject({ stream: streamSchema, from: count, to: count, head: hexSchema })).readonly(),
  }),
  'evidence.repaired': repairedSchema,
  'pack.made': packMadeSchema,
  ...ALERT_DATA,
  ...ROTA_DATA,
  ...OUTSIDE_DATA,
  ...DRILL_DATA,
  ...PAGE_PATH_DATA,
  /** What was turned away, counted: only what occurred. */
  'payloads.rejected': z.strictObject({
    bad_signature: count.exactOptional(),
    foreign_team: count.exactOptional(),
    malformed: count.exactOptional(),
    unreadable_message: count.exactOptional(),
    unknown_topic: count.exactOptional(),
    stale: count.exactOptional(),
    too_large: count.exactOptional(),
    rate_limited: count.exactOptional(),
    raw_delivery: count.exactOptional(),
    fifo_topic: count.exactOptional(),
    not_configured: count.exactOptional(),
  }),
  'command.refused': COURSE_DATA['command.refused'],
} as const;

/** What records of `log` carry, by type: what ties the other streams together. */
export const LOG_DATA = { 'log.head': logHeadSchema, 'log.anchored': logAnchoredSchema } as const;

type RecordsOf<Schemas extends Readonly<Record<string, z.ZodType>>> = {
  readonly [T in keyof Schemas & string]: NewRecord<T, z.input<Schemas[T]>>;
}[keyof Schemas & string];

/** A record to append to `system`. */
export type SystemRecord = RecordsOf<typeof SYSTEM_DATA>;
/** A record to append to `log`. */
export type LogRecord = RecordsOf<typeof LOG_DATA>;
