/** How it is with what was looked at. `unknown`: it could not be looked at, so that nothing is known of it. */
export type CheckState = 'ok' | 'warning' | 'failure' | 'unknown';

/** One thing that was looked at before it is needed. */
export interface Check {
  readonly state: CheckState;
  /** What was looked at and what was seen, e.g. `deployment/aureus-frontend has 3 replicas`. */
  readonly what: string;
  /** What to do about it; `null` when it is well. */
  readonly advice: string | null;
  /** What it would be about is not there. */
  readonly missing?: true;
}

/** What was found in one place or in several: the same is said once. */
export interface Cause<Place> extends Check {
  readonly places: readonly Place[];
}

/** From the gravest on. */
const GRAVITY: readonly CheckState[] = ['failure', 'unknown', 'warning', 'ok'];

/** The gravest of what was found; `ok` when nothing was. */
export function worst(checks: readonly Pick<Check, 'state'>[]): CheckState {
  return GRAVITY.find((state) => checks.some((check) => check.state === state)) ?? 'ok';
}

/** What is not well, each cause once with the places that it was found in: the gravest first, then what most places have. */
export function causesOf<Place>(found: readonly { readonly place: Place; readonly checks: readonly Check[] }[]): readonly Cause<Place>[] {
  const causes = new Map<string, Check & { readonly places: Place[] }>();
  for (const { place, checks } of found) {
    for (const { state, what, advice } of checks) {
      if (state === 'ok') continue;
      const key = JSON.stringify([state, what, advice]);
      const cause = causes.get(key) ?? { state, what, advice, places: [] };
      if (!cause.places.includes(place)) cause.places.push(place);
      causes.set(key, cause);
    }
  }
  return [...causes.values()].sort(
    (one, other) => GRAVITY.indexOf(one.state) - GRAVITY.indexOf(other.state) || other.places.length - one.places.length,
  );
}
