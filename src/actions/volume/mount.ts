import { posix } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import type { ActionContext, Check, Touch } from '../../ports/action.ts';
import type { Cluster, KubeObject, Right } from '../../ports/cluster.ts';
import type { VolumeTarget } from '../../ports/targets.ts';
import { type Pod, parsed, podSchema } from '../k8s/shapes.ts';
import { locate, type Place, run, sayContainer } from '../shared/container.ts';
import { execRights, isReady, POD, workloadPlace } from '../shared/pods.ts';
import { touch } from '../shared/stale.ts';

/** Where a volume is mounted in a pod that runs. `path` has no slash at its end. */
export interface Mount {
  readonly place: Place;
  readonly path: string;
  readonly claim: string;
}

export type Mounted = { readonly found: true; readonly mount: Mount } | { readonly found: false; readonly why: string };

const mounts = z.object({
  spec: z.object({
    containers: z.array(z.object({ name: z.string(), volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })).default([]) })),
    volumes: z.array(z.object({ name: z.string(), persistentVolumeClaim: z.object({ claimName: z.string() }).optional() })).default([]),
  }),
});

/** Containers of a pod that mount a claim, and where. */
export function mountsOf(pod: unknown, claim: string): readonly { readonly container: string; readonly path: string }[] {
  const { containers, volumes } = mounts.parse(pod).spec;
  const names = new Set(volumes.filter((volume) => volume.persistentVolumeClaim?.claimName === claim).map((volume) => volume.name));
  return containers.flatMap((container) =>
    container.volumeMounts.filter((mount) => names.has(mount.name)).map((mount) => ({ container: container.name, path: mount.mountPath })),
  );
}

/** A pod in which the volume can be looked at: of the target's workload, else any ready pod that mounts the claim. Missing is an answer. */
export async function mountOf(context: ActionContext, name: string): Promise<Mounted> {
  const target = context.target(name, 'volume');
  return target.workload === undefined ? await anyMount(context, target, name) : await mountIn(context, target, target.workload);
}

/** The same for a change. @throws UserError `volume-not-mounted` */
export async function mustMount(context: ActionContext, name: string): Promise<Mount> {
  const mounted = await mountOf(context, name);
  if (mounted.found) return mounted.mount;
  throw new UserError('volume-not-mounted', mounted.why);
}

/** The same for what must lie on the volume itself, and nowhere beside it. @throws UserError `volume-not-mounted` */
export async function mustMountVolume(context: ActionContext, name: string): Promise<Mount> {
  const mount = await mustMount(context, name);
  if (isOnVolume(mount)) return mount;
  throw new UserError('volume-not-mounted', `${sayBeside(mount)}. Correct target ${name} in tocsin.yml, or mount the volume there.`);
}

/** Whether the path is on the volume: a target may name one beside it. */
export function isOnVolume(mount: Mount): boolean {
  return mountedAt(mount) !== null;
}

/** Where the container mounts the volume, if the path is on it; `null` where it is beside it. */
function mountedAt({ place, path, claim }: Mount): string | null {
  return mountsOf(place.pod, claim).find((one) => one.container === place.container && holds(one, path))?.path ?? null;
}

function holds({ path: root }: { readonly path: string }, path: string): boolean {
  const within = posix.relative(root, path);
  return within !== '..' && !within.startsWith('../');
}

function sayBeside({ place, path, claim }: Mount): string {
  return `${path} of ${sayContainer(place)} is not on pvc/${claim}`;
}

async function mountIn(context: ActionContext, target: VolumeTarget, workload: string): Promise<Mounted> {
  const located = await locate(context, workload);
  if (!located.found) return located;
  const { place } = located;
  const there = mountsOf(place.pod, target.pvc);
  const at = nearest(there, target.path, place.container);
  const path = target.path ?? at?.path;
  if (path === undefined)
    return { found: false, why: `No container of ${place.label} mounts pvc/${target.pvc}. Name its path, or another workload.` };
  return { found: true, mount: { place: { ...place, container: at?.container ?? place.container }, path: trimmed(path), claim: target.pvc } };
}

async function anyMount(context: ActionContext, target: VolumeTarget, name: string): Promise<Mounted> {
  const cluster = clusterOf(context, target);
  const pods = (await cluster.list(POD)).map((pod) => parsed(podSchema, pod));
  const using = pods.filter((pod) => mountsOf(pod, target.pvc).length > 0);
  const pod = using.find(isReady);
  if (pod === undefined) {
    const seen = using.length === 0 ? 'No pod' : 'No ready pod';
    return {
      found: false,
      why: `${seen} in namespace ${cluster.namespace} mounts pvc/${target.pvc}: without one its content cannot be read. Name a workload in target ${name}.`,
    };
  }
  const at = nearest(mountsOf(pod, target.pvc), target.path);
  const path = target.path ?? at?.path ?? '/';
  return { found: true, mount: { place: placeIn(cluster, pod, at?.container ?? ''), path: trimmed(path), claim: target.pvc } };
}

