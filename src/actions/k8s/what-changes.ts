import { z } from 'zod';
import type { Planned } from '../../ports/action.ts';
import type { FoundWorkload } from '../shared/pods.ts';
import { HPA } from './autoscaling.ts';
import type { Changed } from './in-the-world.ts';
import type { FieldChange } from './managers.ts';
import { type ScaleInput, scopeSchema } from './scale-scope.ts';

/* What the plans of the actions on workloads change, in the words of `managedFields`. */

const TEMPLATE = ['f:spec', 'f:template', 'f:spec'];
const envScope = z.looseObject({ container: z.string(), names: z.array(z.string()) });

/** A restart is a time in an annotation: no source has it. */
export function restarted(_input: unknown, _planned: Planned, found: FoundWorkload): Changed {
  return restartOf(found);
}

/** The same for an action that restarts workloads beside what it changes. */
export function restartOf({ object }: FoundWorkload): Changed {
  return { fields: [{ object, what: 'the time of the restart', paths: [], unsourced: true }], pods: NEW_PODS };
}

/** A rollback sets the containers of the template. */
export function rolledBack(_input: unknown, _planned: Planned, { object }: FoundWorkload): Changed {
  return { fields: [{ object, what: 'the containers', paths: [[...TEMPLATE, 'f:containers']] }], pods: NEW_PODS };
}

/** Variables of a container, each by its name. */
export function environmentSet(_input: unknown, { scope }: Planned, { object }: FoundWorkload): Changed {
  const { container, names } = envScope.parse(scope);
  const paths = names.map((name) => [...TEMPLATE, 'f:containers', keyed(container), 'f:env', keyed(name)]);
  return { fields: [{ object, what: `${names.join(', ')} of container ${container}`, paths }], pods: NEW_PODS };
}

/** Replicas of the workload, bounds of its autoscaler, or both. */
export async function scaled(_input: ScaleInput, { scope }: Planned, found: FoundWorkload): Promise<Changed> {
  const { replicas, hpa: bounds } = scopeSchema.parse(scope);
  const hpa = bounds === null ? null : await found.cluster.get({ ...HPA, name: bounds.name });
  const paths = [
    ...(bounds === null || bounds.before.min === bounds.after.min ? [] : [['f:spec', 'f:minReplicas']]),
    ...(bounds === null || bounds.before.max === bounds.after.max ? [] : [['f:spec', 'f:maxReplicas']]),
  ];
  const fields: FieldChange[] = [
    ...(replicas === null ? [] : [{ object: found.object, what: 'replicas', paths: [['f:spec', 'f:replicas']] }]),
    ...(hpa === null ? [] : [{ object: hpa, what: 'bounds', paths }]),
  ];
  const wanted = replicas?.after ?? (bounds === null ? null : Math.max(bounds.after.min, found.workload.spec.replicas));
  return { fields, pods: { replicas: wanted, bounds: bounds !== null, newPods: (wanted ?? 0) > found.workload.spec.replicas } };
}

const NEW_PODS = { replicas: null, bounds: false, newPods: true } as const;

/** An item of a list that is known by its name, as `managedFields` write it. */
function keyed(name: string): string {
  return `k:${JSON.stringify({ name })}`;
}
