import { z } from 'zod';
import { changeAction } from '../../ports/action.ts';
import type { KubeObject } from '../../ports/cluster.ts';
import { diffObjects } from '../shared/diff.ts';
import { podRights, workloadOf } from '../shared/pods.ts';
import { assertFresh, changeObject, DONE_FOR, touch } from './change.ts';
import { rolloutNotes, rolls } from './describe-change.ts';
import { integer, targetInput } from './fields.ts';
import { workloadRight } from './rights.ts';
import { parsed, type WorkloadObject, workloadSchema } from './shapes.ts';
import { countsOf } from './state.ts';

const output = z.strictObject({ object: z.string(), pods: integer, already: z.boolean() });

/** The annotation that `kubectl rollout restart` sets. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

export const k8sRolloutRestart = changeAction({
  name: 'k8s.rollout-restart',
  about: 'Replaces all pods of a workload, one after another, as kubectl rollout restart does.',
  effect: 'change',
  oneWay:
    'A restart changes no setting, so there is nothing to put back. If the new pods are worse, diagnose again and roll back to an earlier revision.',
  input: targetInput,
  output,
  rights: ({ target }, context) => [...podRights(context, target), workloadRight(context, target, 'patch')],
  async plan({ target }, context) {
    const found = await workloadOf(context, target);
    const restartedAt = new Date(await context.now()).toISOString();
    const dry = parsed(
      workloadSchema,
      await found.cluster.patch(found.ref, { type: 'strategic', body: restartBody(restartedAt, '⟨step⟩') }, { dryRun: true }),
    );
    const { desired } = countsOf(found.workload);
    return {
      summary: `Restarts ${found.label} (${rolls(found.workload)})`,
      diff: diffObjects(annotationsOf(found.workload), { ...annotationsOf(dry), [RESTARTED_AT]: '⟨time of the restart⟩' }),
      noPlan: null,
      notes: [
        ...rolloutNotes(found.workload),
        ...(desired === 0 ? [`${found.label} has no pods: there is nothing to restart until it is scaled up.`] : []),
      ],
      touches: [touch(found.object, 'last restart and images', restartFields(found.object))],
      changes: true,
      // Not how many pods: an autoscaler moves that between plan and approval.
      scope: { object: found.label, uid: found.object.metadata.uid },
      snapshot: null,
    };
  },
  async apply({ target }, planned, context, key) {
    const found = await workloadOf(context, target);
    const restartedAt = new Date(await context.now()).toISOString();
    const { already } = await changeObject(found.cluster, found.ref, (object) => {
      if (parsed(workloadSchema, object).spec.template.metadata.annotations[DONE_FOR] === key) return { done: true };
      assertFresh(planned.touches, object, restartFields(object));
      return { done: false, patch: { type: 'strategic', body: restartBody(restartedAt, key) } };
    });
    const pods = countsOf(found.workload).desired;
    return {
      output: { object: found.label, pods, already },
      summary: already ? `${found.label} was restarted for this step before` : `${found.label} restarts (${rolls(found.workload)})`,
    };
  },
});

function restartBody(
  restartedAt: string,
  key: string,
): { readonly spec: { readonly template: { readonly metadata: { readonly annotations: Readonly<Record<string, string>> } } } } {
  return { spec: { template: { metadata: { annotations: { [RESTARTED_AT]: restartedAt, [DONE_FOR]: key } } } } };
}

/** What a restart depends on: that nobody restarted or deployed meanwhile. Other steps of one remedy may change the rest of the template. */
function restartFields(object: KubeObject): { readonly restartedAt: string; readonly images: readonly string[] } {
  const { template } = parsed(workloadSchema, object).spec;
  return {
    restartedAt: template.metadata.annotations[RESTARTED_AT] ?? '',
    images: template.spec.containers.map((one) => `${one.name}=${one.image}`),
  };
}

function annotationsOf(workload: WorkloadObject): Readonly<Record<string, string>> {
  const { [DONE_FOR]: _done, ...shown } = workload.spec.template.metadata.annotations;
  return shown;
}
