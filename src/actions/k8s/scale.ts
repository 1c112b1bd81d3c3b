import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { type ActionContext, type Check, changeAction } from '../../ports/action.ts';
import { diffText } from '../shared/diff.ts';
import { type FoundWorkload, findWorkload, podRights, workloadOf, workloadPlace } from '../shared/pods.ts';
import { HPA, hpaOf, pdbsOf, sayPdb } from './autoscaling.ts';
import { boundsOf, boundsPatch, changeBounds, sayBounds } from './bounds.ts';
import { stale, touch } from './change.ts';
import { integer } from './fields.ts';
import { changeReplicas, replicasPatch } from './replicas.ts';
import { besideRight, workloadRight } from './rights.ts';
import { scaleBack, snapshotSchema } from './scale-back.ts';
import { lowers, type ScaleInput, type Scope, sayWanted, scaleInput, scopeOf, scopeSchema } from './scale-scope.ts';
import { autoscalerNotes, picture, sayDone, sayPlan } from './scale-words.ts';
import type { Hpa, Pdb } from './shapes.ts';

/** What it has set; left out is what it has left alone. */
const output = z.strictObject({
  object: z.string(),
  replicas: integer.optional(),
  min_replicas: integer.optional(),
  max_replicas: integer.optional(),
  already: z.boolean(),
});

export const k8sScale = changeAction({
  name: 'k8s.scale',
  about:
    'Sets how many pods a workload has: at least, at most or exactly so many. Where an autoscaler decides, its bounds are changed instead, and only when asked to.',
  effect: 'change',
  input: scaleInput,
  output,
  rights: (asked, context) => [
    ...podRights(context, asked.target),
    { ...workloadRight(context, asked.target, 'patch'), subresource: 'scale' },
    besideRight(context, asked.target, 'autoscaling', 'horizontalpodautoscalers', 'list', 'get', ...(asked.hpa === 'adjust' ? ['patch'] : [])),
    besideRight(context, asked.target, 'policy', 'poddisruptionbudgets', 'list'),
  ],
  async preflight(asked, context) {
    const found = await findWorkload(workloadPlace(context, asked.target));
    if (found === null) return [];
    const hpa = await hpaOf(found);
    return hpa === null ? [{ state: 'ok', what: `no autoscaler changes ${found.label}`, advice: null }] : [checkHpa(hpa, asked, found)];
  },
  async plan(asked, context) {
    const found = await scalable(context, asked.target);
    const [hpa, pdbs] = await Promise.all([hpaOf(found), pdbsOf(found)]);
    const { replicas: now } = found.workload.spec;
    const scope = scopeOf(asked, now, hpa);
    const { replicas, hpa: bounds } = scope;
    if (hpa !== null) refuseUndone(hpa, asked, scope, found);
    if (replicas !== null) await found.cluster.patch(found.ref, replicasPatch(replicas.after), { dryRun: true });
    if (bounds !== null) await found.cluster.patch({ ...HPA, name: bounds.name }, boundsPatch(bounds.before, bounds.after), { dryRun: true });
    return {
      summary: sayPlan(found.label, now, hpa, asked, scope),
      diff: diffText(
        picture(found, scope, { replicas: replicas?.before ?? null, bounds: bounds?.before ?? null }),
        picture(found, scope, { replicas: replicas?.after ?? null, bounds: bounds?.after ?? null }),
      ),
      noPlan: null,
      notes: [
        ...autoscalerNotes(hpa, now, scope),
        ...(lowers(scope) ? ['There may be fewer pods than now, on purpose, until this is reverted.'] : []),
        ...pdbNotes(pdbs, replicas?.after ?? (hpa === null ? now : (bounds?.after ?? boundsOf(hpa)).max)),
        ...(replicas?.after === 0 ? [`${found.label} will have no pods and serves nothing until it is scaled up.`] : []),
      ],
      // How many there are between an autoscaler's bounds is no part of the plan: it moves all the time.
      touches: [
        touch(found.object, 'replicas', hpa === null ? { autoscaled: false, replicas: now } : { autoscaled: true }),
        ...(hpa === null ? [] : [touch(hpa, 'bounds', boundsOf(hpa))]),
      ],
      changes: replicas !== null || bounds !== null,
      scope,
      snapshot: { replicas: replicas === null ? null : now, bounds: bounds === null || hpa === null ? null : boundsOf(hpa) },
    };
  },
  async apply(asked, planned, context) {
    const scope = scopeSchema.parse(planned.scope);
    const { replicas, hpa } = scope;
    const found = await scalable(context, asked.target);
    if (found.object.metadata.uid !== planned.touches[0]?.uid) throw stale(found.label, 'it was deleted and created again');
    const moved = hpa === null || (await changeBounds(found.cluster, hpa.name, hpa.uid, hpa.before, hpa.after));
    const set = replicas === null || (await changeReplicas(found, replicas.before, replicas.after));
    const already = moved && set;
    return {
      output: {
        object: found.label,
        ...(replicas === null ? {} : { replicas: replicas.after }),
        ...(hpa === null ? {} : { min_replicas: hpa.after.min, max_replicas: hpa.after.max }),
        already,
      },
      summary: already ? `${found.label} was already scaled that way` : sayDone(found.label, scope),
    };
  },
  async revert(asked, planned, context, force) {
    const found = await scalable(context, asked.target);
    return scaleBack(found, scopeSchema.parse(planned.scope), snapshotSchema.parse(planned.snapshot), force);
  },
});

/** @throws UserError when it is a DaemonSet, which runs one pod a node */
async function scalable(context: ActionContext, target: string): Promise<FoundWorkload> {
  const found = await workloadOf(context, target);
  if (found.ref.kind !== 'DaemonSet') return found;
  throw new UserError('not-scalable', `${found.label} runs one pod on every node and cannot be scaled.`, { refusal: true });
}

function refuseUndone(hpa: Hpa, asked: ScaleInput, scope: Scope, found: FoundWorkload): void {
  if (scope.hpa === null || asked.hpa === 'adjust') return;
  throw new UserError(
    'hpa-undoes',
    `The autoscaler ${hpa.metadata.name} keeps ${found.label} between ${hpa.spec.minReplicas} and ${hpa.spec.maxReplicas} and would undo a scale to ${sayWanted(asked)} within seconds. Ask with hpa: adjust to change its bounds.`,
    { refusal: true },
  );
}

function checkHpa(hpa: Hpa, asked: ScaleInput, found: FoundWorkload): Check {
  const what = `${found.label} is kept between ${hpa.spec.minReplicas} and ${hpa.spec.maxReplicas} by ${hpa.metadata.name}`;
  const { hpa: bounds } = scopeOf(asked, found.workload.spec.replicas, hpa);
  if (bounds === null) return { state: 'ok', what: `${what}, which stays as it is`, advice: null };
  if (asked.hpa === 'adjust')
    return { state: 'ok', what: `${what}; the step makes that ${sayBounds(bounds.after)}, and its revert puts it back`, advice: null };
  return {
    state: 'failure',
    what: `${what}, which undoes a scale to ${sayWanted(asked)}`,
    advice: 'Add hpa: adjust to the step, or choose a number within the bounds.',
  };
}

function pdbNotes(pdbs: readonly Pdb[], most: number): readonly string[] {
  return pdbs.map((pdb) =>
    typeof pdb.spec.minAvailable === 'number' && pdb.spec.minAvailable > most
      ? `The disruption budget ${sayPdb(pdb)} requires more pods than there will be: nodes cannot be drained meanwhile.`
      : `Scaling does not ask the disruption budget ${sayPdb(pdb)}.`,
  );
}
