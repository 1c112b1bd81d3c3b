import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import type { Json } from '../../domain/record.ts';
import { type ActionContext, type Check, changeAction, type Reverted } from '../../engine/ports/action.ts';
import type { Patch } from '../../engine/ports/cluster.ts';
import { diffText } from '../diff.ts';
import { type FoundWorkload, findWorkload, podRights, workloadOf, workloadPlace } from '../pods.ts';
import { HPA, hpaOf, pdbsOf, sayPdb } from './autoscaling.ts';
import { changeObject, stale, touch } from './change.ts';
import { integer, targetField } from './fields.ts';
import { plural } from './picture.ts';
import { besideRight, workloadRight } from './rights.ts';
import { type Hpa, hpaSchema, parsed, workloadSchema } from './shapes.ts';

const input = z.strictObject({
  target: targetField,
  replicas: integer.min(0).max(1000),
  hpa: z.enum(['refuse', 'adjust']).default('refuse').describe('What to do when an autoscaler would undo it'),
  from: integer
    .min(0)
    .max(1000)
    .optional()
    .describe('How many a step before in the same remedy leaves; an autoscaler then gets back the bounds that it has when this is planned'),
});
type Input = z.infer<typeof input>;
const output = z.strictObject({ object: z.string(), before: integer, replicas: integer, already: z.boolean() });

const bounds = z.strictObject({ min: integer, max: integer });
type Bounds = z.infer<typeof bounds>;
/** What was there and what will be. `hpa` is set only when its bounds are changed. */
const scopeSchema = z.strictObject({
  before: integer,
  replicas: integer,
  autoscaled: z.boolean(),
  hpa: z.strictObject({ name: z.string(), uid: z.string(), before: bounds, after: bounds }).nullable(),
});
type Scope = z.infer<typeof scopeSchema>;

