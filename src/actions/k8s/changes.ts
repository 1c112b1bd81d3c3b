import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, readAction } from '../../ports/action.ts';
import type { Cluster, KubeObject } from '../../ports/cluster.ts';
import { type FoundWorkload, workloadOf, workloadPlace } from '../shared/pods.ts';
import { dependencies } from './describe-change.ts';
import { durationField, durationMs, targetField } from './fields.ts';
import { ageSeconds, sayAge } from './moments.ts';
import { label } from './near.ts';
import { revisionsOf } from './revisions.ts';
import { metadataSchema } from './shapes.ts';

const input = z.strictObject({ since: durationField.default('24h'), targets: z.array(targetField).min(1).describe('Workloads and ConfigMaps') });
const output = z.strictObject({ changes: z.array(z.strictObject({ time: z.string(), what: z.string(), who: z.string() })) });
type Change = z.infer<typeof output>['changes'][number];

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' } as const;
/** Parts of an object that its controllers write all the time, which nobody means by "a change". */
const BY_CONTROLLERS = ['kube-controller-manager', 'kubelet', 'kube-scheduler'];

/** SK-16: what was changed of late, and by which client (`managedFields` know the client, not the person). */
export const k8sChanges = readAction({
  name: 'k8s.changes',
  about: 'New revisions, and writes to workloads and their ConfigMaps, of late and by whom.',
  input,
  output,
  targets: ({ targets }) => targets,
  rights: ({ targets }, context) =>
    targets.flatMap((target) => {
      const { namespace } = placeOf(target, context).cluster;
      return [
        { group: 'apps', resource: 'deployments', verbs: ['get'], namespace },
        { group: 'apps', resource: 'statefulsets', verbs: ['get'], namespace },
        { group: 'apps', resource: 'daemonsets', verbs: ['get'], namespace },
        { group: 'apps', resource: 'replicasets', verbs: ['list'], namespace },
        { group: 'apps', resource: 'controllerrevisions', verbs: ['list'], namespace },
        { group: '', resource: 'configmaps', verbs: ['get'], namespace },
      ];
    }),
  async run({ since, targets }, context) {
    const now = await context.now();
    const from = Math.max(now - durationMs(since), context.newerThan ?? 0);
    const lists = await Promise.all(targets.map((target) => changesOf(target, context)));
    const unique = new Map(lists.flat().map((change) => [`${change.time} ${change.what} ${change.who}`, change]));
    const changes = [...unique.values()]
      .filter((change) => Date.parse(change.time) >= from)
      .sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
    const last = changes.at(-1);
    return {
      output: { changes },
      summary:
        last === undefined
          ? `No changes in ${since}`
          : `${plural(changes.length, 'change')} in ${since}; last: ${last.what} by ${last.who}, ${sayAge(ageSeconds(last.time, now))} ago`,
      table: { columns: ['Time', 'What', 'By'], rows: changes.map((change) => [change.time, change.what, change.who]) },
    };
  },
});

function placeOf(target: string, context: ActionContext): { readonly cluster: Cluster; readonly configMap: string | null } {
  try {
    const map = context.target(target, 'configmap');
    return { cluster: context.cluster({ context: map.context, namespace: map.namespace }), configMap: map.configmap };
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'wrong-target') throw error;
    return { cluster: workloadPlace(context, target).cluster, configMap: null };
  }
}

async function changesOf(target: string, context: ActionContext): Promise<readonly Change[]> {
  const { cluster, configMap } = placeOf(target, context);
  if (configMap !== null) return await ofConfigMap(cluster, configMap);
  const found = await workloadOf(context, target);
  const maps = await Promise.all(dependencies(found.workload.spec.template).configMaps.map((name) => ofConfigMap(cluster, name)));
  return [...(await ofWorkload(found)), ...maps.flat()];
}

async function ofWorkload(found: FoundWorkload): Promise<readonly Change[]> {
  const revisions = await revisionsOf(found);
  return [
    ...written(found.object),
    ...revisions.map((one) => ({
      time: one.created,
      what: `${found.label} revision ${one.revision} (${one.image})${one.changeCause === '' ? '' : `: ${one.changeCause}`}`,
      who: 'its controller',
    })),
  ];
}

async function ofConfigMap(cluster: Cluster, name: string): Promise<readonly Change[]> {
  const object = await cluster.get({ ...CONFIG_MAP, name });
  return object === null ? [] : written(object);
}

/** Each client's last write, and the fields it is known to have written. */
function written(object: KubeObject): readonly Change[] {
  const { managedFields } = metadataSchema.parse(object.metadata);
  return managedFields
    .filter((entry) => entry.time !== '' && entry.subresource !== 'status' && !BY_CONTROLLERS.includes(entry.manager))
    .map((entry) => ({
      time: new Date(Date.parse(entry.time)).toISOString(),
      what: `${label(object)} written (${fieldsOf(entry.fieldsV1)})`,
      who: entry.manager,
    }));
}

/** `data mcp_authorization.rego, metadata annotations` of the FieldsV1 tree: two levels say enough. */
function fieldsOf(fields: Readonly<Record<string, unknown>>): string {
  const names = Object.entries(fields).flatMap(([key, below]) => {
    const inner = typeof below === 'object' && below !== null ? Object.keys(below).filter((name) => name.startsWith('f:')) : [];
    return inner.length === 0 ? [bare(key)] : inner.map((name) => `${bare(key)} ${bare(name)}`);
  });
  return names.slice(0, 6).join(', ') + (names.length > 6 ? ` and ${names.length - 6} more` : '');
}

function bare(key: string): string {
  return key.startsWith('f:') ? key.slice(2) : key;
}
