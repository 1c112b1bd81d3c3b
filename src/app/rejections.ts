import type { Logger } from 'pino';
import { SYSTEM_STREAM, TOCSIN } from '../domain/streams.ts';
import type { SystemRecord } from '../evidence/system-records.ts';
import { inBackground } from '../lib/background.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { TurnedAway } from '../webhooks/server.ts';

export type RejectionReason = 'foreign-team' | 'unreadable-message' | TurnedAway;

/** `bad-signature` is `bad_signature` in the record. */
type CountName<R extends string> = R extends `${infer Head}-${infer Tail}` ? `${Head}_${CountName<Tail>}` : R;
function countName<R extends RejectionReason>(reason: R): CountName<R> {
  return reason.replaceAll('-', '_') as CountName<R>;
}

/** How often (ms) what was turned away is summed up in one record: a flood cannot fill the store. */
const EVERY = 60_000;

export interface Rejections {
  count(reason: RejectionReason): void;
  /** Writes what is counted so far, if anything. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** Counts payloads that were turned away before anything was stored. */
export function startRejections(metrics: Metrics, logger: Logger, append: (record: SystemRecord) => Promise<void>): Rejections {
  let counts: Partial<Record<CountName<RejectionReason>, number>> = {};
  const timer = setInterval(() => inBackground(flush(), (err) => logger.error({ err }, 'rejected payloads')), EVERY).unref();

  async function flush(): Promise<void> {
    if (Object.keys(counts).length === 0) return;
    const data = counts;
    counts = {};
    try {
      await append({ type: 'payloads.rejected', v: 1, actor: TOCSIN, subject: SYSTEM_STREAM, outcome: 'refused', data });
    } catch (err) {
      for (const [name, count] of Object.entries(data)) add(name as CountName<RejectionReason>, count);
      logger.warn({ err }, 'the sum of rejected payloads is kept for the next minute');
    }
  }

  function add(name: CountName<RejectionReason>, count: number): void {
    counts[name] = (counts[name] ?? 0) + count;
  }

  return {
    count(reason) {
      metrics.rejected.inc({ reason });
      add(countName(reason), 1);
    },
    flush,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}
