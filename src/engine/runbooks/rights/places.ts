import type { Right } from '../../../ports/cluster.ts';
import type { TargetKind } from '../../../ports/targets.ts';
import type { StepContext } from '../deps.ts';

/** A target that a step has asked for. */
export interface UsedTarget {
  readonly name: string;
  readonly kind: TargetKind;
}

/** A step's context that remembers the targets it was asked for, and with them where the step works. */
export interface WatchedContext {
  readonly context: StepContext;
  /** Each target once, in the order it was asked for. */
  targets(): readonly UsedTarget[];
  /** The contexts of the kubeconfig that the targets name; `null` is the service's own. Empty when no target lives in a cluster. */
  contexts(): readonly (string | null)[];
  /** Where a right is needed: in the contexts of the targets of its namespace, else in those of all targets, else in the service's own. */
  contextsOf(right: Right): readonly (string | null)[];
}

interface Place {
  readonly context: string | null;
  readonly namespace: string | null;
}

/** Kinds of targets that are objects of a cluster. */
const IN_CLUSTER: readonly TargetKind[] = ['workload', 'volume', 'secret', 'configmap', 'helm'];

/** Watches what a step asks for; its rights and its targets are looked at there. */
export function watchingPlaces(context: StepContext): WatchedContext {
  const asked = new Map<string, UsedTarget>();
  const places: Place[] = [];
  const watched: StepContext = {
    ...context,
    target(name, kind) {
      const target = context.target(name, kind);
      asked.set(`${kind} ${name}`, { name, kind });
      if (IN_CLUSTER.includes(kind)) places.push(placeOf(target));
      return target;
    },
  };
  const contexts = () => distinct(places.map((place) => place.context));
  return {
    context: watched,
    targets: () => [...asked.values()],
    contexts,
    contextsOf({ namespace }) {
      const there = places.filter((place) => place.namespace === null || place.namespace === namespace);
      if (there.length > 0) return distinct(there.map((place) => place.context));
      return places.length > 0 ? contexts() : [null];
    },
  };
}

function placeOf(target: object): Place {
  const { context, namespace } = target as { readonly context?: string; readonly namespace?: string };
  return { context: context ?? null, namespace: namespace ?? null };
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
