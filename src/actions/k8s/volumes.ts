import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, readAction } from '../../ports/action.ts';
import { type Cluster, ClusterError, type Right } from '../../ports/cluster.ts';
import { POD, podsOf, workloadOf, workloadPlace } from '../shared/pods.ts';
import { ifAllowed } from './autoscaling.ts';
import { integer, targetField } from './fields.ts';
import { near } from './near.ts';
import { bytes, sayBytes } from './quantity.ts';
import { type Claim, claimSchema, parsed, podSchema, storageClassSchema } from './shapes.ts';

const input = z.strictObject({ target: targetField.optional() });
const output = z.strictObject({
  claims: z.array(
    z.strictObject({
      name: z.string(),
      status: z.string(),
      capacity_bytes: integer,
      class: z.string(),
      expandable: z.boolean(),
      used_percent: integer.optional(),
    }),
  ),
  /** Missing where nodes may not be asked. */
  full: z.array(z.string()).optional(),
});
type Output = z.infer<typeof output>;

/** A volume this full is said to be full. */
const FULL_PERCENT = 90;
export const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' } as const;
export const STORAGE_CLASS = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' } as const;

/** kubelet's Summary API: how full each volume is. */
const summarySchema = z.looseObject({
  pods: z
    .array(
      z.looseObject({
        volume: z
          .array(
            z.looseObject({
              usedBytes: z.number().optional(),
              capacityBytes: z.number().optional(),
              pvcRef: z.looseObject({ name: z.string(), namespace: z.string() }).optional(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

export const k8sVolumes = readAction({
  name: 'k8s.volumes',
  about: 'Persistent volume claims: size, class, whether it can grow, and how full they are where nodes may be asked.',
  input,
  output,
  rights: ({ target }, context) => {
    const { cluster } = placeOf(target, context);
    const claims: Right = { group: '', resource: 'persistentvolumeclaims', verbs: ['list'], namespace: cluster.namespace };
    return [claims, { group: '', resource: 'pods', verbs: ['list'], namespace: cluster.namespace }];
  },
  async run({ target }, context) {
    const { cluster, claim: only, workload } = placeOf(target, context);
    const objects = (await cluster.list(CLAIM)).map((object) => ({ object, claim: parsed(claimSchema, object) }));
    if (only !== null && !objects.some(({ claim }) => claim.metadata.name === only)) {
      throw new UserError(
        'target-missing',
        missingClaim(
          only,
          target ?? '',
          cluster,
          near(
            only,
            objects.map(({ object }) => object),
          ),
        ),
      );
    }
    const mounted = workload === null ? null : await claimsOf(workload, context);
    const claims = objects
      .map(({ claim }) => claim)
      .filter(({ metadata }) => (only === null || metadata.name === only) && (mounted === null || mounted.includes(metadata.name)));
    const [classes, usage] = await Promise.all([expandableClasses(cluster, claims), usageOf(cluster, claims)]);
    const rows = claims.map((claim) => rowOf(claim, classes, usage.used));
    const full = rows.filter((row) => (row.used_percent ?? 0) >= FULL_PERCENT).map((row) => row.name);
    const unknown = rows.filter((row) => row.used_percent === undefined).length;
    const shown = {
      summary: [
        plural(rows.length, 'volume'),
        ...(full.length === 0 ? [] : [`full: ${full.join(', ')}`]),
        ...(unknown === 0 ? [] : [usage.forbidden ? 'how full they are is measured inside of pods only' : `how full is unknown for ${unknown}`]),
      ].join('; '),
      table: {
        columns: ['Claim', 'Status', 'Size', 'Used', 'Class', 'Can grow'],
        rows: rows.map((row) => [
          row.name,
          row.status,
          sayBytes(row.capacity_bytes),
          row.used_percent === undefined ? 'unknown' : `${row.used_percent}%`,
          row.class,
          row.expandable ? 'yes' : 'no',
        ]),
      },
    };
    if (full.length > 0) return { ...shown, state: 'bad', output: { claims: rows, full } };
    if (unknown === 0) return { ...shown, state: 'good', output: { claims: rows, full } };
    // Nodes may not be asked in most clusters, for that right is a great one: it was not looked how full they are, and nothing is wrong with that.
    if (usage.forbidden) return { ...shown, state: 'seen', output: { claims: rows } };
    return { ...shown, state: 'unknown', output: { claims: rows } };
  },
});

/** The class of a claim, in its old place as well. */
export function className(claim: Claim): string {
  return claim.spec.storageClassName || (claim.metadata.annotations['volume.beta.kubernetes.io/storage-class'] ?? '');
}

export function missingClaim(name: string, target: string, cluster: Cluster, others: readonly string[]): string {
  const nearby = others.length === 0 ? '' : ` Near: ${others.join(', ')}.`;
  return `No such volume in this cluster: persistentvolumeclaim/${name} in namespace ${cluster.namespace}.${nearby} Correct the target ${target} in tocsin.yml.`;
}

/** A volume, a workload (the claims that its pods mount), or the service's whole namespace. */
function placeOf(
  target: string | undefined,
  context: ActionContext,
): { readonly cluster: Cluster; readonly claim: string | null; readonly workload: string | null } {
  if (target === undefined) return { cluster: context.cluster(), claim: null, workload: null };
  try {
    const volume = context.target(target, 'volume');
    return { cluster: context.cluster({ context: volume.context, namespace: volume.namespace }), claim: volume.pvc, workload: null };
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'wrong-target') throw error;
    return { cluster: workloadPlace(context, target).cluster, claim: null, workload: target };
  }
}

async function claimsOf(target: string, context: ActionContext): Promise<readonly string[]> {
  const found = await workloadOf(context, target);
  const specs = [found.workload.spec.template.spec, ...(await podsOf(found, found)).map((pod) => pod.spec)];
  return specs.flatMap((spec) => spec.volumes.flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? []));
}

/** Classes are cluster-wide, so they may be hidden from the bot; nothing is expandable then as far as it knows. By name, as they may be got but not listed. */
async function expandableClasses(cluster: Cluster, claims: readonly Claim[]): Promise<ReadonlySet<string>> {
  const names = [...new Set(claims.map(className))].filter((name) => name !== '');
  const classes = await Promise.all(names.map((name) => ifAllowed(cluster, (one) => one.get({ ...STORAGE_CLASS, name }), null)));
  return new Set(
    classes
      .filter((one) => one !== null)
      .map((one) => parsed(storageClassSchema, one))
      .flatMap((one) => (one.allowVolumeExpansion ? [one.metadata.name] : [])),
  );
}

async function usageOf(
  cluster: Cluster,
  claims: readonly Claim[],
): Promise<{ readonly used: ReadonlyMap<string, number>; readonly forbidden: boolean }> {
  const names = new Set(claims.map((claim) => claim.metadata.name));
  const pods = (await cluster.list(POD)).map((pod) => parsed(podSchema, pod));
  const mounting = pods.filter((pod) => pod.spec.volumes.some((volume) => names.has(volume.persistentVolumeClaim?.claimName ?? '')));
  const nodes = [...new Set(mounting.map((pod) => pod.spec.nodeName))].filter((name) => name !== '');
  const answers = await Promise.all(nodes.map((node) => nodeSummary(cluster, node)));
  const used = new Map<string, number>();
  for (const answer of answers) {
    for (const volume of answer === 'forbidden' || answer === null ? [] : answer.pods.flatMap((pod) => pod.volume)) {
      if (
        volume.pvcRef?.namespace !== cluster.namespace ||
        volume.usedBytes === undefined ||
        volume.capacityBytes === undefined ||
        volume.capacityBytes === 0
      )
        continue;
      used.set(volume.pvcRef.name, Math.round((volume.usedBytes / volume.capacityBytes) * 100));
    }
  }
  return { used, forbidden: answers.includes('forbidden') };
}

async function nodeSummary(cluster: Cluster, node: string): Promise<z.infer<typeof summarySchema> | 'forbidden' | null> {
  try {
    const answer = summarySchema.safeParse(await cluster.raw(`/api/v1/nodes/${encodeURIComponent(node)}/proxy/stats/summary`));
    return answer.success ? answer.data : null;
  } catch (error) {
    // A node that does not answer leaves its volumes unknown and hides no other.
    if (error instanceof ClusterError) return error.reason === 'forbidden' ? 'forbidden' : null;
    throw error;
  }
}

function rowOf(claim: Claim, classes: ReadonlySet<string>, used: ReadonlyMap<string, number>): Output['claims'][number] {
  const percent = used.get(claim.metadata.name);
  return {
    name: claim.metadata.name,
    status: claim.status.phase,
    capacity_bytes: bytes(claim.status.capacity.storage) ?? bytes(claim.spec.resources.requests.storage) ?? 0,
    class: className(claim),
    expandable: classes.has(className(claim)),
    ...(percent === undefined ? {} : { used_percent: percent }),
  };
}
