import type { RunContext } from '../ports/runs.ts';

/** How long (ms) a run waits for what may never come: longer than anybody remembers. */
export const FOR_EVER = 3_650 * 24 * 3_600_000;

/** Waits for a moment (ms of the one clock). How long that takes is noted once. `name`: the wait's own step, which is stored: never rename one. */
export async function sleepUntil(run: RunContext, store: { now(): Promise<number> }, at: number, name = 'until'): Promise<void> {
  const left = await run.step('left', async () => Math.max(0, at - (await store.now())));
  await run.sleep(name, left);
}
