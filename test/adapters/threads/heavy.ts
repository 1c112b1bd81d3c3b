import type { HeavyWork } from '../../../src/ports/threads.ts';

/** Needs more memory than any work may. */
export function hoard(): number {
  const kept: number[][] = [];
  for (;;) kept.push(Array.from({ length: 100_000 }, (_, index) => index));
}

/** Never ends by itself. */
export function spin(): number {
  for (let turns = 0; ; turns += 1) if (turns < 0) return turns;
}

/** `hoard` and `spin` as work that is always heavy. */
export const HOARD: HeavyWork<null, number> = { module: import.meta.url, name: 'hoard', run: hoard, size: () => Number.POSITIVE_INFINITY };
export const SPIN: HeavyWork<null, number> = { module: import.meta.url, name: 'spin', run: spin, size: () => Number.POSITIVE_INFINITY };
