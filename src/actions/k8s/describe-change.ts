import { plural } from '../../lib/plural.ts';
import type { Template, WorkloadObject } from './shapes.ts';
import { countsOf } from './state.ts';

/** What a new pod template means for the pods, for notes of a plan. */
export function rolloutNotes(workload: WorkloadObject): readonly string[] {
  const name = `${workload.kind.toLowerCase()}/${workload.metadata.name}`;
  const notes: string[] = [];
  if (workload.spec.paused)
    notes.push(
      `${name} is paused: nothing rolls until somebody resumes it (kubectl rollout resume ${name}). Its deadline of ${workload.spec.progressDeadlineSeconds} s begins then.`,
    );
  if (workload.spec.updateStrategy?.type === 'OnDelete') notes.push(`${name} replaces pods only when they are deleted (update strategy OnDelete).`);
  const partition = workload.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  if (workload.kind === 'StatefulSet' && partition > 0 && workload.spec.updateStrategy?.type !== 'OnDelete')
    notes.push(
      `Its partition keeps pods with a number below ${partition} as they are: ${Math.max(0, workload.spec.replicas - partition)} of ${workload.spec.replicas} pods are replaced.`,
    );
  if (workload.kind === 'StatefulSet')
    notes.push('A StatefulSet replaces its pods one after another, from the last to the first; with one replica it is unavailable meanwhile.');
  if (workload.spec.strategy?.type === 'Recreate') {
    notes.push(`${name} stops all pods before it starts new ones (strategy Recreate): it is unavailable meanwhile.`);
  }
  return notes;
}

/** `rolls 3 pods` */
export function rolls(workload: WorkloadObject): string {
  const { desired } = countsOf(workload);
  return `rolls ${plural(desired, 'pod')}`;
}

/** What a template mounts or reads, by name: going back to an old template does not bring their old content back. */
export function dependencies(template: Template): {
  readonly configMaps: readonly string[];
  readonly secrets: readonly string[];
  readonly claims: readonly string[];
} {
  const { spec } = template;
  const containers = [...spec.initContainers, ...spec.containers];
  const names = (found: readonly (string | undefined)[]): readonly string[] =>
    [...new Set(found.filter((name): name is string => name !== undefined && name !== ''))].sort((one, other) => (one < other ? -1 : 1));
  return {
    configMaps: names([
      ...spec.volumes.map((volume) => volume.configMap?.name),
      ...containers.flatMap((one) => one.envFrom.map((source) => source.configMapRef?.name)),
      ...containers.flatMap((one) => one.env.map((entry) => entry.valueFrom?.configMapKeyRef?.name)),
    ]),
    secrets: names([
      ...spec.volumes.map((volume) => volume.secret?.secretName),
      ...containers.flatMap((one) => one.envFrom.map((source) => source.secretRef?.name)),
      ...containers.flatMap((one) => one.env.map((entry) => entry.valueFrom?.secretKeyRef?.name)),
    ]),
    claims: names(spec.volumes.map((volume) => volume.persistentVolumeClaim?.claimName)),
  };
}
