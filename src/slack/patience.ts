import { setTimeout as wait } from 'node:timers/promises';
import { failureOf } from './errors.ts';

/** How long (ms) in all a person's look-up may take with its repeats: an answer is due within 3 s (ADR 9). */
const PATIENCE = 2_400;
/** How long (ms) one try may take before another is begun. */
const ONE_TRY = 1_000;
/** The pause (ms) after a failure that says nothing about when to come back. */
const PAUSE = 150;

/** A call of Slack's that did not answer in time. It may still have happened. */
class SlowSlack extends Error {
  override readonly name = 'SlowSlack';
}

/**
 * Calls Slack, and again after what passes: 429 for as long as Slack says, a reset, 5xx or no answer at once, all within `within` ms. For
 * calls that change nothing, or that change nothing twice. @throws what failed last.
 */
export async function patiently<T>(call: () => Promise<T>, within: number = PATIENCE): Promise<T> {
  const end = performance.now() + within;
  for (;;) {
    try {
      return await inTime(call, Math.min(ONE_TRY, Math.max(1, end - performance.now())));
    } catch (error) {
      const failure = failureOf(error);
      const pause = failure.kind === 'rate-limited' ? failure.retryMs : PAUSE;
      if (failure.kind === 'refused' || performance.now() + pause >= end) throw error;
      await wait(pause);
    }
  }
}

/** What `call` gives, or SlowSlack after `ms`. The call itself goes on, and its answer is left alone. */
export async function inTime<T>(call: () => Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SlowSlack(`Slack did not answer within ${Math.round(ms)} ms.`)), ms);
  });
  try {
    return await Promise.race([call(), late]);
  } finally {
    clearTimeout(timer);
  }
}
