import type { Logger } from 'pino';
import type { NewRecord } from '../domain/record.ts';
import { SYSTEM_STREAM, TOCSIN } from '../domain/streams.ts';
import { inBackground } from '../lib/background.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { TurnedAway } from '../webhooks/server.ts';

export type RejectionReason = 'foreign-team' | 'unreadable-message' | TurnedAway;

/** How often (ms) what was turned away is summed up in one record: a flood cannot fill the store. */
const EVERY = 60_000;

export interface Rejections {
  count(reason: RejectionReason): void;
  /** Writes what is counted so far, if anything. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** Counts payloads that were turned away before anything was stored. */
export function startRejections(metrics: Metrics, logger: Logger, append: (record: NewRecord) => Promise<void>): Rejections {
  let counts: Record<string, number> = {};
  const timer = setInterval(() => inBackground(flush(), (err) => logger.error({ err }, 'rejected payloads')), EVERY).unref();

  async function flush(): Promise<void> {
    if (Object.keys(counts).length === 0) return;
    const data = counts;
    counts = {};
    try {
      await append({ type: 'payloads.rejected', v: 1, actor: TOCSIN, subject: SYSTEM_STREAM, outcome: 'refused', data });
    } catch (err) {
      for (const [reason, count] of Object.entries(data)) counts[reason] = (counts[reason] ?? 0) + count;
      logger.warn({ err }, 'the sum of rejected payloads is kept for the next minute');
    }
  }

  return {
    count(reason) {
      metrics.rejected.inc({ reason });
      const key = reason.replaceAll('-', '_');
      counts[key] = (counts[key] ?? 0) + 1;
    },
    flush,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}
