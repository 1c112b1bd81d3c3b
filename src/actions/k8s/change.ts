import { setTimeout as sleep } from 'node:timers/promises';
import type { UserError } from '../../domain/errors.ts';
import type { Json } from '../../domain/record.ts';
import type { Touch } from '../../ports/action.ts';
import { type Cluster, ClusterError, type KubeObject, type ObjectRef, type Patch } from '../../ports/cluster.ts';
import { digestOf } from '../shared/digest.ts';
import { planStale } from '../shared/stale.ts';
import { label } from './near.ts';

/** Which step a change was made for; a second try after a crash finds it. */
export const DONE_FOR = 'tocsin.dev/restarted-for';

/** What to do with an object as it is now: nothing, because it is done already, or this patch. Throws UserError `plan-stale` when it is neither. */
export type Decision =
  | { readonly done: true }
  | { readonly done: false; readonly patch: Omit<Patch, 'body'> & { readonly body: Readonly<Record<string, Json>> } };

const TRIES = 8;
/** The first pause (ms) before it is looked again; each is twice the one before, up to the longest. While a rollout goes on, its controller writes often. */
const PAUSE = 20;
const LONGEST_PAUSE = 300;

/**
 * Looks, decides, patches what was looked at and nothing newer (409 otherwise), and looks again when somebody was faster or nobody knows
 * whether it happened. `already` when there was nothing to do. @throws ClusterError, UserError
 */
export async function changeObject(
  cluster: Cluster,
  ref: ObjectRef,
  decide: (object: KubeObject) => Decision,
): Promise<{ readonly object: KubeObject; readonly already: boolean }> {
  let failure: ClusterError | null = null;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await sleep(Math.min(LONGEST_PAUSE, PAUSE * 2 ** (attempt - 1)) * (1 - Math.random() / 4));
    const object = await cluster.get(ref);
    if (object === null) throw gone(ref, cluster);
    const decision = decide(object);
    if (decision.done) return { object, already: failure === null || failure.reason !== 'uncertain' };
    try {
      await cluster.patch(ref, { ...decision.patch, body: pinned(decision.patch.body, object.metadata.resourceVersion) });
      return { object, already: false };
    } catch (error) {
      if (!(error instanceof ClusterError) || (error.reason !== 'conflict' && error.reason !== 'uncertain')) throw error;
      failure = error;
    }
  }
  throw failure ?? new ClusterError('conflict', `${label({ kind: ref.kind, metadata: ref })} keeps changing.`);
}

/** @throws UserError `plan-stale` when the object is another or its fields are others than those planned for */
export function assertFresh(touches: readonly Touch[], object: KubeObject, fields: unknown): void {
  const touch = touches.find((one) => one.object === label(object));
  if (touch === undefined) throw stale(label(object), 'it was not in the plan');
  if (touch.uid !== object.metadata.uid) throw stale(touch.object, 'it was deleted and created again');
  if (touch.digest !== digestOf(fields)) throw stale(touch.object, `${touch.fields} changed`);
}

export function stale(object: string, why: string): UserError {
  return planStale(`${object} is no longer what was planned for: ${why}`);
}

export function touch(object: KubeObject, fields: string, value: unknown): Touch {
  return { object: label(object), uid: object.metadata.uid, fields, digest: digestOf(value) };
}

function gone(ref: ObjectRef, cluster: Cluster): UserError {
  const name = `${ref.kind.toLowerCase()}/${ref.name}`;
  return planStale(`${name} in namespace ${ref.namespace ?? cluster.namespace} is gone`);
}

/** No patch of ours touches metadata otherwise. */
function pinned(body: Readonly<Record<string, Json>>, resourceVersion: string): Json {
  return { ...body, metadata: { resourceVersion } };
}

/** An object's part as plain JSON, so that it can be patched back and digested. */
export function plain(value: unknown): Json {
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as Json);
}
