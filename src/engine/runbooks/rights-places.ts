import type { StepContext } from './deps.ts';

/** A context that remembers which cluster's context the targets of a step name: rights are asked for there. */
export function watchingPlaces(context: StepContext): { readonly context: StepContext; readonly place: () => string | null } {
  let named: string | null = null;
  const watched: StepContext = {
    ...context,
    target(name, kind) {
      const target = context.target(name, kind);
      const place: unknown = 'context' in target ? target.context : undefined;
      if (typeof place === 'string') named = place;
      return target;
    },
  };
  return { context: watched, place: () => named };
}