export const k8sScale = changeAction<Input, z.infer<typeof output>>({
  name: 'k8s.scale',
  about: 'Sets how many pods a workload has. Sees the autoscaler that would undo it, and changes its bounds when asked to.',
  effect: 'change',
  input,
  output,
  targets: ({ target }) => [target],
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
    const before = asked.from ?? now;
    refuseUndone(hpa, asked, found);
    const moved = hpa === null || asked.hpa === 'refuse' ? null : boundsBetween(boundsOf(hpa), now, asked);
    const scope: Scope = {
      before,
      replicas: asked.replicas,
      autoscaled: hpa !== null,
      hpa: hpa === null || moved === null ? null : { name: hpa.metadata.name, uid: hpa.metadata.uid, ...moved },
    };
    await found.cluster.patch(found.ref, { type: 'merge', subresource: 'scale', body: { spec: { replicas: asked.replicas } } }, { dryRun: true });
    if (scope.hpa !== null) await found.cluster.patch({ ...HPA, name: scope.hpa.name }, boundsPatch(scope.hpa.after), { dryRun: true });
    const small = pdbs.filter((pdb) => typeof pdb.spec.minAvailable === 'number' && pdb.spec.minAvailable > asked.replicas);
    return {
      summary: `Scales ${found.label} from ${before} to ${asked.replicas}${scope.hpa === null ? '' : ` and sets the bounds of ${scope.hpa.name} to ${scope.hpa.after.min} to ${scope.hpa.after.max}`}`,
      diff: diffText(picture(found.label, before, scope.hpa, 'before'), picture(found.label, asked.replicas, scope.hpa, 'after')),
      noPlan: null,
      notes: [
        ...hpaNotes(hpa, asked, scope),
        ...pdbs.filter((pdb) => !small.includes(pdb)).map((pdb) => `Scaling does not ask the disruption budget ${sayPdb(pdb)}.`),
        ...small.map((pdb) => `The disruption budget ${sayPdb(pdb)} wants more pods than there will be: nodes cannot be drained meanwhile.`),
        ...(asked.replicas === 0 ? [`${found.label} will have no pods: what it serves is away until it is scaled up.`] : []),
      ],
      touches: [
        touch(found.object, 'replicas', replicaFields(scope.autoscaled, now)),
        ...(hpa === null ? [] : [touch(hpa, 'bounds', boundsOf(hpa))]),
      ],
      changes: before !== asked.replicas || (scope.hpa !== null && !same(scope.hpa.before, scope.hpa.after)),
      scope,
      snapshot: { replicas: before, hpa: scope.hpa === null ? null : { name: scope.hpa.name, uid: scope.hpa.uid, bounds: scope.hpa.before } },
    };
  },
  async apply(asked, planned, context) {
    const scope = scopeSchema.parse(planned.scope);
    const found = await scalable(context, asked.target);
    const uid = planned.touches[0]?.uid;
    if (scope.hpa !== null) await setBounds(found, scope.hpa.name, scope.hpa.uid, scope.hpa.before, scope.hpa.after);
    const { already } = await changeObject(found.cluster, found.ref, (object) => {
      const { replicas } = parsed(workloadSchema, object).spec;
      if (object.metadata.uid !== uid) throw stale(found.label, 'it was deleted and made anew');
      if (replicas === scope.replicas) return { done: true };
      // An autoscaler may move the number between plan and approval; its bounds are what was planned for.
      if (replicas !== scope.before && !scope.autoscaled)
        throw stale(found.label, `it has ${plural(replicas, 'replica')} instead of ${scope.before}`);
      return { done: false, patch: scalePatch(scope.replicas) };
    });
    return {
      output: { object: found.label, before: scope.before, replicas: scope.replicas, already },
      summary: already
        ? `${found.label} already has ${plural(scope.replicas, 'replica')}`
        : `${found.label} scaled from ${scope.before} to ${scope.replicas}`,
    };
  },
  async revert(asked, planned, context, force): Promise<Reverted> {
    const scope = scopeSchema.parse(planned.scope);
    const found = await scalable(context, asked.target);
    const hpa = scope.hpa === null ? null : await currentBounds(found, scope.hpa.name);
    const { replicas } = found.workload.spec;
    const back = `${found.label} back to ${scope.before}`;
    const foreignHpa = scope.hpa !== null && (hpa === null || (!same(hpa, scope.hpa.after) && !same(hpa, scope.hpa.before)));
    const foreign = replicas !== scope.replicas && replicas !== scope.before && !scope.autoscaled;
    if ((foreign || foreignHpa) && !force) {
      const there = scope.hpa === null ? null : { ...scope.hpa, before: hpa ?? scope.hpa.before, after: scope.hpa.before };
      return {
        kind: 'conflict',
        summary: `Somebody changed ${foreign ? found.label : scope.hpa?.name} since: ${found.label} has ${plural(replicas, 'replica')}, it was scaled to ${scope.replicas}`,
        diff: diffText(picture(found.label, replicas, there, 'before'), picture(found.label, scope.before, there, 'after')),
      };
    }
    const boundsDone = scope.hpa === null || hpa === null || same(hpa, scope.hpa.before);
    if (replicas === scope.before && boundsDone)
      return { kind: 'already', summary: `${found.label} already has ${plural(scope.before, 'replica')} again` };
    if (scope.hpa !== null && !boundsDone) await setBounds(found, scope.hpa.name, null, null, scope.hpa.before);
    await changeObject(found.cluster, found.ref, (object) => {
      const now = parsed(workloadSchema, object).spec.replicas;
      if (now === scope.before) return { done: true };
      if (now !== replicas && !scope.autoscaled && !force) throw stale(found.label, `it was scaled to ${now} just now`);
      return { done: false, patch: scalePatch(scope.before) };
    });
    return {
      kind: 'reverted',
      summary: `${back}${scope.hpa === null ? '' : `, bounds of ${scope.hpa.name} back to ${scope.hpa.before.min} to ${scope.hpa.before.max}`}`,
    };
  },
});

/** @throws UserError when it is a DaemonSet, which runs one pod a node */
async function scalable(context: ActionContext, target: string): Promise<FoundWorkload> {
  const found = await workloadOf(context, target);
  if (found.ref.kind !== 'DaemonSet') return found;
  throw new UserError('not-scalable', `${found.label} runs one pod on every node and cannot be scaled.`, { refusal: true });
}

function boundsOf(hpa: Hpa): Bounds {
  return { min: hpa.spec.minReplicas, max: hpa.spec.maxReplicas };
}

function same(one: Bounds, other: Bounds): boolean {
  return one.min === other.min && one.max === other.max;
}

/** An autoscaler leaves a workload of no replicas alone (Kubernetes, "Horizontal Pod Autoscaling", implicit maintenance-mode deactivation). */
function undoes(hpa: Hpa, replicas: number): boolean {
  return replicas !== 0 && (replicas < hpa.spec.minReplicas || replicas > hpa.spec.maxReplicas);
}

function refuseUndone(hpa: Hpa | null, asked: Input, found: FoundWorkload): void {
  if (hpa === null || asked.hpa === 'adjust' || !undoes(hpa, asked.replicas)) return;
  throw new UserError(
    'hpa-undoes',
    `The autoscaler ${hpa.metadata.name} keeps ${found.label} between ${hpa.spec.minReplicas} and ${hpa.spec.maxReplicas} and would undo ${asked.replicas} within seconds. Ask with hpa: adjust to change its bounds as well.`,
    { refusal: true },
  );
}

