import type { Check } from '../../domain/checks.ts';
import { UserError } from '../../domain/errors.ts';
import type { ActionContext } from '../../ports/action.ts';
import type { Cluster, Kind } from '../../ports/cluster.ts';
import type { TargetKind } from '../../ports/targets.ts';
import { readHistory } from '../helm/read-history.ts';
import { ifAllowed } from '../k8s/autoscaling.ts';
import { near } from '../k8s/near.ts';
import { selects } from '../k8s/selectors.ts';
import { type FoundWorkload, findWorkload, missingText, workloadPlace } from './pods.ts';

const SECRET = { apiVersion: 'v1', kind: 'Secret' } as const;
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' } as const;
const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' } as const;

/**
 * Whether what a target names is there: the object in the target's own context and namespace, the container in its pods, the pods by its
 * selector. Empty for kinds that are no objects of a cluster. @throws UserError `target-missing`, ClusterError
 */
export async function checkTarget(context: ActionContext, name: string, kind: TargetKind): Promise<readonly Check[]> {
  if (kind === 'workload') return checkWorkload(context, name);
  if (kind === 'volume') {
    const { pvc, ...place } = context.target(name, 'volume');
    return mustBeThere(context.cluster(place), CLAIM, pvc, name);
  }
  if (kind === 'configmap') {
    const { configmap, optional = false, ...place } = context.target(name, 'configmap');
    const cluster = context.cluster(place);
    // What is there at times only is no mistake while it is not.
    if (optional && (await cluster.get({ ...CONFIG_MAP, name: configmap })) === null)
      return [{ state: 'ok', what: `configmap/${configmap} is optional, and not there now`, advice: null }];
    return mustBeThere(cluster, CONFIG_MAP, configmap, name);
  }
  if (kind === 'helm') return checkRelease(context, name);
  if (kind === 'secret') {
    const { secret, key, ...place } = context.target(name, 'secret');
    return mustBeThere(context.cluster(place), SECRET, secret, name, key);
  }
  return [];
}

/** Helm's history is looked at without its values being read by anybody. */
async function checkRelease(context: ActionContext, name: string): Promise<readonly Check[]> {
  const { release, namespace, revisions } = await readHistory(context, name);
  if (revisions.length > 0) return [{ state: 'ok', what: `Helm release ${release} is there`, advice: null }];
  const advice = `Correct the target ${name} in tocsin.yml: its namespace is the one that \`helm list -A\` shows.`;
  return [{ state: 'failure', what: `Helm has no history of ${release} in namespace ${namespace}`, advice }];
}

async function checkWorkload(context: ActionContext, name: string): Promise<readonly Check[]> {
  const place = workloadPlace(context, name);
  const found = await findWorkload(place);
  if (found === null) throw new UserError('target-missing', await missingText(place));
  return [{ state: 'ok', what: `${found.label} is there`, advice: null }, ...containerCheck(found), ...selectorCheck(found)];
}

/** A target's own container has to be one of the pods'. */
function containerCheck({ workload, target, label, name }: FoundWorkload): readonly Check[] {
  const { containers, initContainers } = workload.spec.template.spec;
  const { container } = target;
  if (container === undefined || [...containers, ...initContainers].some((one) => one.name === container)) return [];
  const names = containers.map((one) => one.name).join(', ');
  return [
    { state: 'failure', what: `${label} has no container ${container}`, advice: `Choose one of ${names} for the target ${name} in tocsin.yml.` },
  ];
}

/** A target's own selector has to find the pods that the workload makes. What the labels cannot answer alone is not judged. */
function selectorCheck({ workload, target, label, name }: FoundWorkload): readonly Check[] {
  const { selector } = target;
  if (selector === undefined || !EQUALITIES.test(selector)) return [];
  const matchLabels = Object.fromEntries(selector.split(',').map((term) => term.split(/==?/).map((part) => part.trim()) as [string, string]));
  if (selects({ matchLabels, matchExpressions: [] }, workload.spec.template.metadata.labels)) return [];
  const advice = `Correct the selector of the target ${name} in tocsin.yml, or remove it: then the workload’s own is used.`;
  return [{ state: 'failure', what: `the selector ${selector} matches none of the pods of ${label}`, advice }];
}

/** `app=aureus,component=frontend` */
const EQUALITIES = /^[^=!,()]+==?[^=!,()]+(,[^=!,()]+==?[^=!,()]+)*$/;

async function mustBeThere(cluster: Cluster, kind: Kind, name: string, target: string, key?: string): Promise<readonly Check[]> {
  const label = `${kind.kind.toLowerCase()}/${name}`;
  const object = await cluster.get({ ...kind, name });
  const advice = `Correct the target ${target} in tocsin.yml.`;
  if (object === null) {
    // A list of Secrets would hold their values.
    const others = kind === SECRET ? [] : near(name, await ifAllowed(cluster, (there) => there.list(kind), []));
    const said = others.length === 0 ? '' : ` Near: ${others.join(', ')}.`;
    const absent = `Correct the target ${target} in tocsin.yml, or write { absent: true } if there is none here.`;
    return [{ state: 'failure', what: `there is no ${label} in namespace ${cluster.namespace}.${said}`, advice: absent }];
  }
  const data = object['data'];
  const keys = typeof data === 'object' && data !== null ? Object.keys(data) : [];
  if (key !== undefined && !keys.includes(key)) return [{ state: 'failure', what: `${label} has no key ${key}`, advice }];
  return [{ state: 'ok', what: `${label} is there`, advice: null }];
}
