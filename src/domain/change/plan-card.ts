import type { Plan } from './plans.ts';

/** The key of a plan's card in the incident's room: what goes on with the plan is told under it, and on it. */
export function planCardKey(plan: string): string {
  return `${plan}:card`;
}

/** How long (ms) a card is taken to be in sight: then others have come after it. */
const IN_SIGHT_MS = 10 * 60_000;

/** Whether people still see a plan's card at this moment (ms), so that an edit of it tells them what became of it. */
export function isCardInSight({ cardless, madeAt }: Plan, at: number): boolean {
  return cardless !== true && at - madeAt < IN_SIGHT_MS;
}
