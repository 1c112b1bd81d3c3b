import { z } from 'zod';
import { type Bounds, boundsOf, boundsSchema, sameBounds } from './bounds.ts';
import { integer, targetField } from './fields.ts';
import type { Hpa } from './shapes.ts';

const count = integer.min(0).max(1000);
const WAYS = ['at_least', 'at_most', 'replicas'] as const;

export const scaleInput = z
  .strictObject({
    target: targetField,
    at_least: integer.min(1).max(1000).optional().describe('Up: so many at least; nothing is ever lowered'),
    at_most: count.optional().describe('Down, on purpose: so many at most; nothing is ever raised'),
    replicas: count.optional().describe('Exactly so many, up or down. One of at_least, at_most and replicas is needed'),
    hpa: z
      .enum(['refuse', 'adjust'])
      .default('refuse')
      .describe('What to do when an autoscaler would undo it: refuse, or adjust its bounds. How many there are between them stays its decision'),
    from: count
      .optional()
      .describe('How many a step before in the same remedy leaves at most; an autoscaler then gets back the bounds that it has when this is planned'),
  })
  .refine((asked) => WAYS.filter((way) => asked[way] !== undefined).length === 1, `expected exactly one of ${WAYS.join(', ')}`);
export type ScaleInput = z.infer<typeof scaleInput>;

const hpaChange = z.strictObject({ name: z.string(), uid: z.string(), before: boundsSchema, after: boundsSchema }).nullable();
const scopeNow = z.strictObject({
  /** `before` null: as many as the autoscaler had. */
  replicas: z.strictObject({ before: integer.nullable(), after: integer }).nullable(),
  hpa: hpaChange,
});
/** As releases up to 0.1.0 wrote it into plans, which are reverted hours later. */
const scopeOnce = z
  .strictObject({ before: integer, replicas: integer, autoscaled: z.boolean(), hpa: hpaChange })
  .transform(({ before, replicas, autoscaled, hpa }): z.infer<typeof scopeNow> => {
    const byBounds = hpa !== null && replicas !== 0;
    return { replicas: byBounds || before === replicas ? null : { before: autoscaled ? null : before, after: replicas }, hpa };
  });

/** What exactly a step changes; `null` is left as it is. */
export const scopeSchema = z.union([scopeNow, scopeOnce]);
export type Scope = z.infer<typeof scopeSchema>;

/** How many there may be. */
interface Range {
  readonly least: number;
  readonly most: number;
}

/**
 * What has to be changed so that there are as many as asked for. Where an autoscaler decides, only its bounds: it brings the replicas between
 * them by itself, and what it does meanwhile is no part of a plan. At 0 replicas it stands still, so 0 is set and left in the workload itself.
 */
export function scopeOf(asked: ScaleInput, replicas: number, hpa: Hpa | null): Scope {
  const wanted = wantedRange(asked);
  const start: Range = { least: 0, most: asked.from ?? Number.POSITIVE_INFINITY };
  const before = into(start, replicas);
  if (hpa === null) return { replicas: changed(before, into(wanted, replicas)), hpa: null };
  const stopped = before === 0;
  return {
    replicas: stopped ? changed(0, into(wanted, 0)) : wanted.most === 0 ? { before: null, after: 0 } : null,
    hpa: wanted.most === 0 ? null : boundsChange(hpa, asked, start, wanted),
  };
}

/** `at least 5`, `at most 2`, `5` */
export function sayWanted({ at_least: least, at_most: most, replicas = 0 }: ScaleInput): string {
  if (least !== undefined) return `at least ${least}`;
  return most === undefined ? String(replicas) : `at most ${most}`;
}

/** Whether there may be fewer afterwards. */
export function lowers({ replicas, hpa }: Scope): boolean {
  const fewer = replicas !== null && (replicas.before === null || replicas.after < replicas.before);
  return fewer || (hpa !== null && (hpa.after.min < hpa.before.min || hpa.after.max < hpa.before.max));
}

function wantedRange({ at_least: least, at_most: most, replicas }: ScaleInput): Range {
  return { least: least ?? replicas ?? 0, most: most ?? replicas ?? Number.POSITIVE_INFINITY };
}

function into({ least, most }: Range, value: number): number {
  return Math.min(most, Math.max(least, value));
}

function changed(before: number, after: number): Scope['replicas'] {
  return before === after ? null : { before, after };
}

function boundsChange(hpa: Hpa, { from }: ScaleInput, start: Range, wanted: Range): Scope['hpa'] {
  const now = boundsOf(hpa);
  const between = (range: Range): Bounds => ({ min: into(range, now.min), max: into(range, now.max) });
  // A step before that went to 0 has left the bounds alone.
  const before = from === 0 ? now : between(start);
  const after = from === undefined ? between(wanted) : now;
  return sameBounds(before, after) ? null : { name: hpa.metadata.name, uid: hpa.metadata.uid, before, after };
}
