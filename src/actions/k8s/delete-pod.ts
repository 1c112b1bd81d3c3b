import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { changeAction } from '../../ports/action.ts';
import { ClusterError } from '../../ports/cluster.ts';
import { digestOf } from '../shared/digest.ts';
import { type FoundWorkload, findWorkload, isReady, POD, podsOf, reasonOf, workloadOf, workloadPlace } from '../shared/pods.ts';
import { pdbsOf, sayPdb } from './autoscaling.ts';
import { integer, targetField } from './fields.ts';
import { besideRight, workloadRight } from './rights.ts';
import type { Pod } from './shapes.ts';

const input = z.strictObject({
  target: targetField,
  pod: z
    .union([z.string().min(1), integer.min(0)])
    .optional()
    .describe('Its name, or its number in a StatefulSet; may be left out when there is only one'),
});
const output = z.strictObject({ pod: z.string(), uid: z.string(), already: z.boolean() });
const scopeSchema = z.strictObject({ pod: z.string(), uid: z.string() });

export const k8sDeletePod = changeAction({
  name: 'k8s.delete-pod',
  about: 'Deletes one pod of a workload so that it starts again. Never its successor.',
  effect: 'destructive',
  oneWay: 'The deleted pod is replaced by a new one, so there is nothing to put back. If the new pod fails too, diagnose again.',
  input,
  output,
  rights: ({ target }, context) => [
    workloadRight(context, target, 'get'),
    besideRight(context, target, '', 'pods', 'list', 'delete'),
    besideRight(context, target, 'policy', 'poddisruptionbudgets', 'list'),
  ],
  async preflight({ target }, context) {
    const found = await findWorkload(workloadPlace(context, target));
    if (found === null) return [];
    const pdbs = await pdbsOf(found);
    if (pdbs.length === 0) return [{ state: 'ok', what: `no disruption budget counts the pods of ${found.label}`, advice: null }];
    return pdbs.map((pdb) => ({
      state: 'warning',
      what: `a deletion does not ask the disruption budget ${sayPdb(pdb)}`,
      advice: 'Look at how many pods are ready before approving it.',
    }));
  },
  async plan({ target, pod: wanted }, context) {
    const found = await workloadOf(context, target);
    const pods = await podsOf(found, found);
    const pod = choose(pods, wanted, found);
    const { name, uid } = pod.metadata;
    await found.cluster.delete({ ...POD, name }, { uid, dryRun: true });
    const pdbs = await pdbsOf(found);
    const others = pods.filter((one) => one !== pod && isReady(one)).length;
    return {
      summary: `Deletes pod/${name} of ${found.label} (${reasonOf(pod)}, ${isReady(pod) ? 'ready' : 'not ready'})`,
      diff: `- pod/${name} (uid ${uid}, node ${pod.spec.nodeName || 'none'})`,
      noPlan: null,
      notes: [
        `${others === 0 ? 'No other pod is' : plural(others, 'other pod is', 'other pods are')} ready meanwhile; ${found.label} starts a new one.`,
        ...(found.ref.kind === 'StatefulSet'
          ? ['Its volumes stay. Data that it has not written yet is lost.']
          : ['Data outside its volumes is lost.']),
        ...pdbs.map((pdb) => `The deletion does not ask the disruption budget ${sayPdb(pdb)}.`),
      ],
      touches: [{ object: `pod/${name}`, uid, fields: 'the pod itself', digest: digestOf({ uid }) }],
      changes: true,
      scope: { pod: name, uid },
      snapshot: null,
    };
  },
  async apply({ target }, planned, context) {
    const { pod, uid } = scopeSchema.parse(planned.scope);
    const { cluster } = workloadPlace(context, target);
    const already = !(await deleted(cluster, pod, uid));
    return {
      output: { pod, uid, already },
      summary: already ? `pod/${pod} (uid ${uid}) is already gone; its successor was not touched` : `pod/${pod} deleted`,
    };
  },
});

/** False when that pod was gone. Asked again after an uncertain outcome: the uid makes that safe. */
async function deleted(cluster: FoundWorkload['cluster'], name: string, uid: string): Promise<boolean> {
  for (let again = false; ; again = true) {
    try {
      await cluster.delete({ ...POD, name }, { uid });
      return true;
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      if (error.reason === 'not-found' || error.reason === 'conflict') return again;
      if (error.reason !== 'uncertain' || again) throw error;
    }
  }
}

/** @throws UserError `unknown-pod`, `pod-needed` */
function choose(pods: readonly Pod[], wanted: string | number | undefined, found: FoundWorkload): Pod {
  const names = pods.map((pod) => `${pod.metadata.name} (${reasonOf(pod)})`).join(', ') || 'none';
  if (wanted === undefined) {
    if (pods.length === 1 && pods[0] !== undefined) return pods[0];
    throw new UserError('pod-needed', `Say which pod of ${found.label} to delete: ${names}.`);
  }
  const name = typeof wanted === 'number' ? `${found.ref.name}-${wanted}` : wanted;
  const pod = pods.find((one) => one.metadata.name === name);
  if (pod !== undefined) return pod;
  throw new UserError('unknown-pod', `${found.label} has no pod ${name}. It has: ${names}.`);
}
