import { UserError } from '../../domain/errors.ts';
import type { ActionContext } from '../../ports/action.ts';
import { type Cluster, ClusterError, type KubeObject, type ObjectRef, type Right } from '../../ports/cluster.ts';
import type { WorkloadTarget } from '../../ports/targets.ts';
import { near } from '../k8s/near.ts';
import { selectorText } from '../k8s/selectors.ts';
import { type Container, type Pod, type PodSpec, parsed, podSchema, type WorkloadObject, workloadSchema } from '../k8s/shapes.ts';

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

const WORKLOADS: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];
export const APPS = 'apps/v1';
export const POD = { apiVersion: 'v1', kind: 'Pod' } as const;

/** A target that is a workload, with the cluster it lives in. Nothing has been asked of the cluster yet. */
export interface WorkloadPlace {
  readonly name: string;
  readonly target: WorkloadTarget;
  readonly cluster: Cluster;
  readonly ref: ObjectRef & { readonly kind: WorkloadKind };
  /** `deployment/aureus-frontend` */
  readonly label: string;
}

export interface FoundWorkload extends WorkloadPlace {
  /** As the API server sent it. */
  readonly object: KubeObject;
  readonly workload: WorkloadObject;
  /** The target's selector, or else the workload's own. */
  readonly selector: string;
}

/** A container of a pod to run something in. */
export interface PickedPod extends FoundWorkload {
  readonly pod: Pod;
  readonly container: string;
}

/** @throws UserError `unknown-target`, `wrong-target`, `no-cluster` */
export function workloadPlace(context: ActionContext, targetName: string): WorkloadPlace {
  const target = context.target(targetName, 'workload');
  const [kind, name] = kindAndName(target);
  return {
    name: targetName,
    target,
    cluster: context.cluster({ context: target.context, namespace: target.namespace }),
    ref: { apiVersion: APPS, kind, name },
    label: `${kind.toLowerCase()}/${name}`,
  };
}

/** The workload of a target, or `null` when the cluster has none of that name. */
export async function findWorkload(place: WorkloadPlace): Promise<FoundWorkload | null> {
  const object = await place.cluster.get(place.ref);
  if (object === null) return null;
  const workload = parsed(workloadSchema, object);
  return { ...place, object, workload, selector: place.target.selector ?? selectorText(workload.spec.selector) };
}

/** @throws UserError `target-missing`, which says what is near */
export async function workloadOf(context: ActionContext, targetName: string): Promise<FoundWorkload> {
  const place = workloadPlace(context, targetName);
  const found = await findWorkload(place);
  if (found !== null) return found;
  throw new UserError('target-missing', await missingText(place));
}

/**
 * A target's workload, or `null`, and its pods: both asked for at once where the target names its own selector, so that a look takes one way
 * to the API server less.
 */
export async function findWithPods(place: WorkloadPlace): Promise<{ readonly found: FoundWorkload | null; readonly pods: readonly Pod[] }> {
  if (place.target.selector === undefined) {
    const found = await findWorkload(place);
    return { found, pods: await podsOf(place, found) };
  }
  const pods = podsOf(place, null);
  // What is wrong with the workload is said first; it explains what is wrong with its pods.
  pods.catch(() => undefined);
  const found = await findWorkload(place);
  return { found, pods: await pods };
}

/** The same for a workload that must be there. @throws UserError `target-missing` */
export async function workloadWithPods(
  context: ActionContext,
  targetName: string,
): Promise<{ readonly found: FoundWorkload; readonly pods: readonly Pod[] }> {
  const place = workloadPlace(context, targetName);
  const { found, pods } = await findWithPods(place);
  if (found !== null) return { found, pods };
  throw new UserError('target-missing', await missingText(place));
}

/** "There is no such workload in this cluster: deployment/x in namespace y. Near: ..." and what to do. */
export async function missingText(place: WorkloadPlace): Promise<string> {
  const others = await workloadsThere(place.cluster);
  const said = `There is no such workload in this cluster: ${place.label} in namespace ${place.cluster.namespace}.`;
  const advice = `Correct the target ${place.name} in tocsin.yml.`;
  if (others === null) return `${said} ${advice}`;
  if (others.length === 0) return `${said} The namespace has no workloads at all: is it the right one? ${advice}`;
  const names = near(place.ref.name, others);
  return names.length === 0 ? `${said} No workload there has a similar name. ${advice}` : `${said} Near: ${names.join(', ')}. ${advice}`;
}

/** Pods of a target: by its own selector, else by the workload's; empty when neither is there. Sorted by name. */
export async function podsOf(place: WorkloadPlace, found: FoundWorkload | null): Promise<readonly Pod[]> {
  const selector = found?.selector ?? place.target.selector;
  if (selector === undefined) return [];
  const pods = await place.cluster.list(POD, { labelSelector: selector });
  return pods.map((pod) => parsed(podSchema, pod)).sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
}

