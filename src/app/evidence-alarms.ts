import type { Logger } from 'pino';
import { safe } from '../../blocks/outside.ts';
import { problem } from '../../blocks/replies.ts';
import type { TocsinError } from '../domain/errors.ts';
import { REPLY_MESSAGE } from '../domain/messages/messages.ts';
import { SYSTEM_STREAM } from '../domain/streams.ts';
import { sendMessage } from '../engine/incidents/incidents.ts';
import { sha256 } from '../lib/hash.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { EvidenceOutbox } from '../ports/evidence.ts';
import type { Store } from '../ports/store.ts';
import { isIncident } from './replaying.ts';

export interface EvidenceAlarmsDeps {
  readonly store: Store;
  readonly outbox: Pick<EvidenceOutbox, 'forks'>;
  /** Where anchors are published: the operators' channel. */
  readonly channel: string;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Says out loud that evidence is in danger: in Slack, in the log, as a metric, and at the operations port. */
export interface EvidenceAlarms {
  /** The evidence store holds somebody else's bytes under a name of this stream's; its uploads have stopped. */
  fork(stream: string, error: TocsinError): Promise<void>;
  /** Something in the database was not written by Tocsin. */
  altered(stream: string, error: TocsinError): void;
  /** What is wrong now, one line each; for the operations port. */
  list(): Promise<string[]>;
}

export function createEvidenceAlarms({ store, outbox, channel, metrics, logger }: EvidenceAlarmsDeps): EvidenceAlarms {
  const altered = new Map<string, string>();
  metrics.gauge('tocsin_evidence_forked_streams', 'Streams whose uploads have stopped at a fork.', async () => (await outbox.forks()).length);

  async function tell(stream: string, kind: string, text: string): Promise<void> {
    const key = `alarm:${kind}:${stream}:${sha256(Buffer.from(text)).slice(0, 16)}`;
    const message = REPLY_MESSAGE.with(problem(text));
    await store.transaction(async (tx) => {
      await sendMessage(tx, { key, stream: SYSTEM_STREAM, seq: 0, lane: channel, to: { kind: 'channel', channel }, ...message });
      // An incident whose state is altered has no room that could be believed.
      if (kind === 'fork' && isIncident(stream))
        await sendMessage(tx, { key: `${key}:room`, stream, seq: 0, lane: stream, to: { kind: 'room' }, ...message });
    });
  }

  return {
    async fork(stream, err) {
      metrics.forks.inc({ stream });
      logger.fatal({ err, stream }, 'FORK: the evidence store holds another history of this stream; its uploads have stopped');
      await tell(
        stream,
        'fork',
        `*Evidence of ${stream} has stopped.* Somebody else has written into the evidence store under a name of Tocsin’s. No destructive change runs for it until that is settled. Operators: docs/how-to/repair-evidence.md\n${safe(err.message)}`,
      ).catch((error: unknown) => logger.error({ err: error, stream }, 'the fork could not be reported in Slack'));
    },
    altered(stream, err) {
      metrics.altered.inc();
      if (altered.has(stream)) return;
      altered.set(stream, err.message);
      logger.fatal({ err, stream }, 'ALTERED: something in the database was not written by Tocsin; nothing of it is signed or applied');
      // Not within the transaction that found it: that one is undone.
      setImmediate(() => {
        tell(stream, 'altered', `*The database was altered.* ${safe(err.message)}`).catch((error: unknown) =>
          logger.error({ err: error, stream }, 'the alteration could not be reported in Slack'),
        );
      });
    },
    async list() {
      const forks = await outbox.forks();
      return [...[...altered.keys()].map((stream) => `database-altered ${stream}`), ...forks.map(({ stream }) => `evidence-fork ${stream}`)];
    },
  };
}