/** Of several mounts the one that holds the path, of this container first. */
function nearest<T extends { readonly container: string; readonly path: string }>(
  there: readonly T[],
  path: string | undefined,
  container?: string,
): T | undefined {
  const holding = path === undefined ? there : there.filter((one) => holds(one, path));
  const fitting = holding.length === 0 ? there : holding;
  return fitting.find((one) => one.container === container) ?? fitting[0];
}

function placeIn(cluster: Cluster, pod: Pod, container: string): Place {
  return { cluster, pod, container, label: `pod/${pod.metadata.name}` };
}

function trimmed(path: string): string {
  return path.replace(/(.)\/+$/, '$1');
}

function clusterOf(context: ActionContext, target: VolumeTarget): Cluster {
  return context.cluster({ context: target.context, namespace: target.namespace });
}

/** The claim of a target and where it is. */
export function claimPlace(context: ActionContext, name: string): { readonly claim: string; readonly label: string; readonly namespace: string } {
  const target = context.target(name, 'volume');
  return { claim: target.pvc, label: `pvc/${target.pvc}`, namespace: clusterOf(context, target).namespace };
}

/** The claim itself; `null` where there is none. */
export async function claimOf(context: ActionContext, name: string): Promise<KubeObject | null> {
  const target = context.target(name, 'volume');
  return clusterOf(context, target).get({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: target.pvc });
}

/** The claim as it is now: a new claim of the same name has other files. @throws UserError `target-missing` */
export async function claimTouch(context: ActionContext, name: string): Promise<Touch> {
  const { label, namespace } = claimPlace(context, name);
  const claim = await claimOf(context, name);
  if (claim === null) throw new UserError('target-missing', `There is no ${label} in namespace ${namespace}. Correct target ${name} in tocsin.yml.`);
  return touch(label, claim.metadata.uid, 'the claim itself', { uid: claim.metadata.uid });
}

/** Running commands in a pod that mounts the volume. */
export function volumeRights(context: ActionContext, name: string): Right[] {
  const target = context.target(name, 'volume');
  if (target.workload !== undefined) return [...execRights(context, target.workload)];
  const { namespace } = clusterOf(context, target);
  return [
    { group: '', resource: 'pods', verbs: ['list'], namespace },
    { group: '', resource: 'pods', subresource: 'exec', verbs: ['create', 'get'], namespace },
  ];
}

/** The same, and reading the claim, for changes. */
export function volumeChangeRights(context: ActionContext, name: string): Right[] {
  const target = context.target(name, 'volume');
  const { namespace } = clusterOf(context, target);
  return [...volumeRights(context, name), { group: '', resource: 'persistentvolumeclaims', verbs: ['get'], namespace, name: target.pvc }];
}

/** What lists files, each with a harmless command of it. */
export const LISTING_TOOLS = [
  ['find', '/dev/null', '-type', 'f'],
  ['stat', '-c', '%s', '/'],
] as const;

/** Whether the volume is mounted and the container has what is needed. `tools` maps a program to a harmless command of it. */
export async function volumePreflight(context: ActionContext, name: string, tools: readonly (readonly string[])[]): Promise<Check[]> {
  const mounted = await mountOf(context, name);
  if (!mounted.found) return [{ state: 'failure', what: mounted.why, advice: `Correct target ${name} in tocsin.yml, or start its pods.` }];
  const { place, claim } = mounted.mount;
  const where = mountedAt(mounted.mount);
  const checks: Check[] = [
    where !== null
      ? { state: 'ok', what: `${sayContainer(place)} mounts pvc/${claim} at ${where}`, advice: null }
      : {
          state: 'warning',
          what: sayBeside(mounted.mount),
          advice: `Compare target ${name} with the pod's volumes (kubectl describe pod ${place.pod.metadata.name}).`,
        },
  ];
  for (const argv of tools) {
    const there = (await run(place, argv, { stdin: '' })) !== null;
    checks.push(
      there
        ? { state: 'ok', what: `${sayContainer(place)} has ${argv[0]}`, advice: null }
        : { state: 'failure', what: `${sayContainer(place)} has no ${argv[0]}`, advice: 'Add it to the image.' },
    );
  }
  return checks;
}

/** The workload that a target name stands for in messages, where it is one. */
export function isWorkload(context: ActionContext, name: string): boolean {
  try {
    workloadPlace(context, name);
    return true;
  } catch (error) {
    if (error instanceof UserError && error.code === 'wrong-target') return false;
    throw error;
  }
}
