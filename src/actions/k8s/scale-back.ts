import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import type { Reverted } from '../../ports/action.ts';
import { diffText } from '../shared/diff.ts';
import type { FoundWorkload } from '../shared/pods.ts';
import { hpaOf } from './autoscaling.ts';
import { type Bounds, boundsNow, boundsSchema, changeBounds, sameBounds, sayBounds } from './bounds.ts';
import { integer } from './fields.ts';
import { changeReplicas } from './replicas.ts';
import type { Scope } from './scale-scope.ts';
import { picture, sayDone } from './scale-words.ts';

const snapshotNow = z.strictObject({ replicas: integer.nullable(), bounds: boundsSchema.nullable() });
/** As releases up to 0.1.0 kept it. */
const snapshotOnce = z
  .strictObject({ replicas: integer, hpa: z.strictObject({ name: z.string(), uid: z.string(), bounds: boundsSchema }).nullable() })
  .transform(({ replicas, hpa }): z.infer<typeof snapshotNow> => ({ replicas, bounds: hpa?.bounds ?? null }));

/** What was there when it was planned; null where nothing is changed. */
export const snapshotSchema = z.union([snapshotNow, snapshotOnce]);
type Snapshot = z.infer<typeof snapshotSchema>;

/** What a field is to be, and whether somebody else has set what it is now. */
interface Goal<T> {
  readonly value: T;
  readonly foreign: boolean;
}

/** Puts back the fields that a step changed, and no others. An autoscaler's replicas stay the autoscaler's. */
export async function scaleBack(found: FoundWorkload, scope: Scope, was: Snapshot, force: boolean): Promise<Reverted> {
  const [hpa, bounds] = await Promise.all([hpaOf(found), scope.hpa === null ? null : boundsNow(found.cluster, scope.hpa.name)]);
  const { replicas } = found.workload.spec;
  // At 0 it stands still, and brings nothing back by itself.
  const decides = hpa !== null && replicas !== 0 ? hpa.metadata.name : null;
  const toReplicas = decides === null ? goal(replicas, scope.replicas, was.replicas) : kept(replicas);
  const toBounds = boundsGoal(bounds, scope.hpa, was.bounds);
  if ((toReplicas.foreign || toBounds.foreign) && !force) {
    return {
      kind: 'conflict',
      summary: `The change is no longer there: ${sayDone(found.label, scope)}`,
      diff: diffText(picture(found, scope, { replicas, bounds }), picture(found, scope, { replicas: toReplicas.value, bounds: toBounds.value })),
    };
  }
  const done: string[] = [];
  if (scope.hpa !== null && bounds !== null && toBounds.value !== null && !sameBounds(bounds, toBounds.value)) {
    await changeBounds(found.cluster, scope.hpa.name, null, bounds, toBounds.value);
    done.push(`bounds of ${scope.hpa.name} back to ${sayBounds(toBounds.value)}; it decides the number of replicas of ${found.label}`);
  }
  if (toReplicas.value !== replicas) {
    await changeReplicas(found, replicas, toReplicas.value);
    done.push(`${found.label} back to ${toReplicas.value}`);
  }
  if (done.length > 0) return { kind: 'reverted', summary: done.join(', ') };
  return { kind: 'already', summary: sayAlready(found, scope, bounds, decides) };
}

/** Of a number that a plan changed: what it was, unless it is that again, or was never changed. */
function goal(now: number, change: { readonly before: number | null; readonly after: number } | null, was: number | null): Goal<number> {
  if (change === null || was === null || change.before === change.after || now === was || now === change.before) return kept(now);
  return { value: was, foreign: now !== change.after };
}

/** Each bound by itself: who has changed the other one is asked nothing. */
function boundsGoal(now: Bounds | null, change: Scope['hpa'], was: Bounds | null): Goal<Bounds | null> {
  if (now === null || change === null || was === null) return kept(now);
  const [min, max] = [
    goal(now.min, { before: change.before.min, after: change.after.min }, was.min),
    goal(now.max, { before: change.before.max, after: change.after.max }, was.max),
  ];
  return { value: { min: min.value, max: max.value }, foreign: min.foreign || max.foreign };
}

function kept<T>(value: T): Goal<T> {
  return { value, foreign: false };
}

function sayAlready({ label, workload }: FoundWorkload, { hpa }: Scope, bounds: Bounds | null, decides: string | null): string {
  if (hpa !== null) return bounds === null ? `${hpa.name} is gone, and its bounds with it` : `${hpa.name} already keeps ${sayBounds(bounds)} again`;
  if (decides !== null) return `The autoscaler ${decides} decides the number of replicas of ${label}`;
  return `${label} already has ${plural(workload.spec.replicas, 'replica')} again`;
}
