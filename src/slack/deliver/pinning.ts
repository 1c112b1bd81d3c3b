import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Json } from '../../domain/record.ts';
import { RetryLater, type RunContext, type RunKind } from '../../ports/index.ts';
import { failureOf } from '../errors.ts';

const pinInput = z.object({ channel: z.string(), ts: z.string() });

/**
 * Pins an incident's card in its own channel, where everybody finds it however much is said. What Slack refuses is no failure of the incident: the card is
 * there all the same. @throws RetryLater on 429, and whatever passes
 */
export function pinRun(client: WebClient, logger: Logger): RunKind {
  return async function pin(run: RunContext, input: Json): Promise<void> {
    const { channel, ts } = pinInput.parse(input);
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
  };
}