/** Whether a pod is running, ready and not on its way out. */
export function isReady(pod: Pod): boolean {
  if (pod.metadata.deletionTimestamp !== undefined || pod.status.phase !== 'Running') return false;
  return pod.status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

/**
 * One running, ready pod of a target's workload and the container to use: the one asked for, else the target's, else the default.
 * @throws UserError `target-missing`, `no-ready-pod`, `container-missing`
 */
export async function pickPod(context: ActionContext, targetName: string, container?: string): Promise<PickedPod> {
  const { found, pods } = await workloadWithPods(context, targetName);
  const pod = pods.find(isReady);
  if (pod === undefined) {
    const seen = pods.length === 0 ? 'it has no pods' : `it has ${pods.map((one) => `${one.metadata.name} (${reasonOf(one)})`).join(', ')}`;
    throw new UserError('no-ready-pod', `No pod of ${found.label} is running and ready: ${seen}. Start it first.`);
  }
  return { ...found, pod, container: containerOf(pod, container ?? found.target.container, found.label) };
}

/** The container of a pod to look or work in: the one wanted, else its default. @throws UserError `container-missing` */
export function containerOf(pod: Pod, wanted: string | undefined, label: string): string {
  const names = containersOf(pod.spec).map((container) => container.name);
  const name = wanted ?? defaultContainer(pod.metadata.annotations, pod.spec)?.name;
  if (name !== undefined && names.includes(name)) return name;
  throw new UserError(
    'container-missing',
    `The pods of ${label} have no container ${wanted}. They have: ${names.join(', ')}. Correct the target in tocsin.yml.`,
  );
}

/** What runs as long as a pod does: its containers, native sidecars (init containers that restart always) and ephemeral containers. */
export function containersOf({ containers, initContainers, ephemeralContainers }: PodSpec): readonly Container[] {
  return [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always'), ...ephemeralContainers];
}

/** The container that is meant where nobody names one: the annotated one, as kubectl has it, else the first. */
export function defaultContainer(annotations: Readonly<Record<string, string>>, { containers }: PodSpec): Container | undefined {
  const named = annotations['kubectl.kubernetes.io/default-container'];
  return containers.find(({ name }) => name === named) ?? containers[0];
}

/** Why a pod is as it is, in the words that kubectl shows: `CrashLoopBackOff`, `Terminating`, `Running`. */
export function reasonOf(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  for (const status of [...pod.status.initContainerStatuses, ...pod.status.containerStatuses]) {
    if (status.state.waiting !== undefined && status.state.waiting.reason !== '' && status.state.waiting.reason !== 'PodInitializing')
      return status.state.waiting.reason;
    const ended = status.state.terminated;
    if (ended !== undefined && ended.exitCode !== 0) return ended.reason === '' ? `ExitCode:${ended.exitCode}` : ended.reason;
  }
  if (pod.status.reason !== '') return pod.status.reason;
  return pod.status.phase === '' ? 'Unknown' : pod.status.phase;
}

/** Rights to find a target's workload and its pods. */
export function podRights(context: ActionContext, targetName: string): readonly Right[] {
  const place = workloadPlace(context, targetName);
  const namespace = place.cluster.namespace;
  return [
    { group: 'apps', resource: pluralOf(place.ref.kind), verbs: ['get'], namespace },
    { group: '', resource: 'pods', verbs: ['list'], namespace },
  ];
}

/** The same and to run a command. Over a WebSocket the API server asks for `get`, from Kubernetes 1.35 for `create` as well. */
export function execRights(context: ActionContext, targetName: string): readonly Right[] {
  const namespace = workloadPlace(context, targetName).cluster.namespace;
  return [...podRights(context, targetName), { group: '', resource: 'pods', subresource: 'exec', verbs: ['create', 'get'], namespace }];
}

/** `deployments` */
export function pluralOf(kind: WorkloadKind): string {
  return `${kind.toLowerCase()}s`;
}

function kindAndName(target: WorkloadTarget): [WorkloadKind, string] {
  if ('deployment' in target) return ['Deployment', target.deployment];
  return 'statefulset' in target ? ['StatefulSet', target.statefulset] : ['DaemonSet', target.daemonset];
}

/** `null` when we may not look. Kinds that we may not list are left out. */
async function workloadsThere(cluster: Cluster): Promise<readonly KubeObject[] | null> {
  const lists = await Promise.all(
    WORKLOADS.map(async (kind) => {
      try {
        return await cluster.list({ apiVersion: APPS, kind });
      } catch (error) {
        if (error instanceof ClusterError && error.reason === 'forbidden') return null;
        throw error;
      }
    }),
  );
  const seen = lists.filter((list) => list !== null);
  return seen.length === 0 ? null : seen.flat();
}
