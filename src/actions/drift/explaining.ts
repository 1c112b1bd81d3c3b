import type { Change, Situation } from './situation.ts';

/**
 * The last moment until `until` at which what is live was seen to be what the source said. What people changed before did not make a difference
 * that is there later. Before all of time when it was never seen.
 */
export function lastVerified({ verified }: Pick<Situation, 'verified'>, until: number): number {
  return verified.moments.find((time) => time <= until) ?? Number.NEGATIVE_INFINITY;
}

/** Changes by people that can be the reason for a difference at `until` or later, the newest first. */
export function explaining(situation: Situation, until: number): Change[] {
  const since = lastVerified(situation, until);
  return (situation.events?.changes ?? []).filter(({ kind, time }) => kind === 'person' && time >= since);
}

/** The last change by a person that can be the reason for what the workflow saw. */
export function personBefore(situation: Situation): Change | null {
  const { evidence } = situation;
  if (evidence === null) return null;
  return explaining(situation, evidence.time).find(({ time }) => time <= evidence.time) ?? null;
}