/** What the bounds are when the step begins, and what it makes of them. After a step before, which has moved them, they go back to what they are now. */
function boundsBetween(bounds: Bounds, now: number, asked: Input): { readonly before: Bounds; readonly after: Bounds } {
  if (asked.from === undefined) return { before: bounds, after: adjusted(bounds, now, asked.replicas) };
  const fits = asked.replicas >= bounds.min && asked.replicas <= bounds.max;
  const before = adjusted(bounds, now, asked.from);
  return { before, after: fits ? bounds : adjusted(before, asked.from, asked.replicas) };
}

/** Up: at least so many. Down: at most so many, so that the autoscaler does not bring them back. */
function adjusted({ min, max }: Bounds, before: number, replicas: number): Bounds {
  if (replicas === 0) return { min, max };
  return replicas < before ? { min: Math.min(min, replicas), max: replicas } : { min: replicas, max: Math.max(max, replicas) };
}

function checkHpa(hpa: Hpa, asked: Input, found: FoundWorkload): Check {
  const what = `${found.label} is kept between ${hpa.spec.minReplicas} and ${hpa.spec.maxReplicas} by ${hpa.metadata.name}`;
  if (undoes(hpa, asked.replicas) && asked.hpa === 'refuse') {
    return {
      state: 'failure',
      what: `${what}, which undoes a scale to ${asked.replicas}`,
      advice: 'Add hpa: adjust to the step, or choose a number within the bounds.',
    };
  }
  if (asked.hpa === 'refuse')
    return { state: 'warning', what: `${what}, which may scale ${asked.replicas} back`, advice: 'Add hpa: adjust to the step to hold the number.' };
  return { state: 'ok', what: `${what}; the step changes these bounds and its revert puts them back`, advice: null };
}

function hpaNotes(hpa: Hpa | null, asked: Input, scope: Scope): readonly string[] {
  if (hpa === null) return [];
  const keeps = `The autoscaler ${hpa.metadata.name} keeps between ${hpa.spec.minReplicas} and ${hpa.spec.maxReplicas} replicas.`;
  if (asked.replicas === 0) return [keeps, 'At 0 replicas it stands still.'];
  if (scope.hpa === null) return [keeps, `It may change ${asked.replicas} again as the load asks for.`];
  return [keeps, 'Its bounds are put back when this is reverted.'];
}

function picture(
  label: string,
  replicas: number,
  hpa: { readonly name: string; readonly before: Bounds; readonly after: Bounds } | null,
  when: 'before' | 'after',
): string {
  const lines = [`${label}:`, `  replicas: ${replicas}`];
  if (hpa === null) return lines.join('\n');
  return [...lines, `horizontalpodautoscaler/${hpa.name}:`, `  minReplicas: ${hpa[when].min}`, `  maxReplicas: ${hpa[when].max}`].join('\n');
}

function replicaFields(autoscaled: boolean, replicas: number): Json {
  return autoscaled ? { autoscaled } : { autoscaled, replicas };
}

function scalePatch(replicas: number): Omit<Patch, 'body'> & { readonly body: Readonly<Record<string, Json>> } {
  return { type: 'merge', subresource: 'scale', body: { spec: { replicas } } };
}

function boundsPatch({ min, max }: Bounds): { readonly type: 'merge'; readonly body: Readonly<Record<string, Json>> } {
  return { type: 'merge', body: { spec: { minReplicas: min, maxReplicas: max } } };
}

async function currentBounds(found: FoundWorkload, name: string): Promise<Bounds | null> {
  const object = await found.cluster.get({ ...HPA, name });
  return object === null ? null : boundsOf(parsed(hpaSchema, object));
}

/** `uid` and `before` null: whatever is there. */
async function setBounds(found: FoundWorkload, name: string, uid: string | null, before: Bounds | null, after: Bounds): Promise<void> {
  await changeObject(found.cluster, { ...HPA, name }, (object) => {
    const now = boundsOf(parsed(hpaSchema, object));
    if (uid !== null && object.metadata.uid !== uid) throw stale(`horizontalpodautoscaler/${name}`, 'it was deleted and made anew');
    if (same(now, after)) return { done: true };
    if (before !== null && !same(now, before)) throw stale(`horizontalpodautoscaler/${name}`, `its bounds are ${now.min} to ${now.max}`);
    return { done: false, patch: boundsPatch(after) };
  });
}
