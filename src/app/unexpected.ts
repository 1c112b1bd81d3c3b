import type { Logger } from 'pino';
import { note } from '../../blocks/replies.ts';
import { REPLY_MESSAGE } from '../domain/messages/messages.ts';
import { SYSTEM_STREAM } from '../domain/streams.ts';
import { sendMessage } from '../engine/incidents/incidents.ts';
import { inBackground } from '../lib/background.ts';
import { plural } from '../lib/plural.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { ReportUnexpected } from '../ops/survival.ts';
import type { Store } from '../ports/store.ts';

/** How often (ms) people are told at most, by all replicas together. */
const TELL_EVERY = 10 * 60_000;

export interface UnexpectedDeps {
  readonly metrics: Metrics;
  readonly store: Store;
  /** Who is told: the channel of the anchors. */
  readonly channel: string;
  readonly logger: Logger;
}

/** Counts what was unexpected, tells the operators' channel, and has a note of it for `/readyz`. */
export function watchUnexpected({ metrics, store, channel, logger }: UnexpectedDeps): { report: ReportUnexpected; notes(): readonly string[] } {
  let count = 0;
  let last = '';

  async function tellPeople(): Promise<void> {
    const message = note(
      ':rotating_light: Something failed inside Tocsin that nothing handles. Tocsin keeps running, but a job may be stuck. For whoever runs Tocsin: the log has it as “unexpected”.',
    );
    await store.transaction(async (tx) => {
      const key = `unexpected:${Math.floor((await tx.now()) / TELL_EVERY)}`;
      const to = { kind: 'channel', channel };
      await sendMessage(tx, { key, stream: SYSTEM_STREAM, seq: 0, lane: channel, to, ...REPLY_MESSAGE.with(message) });
    });
  }

  return {
    report(_error, kind) {
      count += 1;
      last = new Date().toISOString();
      metrics.unexpected.inc({ kind });
      inBackground(tellPeople(), (err) => logger.warn({ err }, 'people could not be notified of an unexpected error'));
    },
    notes: () => (count === 0 ? [] : [`${plural(count, 'unexpected error')} since the start, the last at ${last}; see the log`]),
  };
}
