import type { Call } from '../../simulators/slack/index.ts';
import { bucketsOf } from '../../simulators/slack/rate-limits.ts';

/** Whether Slack refused a call for its rate limits. */
export function isRefused({ status }: Call): boolean {
  return status === 429;
}

/** Calls that look whether a post came through. */
export function lookUps(calls: readonly Call[]): readonly Call[] {
  return calls.filter(({ method }) => method === 'conversations.history' || method === 'conversations.replies');
}

/** How many of these there are of each method, the most first: `chat.update 120 (3 refused)`. */
export function sayMethods(calls: readonly Call[]): string {
  const methods = [...Map.groupBy(calls, ({ method }) => method)].toSorted(([, a], [, b]) => b.length - a.length);
  return methods
    .map(([method, all]) => {
      const refused = all.filter(isRefused).length;
      return `${method} ${all.length}${refused === 0 ? '' : ` (${refused} refused)`}`;
    })
    .join(', ');
}

/** The shortest time (ms) in which Slack's limits take these calls, whoever sends them and in whatever order. */
export function leastTime(calls: readonly Call[]): number {
  const counts = new Map<string, { count: number; readonly most: number; readonly within: number }>();
  for (const { method, args } of calls) {
    for (const { name, most, within } of bucketsOf(method, args)) {
      const counted = counts.get(name) ?? { count: 0, most, within };
      counted.count += 1;
      counts.set(name, counted);
    }
  }
  return Math.max(0, ...[...counts.values()].map(({ count, most, within }) => Math.floor((count - 1) / most) * within));
}
