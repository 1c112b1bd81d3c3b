import { plural } from '../../lib/plural.ts';
import type { FoundWorkload } from '../shared/pods.ts';
import { type Bounds, boundsOf, sayBounds } from './bounds.ts';
import { lowers, type ScaleInput, type Scope, sayWanted } from './scale-scope.ts';
import type { Hpa } from './shapes.ts';

/** What a plan says that it does, in one line. */
export function sayPlan(label: string, now: number, hpa: Hpa | null, asked: ScaleInput, scope: Scope): string {
  const { replicas, hpa: bounds } = scope;
  if (replicas === null && bounds === null) {
    const there =
      hpa === null || now === 0
        ? `${label} has ${plural(now, 'replica')}`
        : `${hpa.metadata.name} keeps ${sayBounds(boundsOf(hpa))} replicas of ${label}`;
    return `${there} already; ${sayWanted(asked)} is asked for`;
  }
  const parts = [
    ...(replicas === null ? [] : [replicas.before === null ? `to ${replicas.after}` : `from ${replicas.before} to ${replicas.after}`]),
    ...(bounds === null
      ? []
      : [`by its autoscaler ${bounds.name}, which is to keep ${sayBounds(bounds.after)} instead of ${sayBounds(bounds.before)}`]),
  ];
  return `Scales ${label} ${lowers(scope) ? 'down' : 'up'} ${parts.join(', ')}`;
}

/** What was done, in one line. */
export function sayDone(label: string, { replicas, hpa }: Scope): string {
  const parts = [
    ...(replicas === null ? [] : [`${label} scaled ${replicas.before === null ? '' : `from ${replicas.before} `}to ${replicas.after}`]),
    ...(hpa === null ? [] : [`${hpa.name} keeps ${sayBounds(hpa.after)} replicas of ${label} instead of ${sayBounds(hpa.before)}`]),
  ];
  return parts.join(', ');
}

/** What an autoscaler does with the change, and what becomes of its bounds. */
export function autoscalerNotes(hpa: Hpa | null, now: number, scope: Scope): readonly string[] {
  if (hpa === null) return [];
  const { min, max } = boundsOf(hpa);
  const keeps = `The autoscaler ${hpa.metadata.name} keeps between ${min} and ${max} replicas; there are ${now} now.`;
  return [
    keeps,
    ...(scope.replicas?.after === 0 ? ['At 0 replicas nothing runs.'] : []),
    ...(scope.hpa === null
      ? []
      : ['It brings the replicas within its new bounds by itself. A revert restores only its bounds; it then decides the number of replicas.']),
  ];
}

/** The fields that a step changes, as they are or would be; left out is what it does not change. */
export function picture(
  found: FoundWorkload,
  { replicas, hpa }: Scope,
  values: { readonly replicas: number | null; readonly bounds: Bounds | null },
): string {
  return [
    ...(replicas === null ? [] : [`${found.label}:`, `  replicas: ${values.replicas ?? "(the autoscaler's)"}`]),
    ...(hpa === null || values.bounds === null
      ? []
      : [`horizontalpodautoscaler/${hpa.name}:`, `  minReplicas: ${values.bounds.min}`, `  maxReplicas: ${values.bounds.max}`]),
  ].join('\n');
}
