import { z } from 'zod';
import { assertFresh, changeObject, touch } from '../../../src/actions/k8s/change.ts';
import { targetInput } from '../../../src/actions/k8s/fields.ts';
import { workloadRight } from '../../../src/actions/k8s/rights.ts';
import { workloadSchema } from '../../../src/actions/k8s/shapes.ts';
import { diffObjects } from '../../../src/actions/shared/diff.ts';
import { workloadOf } from '../../../src/actions/shared/pods.ts';
import { changeAction } from '../../../src/ports/action.ts';
import type { KubeObject } from '../../../src/ports/cluster.ts';

const output = z.strictObject({ object: z.string(), already: z.boolean() });
const snapshotSchema = z.strictObject({ paused: z.boolean() });

/** Stops a deployment's rollout where it is: no further pod is replaced until it is resumed. */
export const k8sPauseRollout = changeAction({
  name: 'k8s.pause-rollout',
  about: 'Pauses the rollout of a deployment.',
  effect: 'change',
  input: targetInput,
  output,
  rights: ({ target }, context) => [workloadRight(context, target, 'get', 'patch')],

  async plan({ target }, context) {
    const found = await workloadOf(context, target);
    const before = pausedOf(found.object);
    // The API server says whether it would take the change. Nothing is kept.
    await found.cluster.patch(found.ref, pause(true), { dryRun: true });
    return {
      summary: `Pauses the rollout of ${found.label}`,
      diff: diffObjects({ paused: before }, { paused: true }),
      noPlan: null,
      notes: [`${found.label} takes no new version until this is reverted.`],
      touches: [touch(found.object, 'whether it is paused', before)],
      changes: !before,
      scope: { object: found.label },
      snapshot: { paused: before },
    };
  },

  async apply({ target }, planned, context) {
    const found = await workloadOf(context, target);
    const { already } = await changeObject(found.cluster, found.ref, (object) => {
      if (pausedOf(object)) return { done: true };
      assertFresh(planned.touches, object, false);
      return { done: false, patch: pause(true) };
    });
    return { output: { object: found.label, already }, summary: already ? `${found.label} is paused already` : `${found.label} is paused` };
  },

  async revert({ target }, planned, context, force) {
    const { paused } = snapshotSchema.parse(planned.snapshot);
    const found = await workloadOf(context, target);
    if (planned.touches[0]?.uid !== found.object.metadata.uid && !force) {
      const there = pausedOf(found.object);
      return { kind: 'conflict', summary: `${found.label} was deleted and created again`, diff: diffObjects({ paused: there }, { paused }) };
    }
    const { already } = await changeObject(found.cluster, found.ref, (object) =>
      pausedOf(object) === paused ? { done: true } : { done: false, patch: pause(paused) },
    );
    return { kind: already ? 'already' : 'reverted', summary: `${found.label} is ${paused ? 'paused' : 'not paused'} again` };
  },
});

function pausedOf(object: KubeObject): boolean {
  return workloadSchema.parse(object).spec.paused;
}

function pause(paused: boolean) {
  return { type: 'merge', body: { spec: { paused } } } as const;
}
