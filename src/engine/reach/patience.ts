import type { Json } from '../../domain/record.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { RunContext } from '../../ports/runs.ts';
import type { Store } from '../../ports/store.ts';

/** How long (ms of the one clock) Slack is given before what comes next is tried as well. */
export const PATIENCE = 60_000;
/** The same for the ways to a person that come after one that had no answer: where Slack is away, it is away there too. */
export const LESS_PATIENCE = 20_000;

/** Stands for an answer of Slack's that did not come in time. */
export const NO_ANSWER = 'no_answer';

/**
 * Looks at something in Slack, as a step of a run, and gives `otherwise` where it could not be looked at for so long: a page never waits for Slack to
 * come back, nor as long as Slack asks to be left alone. `pauses`: how long (ms) whoever has the time does as Slack asks.
 */
export async function lookWithin<T extends Json>(
  run: RunContext,
  store: Pick<Store, 'now'>,
  name: string,
  look: () => Promise<T>,
  otherwise: T,
  patience: number = PATIENCE,
  pauses = 0,
): Promise<T> {
  const begun = await run.step(`since:${name}`, () => store.now());
  return run.step(name, async () => {
    try {
      return await look();
    } catch (error) {
      const isPause = error instanceof RetryLater;
      const left = (isPause ? Math.max(patience, pauses) : patience) - ((await store.now()) - begun);
      if (left <= 0) return otherwise;
      // Slack may ask to be left alone for longer than there is.
      throw isPause && error.ms > left ? new RetryLater(left, { cause: error }) : error;
    }
  });
}
