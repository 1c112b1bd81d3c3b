import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { PIN_CARD } from '../../engine/run-kinds.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Run } from '../../ports/runs.ts';
import { failureOf } from '../errors.ts';

/**
 * Pins an incident's card in its own channel, where everybody finds it however much is said. What Slack refuses is no failure of the incident: the card is
 * there all the same. @throws RetryLater on 429, and whatever passes
 */
export function pinRun(client: WebClient, logger: Logger): Run {
  return PIN_CARD.does(async (run, { channel, ts }) => {
    await run.step('pin', async () => {
      try {
        await client.pins.add({ channel, timestamp: ts });
        return 'pinned';
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind === 'rate-limited') throw new RetryLater(failure.retryMs, { cause: error });
        if (failure.kind === 'uncertain') throw error;
        if (failure.code !== 'already_pinned') logger.warn({ channel, code: failure.code }, 'an incident’s card could not be pinned');
        return failure.code;
      }
    });
  });
}
