import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { type ActionContext, type Check, changeAction } from '../../ports/action.ts';
import { type Cluster, ClusterError, type KubeObject } from '../../ports/cluster.ts';
import { diffText } from '../shared/diff.ts';
import { assertFresh, changeObject, touch } from './change.ts';
import { integer, targetField } from './fields.ts';
import { managersOf, sayManager } from './managers.ts';
import { near } from './near.ts';
import { bytes } from './quantity.ts';
import { type Claim, claimSchema, parsed, storageClassSchema } from './shapes.ts';
import { CLAIM, className, missingClaim, STORAGE_CLASS } from './volumes.ts';

const input = z.strictObject({
  target: targetField,
  size: z.string().refine((text) => /^\d+(\.\d+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$/.test(text), 'expected a size such as 100Gi'),
});
/** As `managedFields` write it. */
const SIZE_PATH = ['f:spec', 'f:resources', 'f:requests', 'f:storage'];
const output = z.strictObject({ object: z.string(), before_bytes: integer, size_bytes: integer, already: z.boolean() });

export const k8sExpandVolume = changeAction({
  name: 'k8s.expand-volume',
  about: 'Makes a persistent volume claim larger, where its storage class can.',
  effect: 'change',
  oneWay: 'A volume cannot be made smaller. To go back, copy its data to a new, smaller volume.',
  input,
  output,
  rights: ({ target }, context) => {
    const { cluster } = placeOf(target, context);
    return [
      { group: '', resource: 'persistentvolumeclaims', verbs: ['get', 'list', 'patch'], namespace: cluster.namespace },
      { group: 'storage.k8s.io', resource: 'storageclasses', verbs: ['get'], namespace: '' },
    ];
  },
  async preflight({ target, size }, context): Promise<readonly Check[]> {
    const { cluster, name } = placeOf(target, context);
    const object = await cluster.get({ ...CLAIM, name });
    if (object === null)
      return [
        {
          state: 'failure',
          what: `there is no persistentvolumeclaim/${name} in namespace ${cluster.namespace}`,
          advice: `Correct the target ${target} in tocsin.yml.`,
        },
      ];
    const claim = parsed(claimSchema, object);
    const why = await whyNot(cluster, claim, size);
    return [
      why === null
        ? { state: 'ok', what: `persistentvolumeclaim/${name} can grow from ${requested(claim)} to ${size}`, advice: null }
        : { state: 'failure', what: why.what, advice: why.advice },
    ];
  },
  async plan({ target, size }, context) {
    const { cluster, name } = placeOf(target, context);
    const { object, claim } = await claimOf(cluster, name, target);
    const why = await whyNot(cluster, claim, size);
    if (why !== null) throw new UserError('cannot-expand', `${why.what}. ${why.advice}`, { refusal: true });
    const answer = parsed(claimSchema, await cluster.patch({ ...CLAIM, name }, sizePatch(size), { dryRun: true }));
    return {
      summary: `Expands persistentvolumeclaim/${name} from ${requested(claim)} to ${size}`,
      diff: diffText(picture(name, requested(claim)), picture(name, requested(answer))),
      noPlan: null,
      notes: [
        ...managersOf({ object, what: 'the size', paths: [SIZE_PATH], oneWay: true }).map(sayManager),
        'This cannot be reverted: a volume cannot be made smaller.',
        'The file system grows with it, for some drivers only when the pod starts again.',
      ],
      touches: [touch(object, 'requested size and class', sizeFields(claim))],
      changes: true,
      scope: { claim: name, before: requested(claim), size },
      snapshot: null,
    };
  },
  async apply({ target, size }, planned, context) {
    const { cluster, name } = placeOf(target, context);
    const { before } = z.looseObject({ before: z.string() }).parse(planned.scope);
    const { already } = await changeObject(cluster, { ...CLAIM, name }, (object) => {
      const claim = parsed(claimSchema, object);
      // Larger than wanted is as good: what was asked for is room.
      if ((bytes(requested(claim)) ?? 0) >= (bytes(size) ?? 0)) return { done: true };
      assertFresh(planned.touches, object, sizeFields(claim));
      return { done: false, patch: sizePatch(size) };
    });
    return {
      output: { object: `persistentvolumeclaim/${name}`, before_bytes: bytes(before) ?? 0, size_bytes: bytes(size) ?? 0, already },
      summary: already
        ? `persistentvolumeclaim/${name} already asks for ${size} or more`
        : `persistentvolumeclaim/${name} asks for ${size} instead of ${before}`,
    };
  },
});

function placeOf(target: string, context: ActionContext): { readonly cluster: Cluster; readonly name: string } {
  const volume = context.target(target, 'volume');
  return { cluster: context.cluster({ context: volume.context, namespace: volume.namespace }), name: volume.pvc };
}

async function claimOf(cluster: Cluster, name: string, target: string): Promise<{ readonly object: KubeObject; readonly claim: Claim }> {
  const object = await cluster.get({ ...CLAIM, name });
  if (object !== null) return { object, claim: parsed(claimSchema, object) };
  throw new UserError('target-missing', missingClaim(name, target, cluster, near(name, await cluster.list(CLAIM))));
}

/** Why a claim cannot grow to a size, and what to do; `null` when it can as far as can be seen. */
async function whyNot(cluster: Cluster, claim: Claim, size: string): Promise<{ readonly what: string; readonly advice: string } | null> {
  const name = `persistentvolumeclaim/${claim.metadata.name}`;
  if ((bytes(size) ?? 0) <= (bytes(requested(claim)) ?? 0))
    return { what: `${name} already has ${requested(claim)}, and a volume cannot be made smaller`, advice: `Ask for more than ${requested(claim)}.` };
  if (claim.status.phase !== 'Bound')
    return { what: `${name} is ${claim.status.phase || 'not bound'} and cannot grow`, advice: 'Wait until it is bound to a volume.' };
  const storageClass = className(claim);
  if (storageClass === '')
    return { what: `${name} has no storage class and cannot grow`, advice: 'Move the data to a volume of a class that can grow.' };
  const expandable = await canGrow(cluster, storageClass);
  if (expandable !== false) return null;
  return {
    what: `the storage class ${storageClass} of ${name} cannot expand volumes`,
    advice: 'Set allowVolumeExpansion on the class if its driver can, or move the data to a larger volume.',
  };
}

/** `null` when the bot may not look; the API server then decides in the dry run. */
async function canGrow(cluster: Cluster, name: string): Promise<boolean | null> {
  try {
    const object = await cluster.get({ ...STORAGE_CLASS, name });
    return object === null ? false : parsed(storageClassSchema, object).allowVolumeExpansion;
  } catch (error) {
    if (error instanceof ClusterError && error.reason === 'forbidden') return null;
    throw error;
  }
}

function requested(claim: Claim): string {
  return claim.spec.resources.requests.storage;
}

function sizeFields(claim: Claim): { readonly size: string; readonly class: string } {
  return { size: requested(claim), class: className(claim) };
}

function sizePatch(size: string): {
  readonly type: 'merge';
  readonly body: { readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } } };
} {
  return { type: 'merge', body: { spec: { resources: { requests: { storage: size } } } } };
}

function picture(name: string, size: string): string {
  return `persistentvolumeclaim/${name}:\n  requests:\n    storage: ${size}`;
}
