import { readBack } from '../../domain/json.ts';
import { REPLY_MESSAGE } from '../../domain/messages/messages.ts';
import type { Json } from '../../domain/record.ts';
import { LOG_STREAM, SYSTEM_STREAM } from '../../domain/streams.ts';
import { sendMessage } from '../../engine/incidents/incidents.ts';
import { ANCHOR_CLOSE, ANCHOR_DAILY } from '../../engine/run-kinds.ts';
import { sleepUntil } from '../../engine/until.ts';
import { utcDay, utcMoment } from '../../lib/time.ts';
import { TYPED } from '../../lib/typed.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { InputOf, Run, RunContext } from '../../ports/runs.ts';
import type { Store, StoreTx } from '../../ports/store.ts';
import type { Views } from '../views.ts';

const DAY = 24 * 60 * 60_000;

/** The newest checkpoint of the global log, as it is published: `42:<sha256>`. */
export interface LogAnchorText {
  readonly size: number;
  readonly sha256: string;
  readonly text: string;
  /** The fingerprint of the key that signed it; not known to runs that began before it was told. */
  readonly keyId?: string;
}

export interface AnchoringDeps {
  readonly store: Store;
  readonly views: Pick<Views, 'note'>;
  readonly channel: string;
  /** Whether an incident is private: the channel is not told which one that is. */
  readonly isPrivate: (incident: string) => Promise<boolean>;
  /** Resolves when a stream up to `seq` is in the evidence store under a checkpoint. */
  readonly durable: (stream: string, seq: number) => Promise<void>;
  /** The newest stored checkpoint of the global log. */
  readonly newest: () => Promise<LogAnchorText | null>;
  /** Records where a checkpoint was published, in the global log only. */
  readonly record: (tx: StoreTx, anchor: LogAnchorText, channel: string, ts: string) => Promise<void>;
}

/**
 * Publishes the newest checkpoint of the global log in Slack, outside the evidence store: at every close and daily
 * (ADR 3). Whoever rolls the store back to an older genuine checkpoint is found out by that message.
 */
export function anchorRuns(deps: AnchoringDeps): readonly Run[] {
  const { store } = deps;

  async function atClose(run: RunContext, { incident, seq }: InputOf<typeof ANCHOR_CLOSE>): Promise<void> {
    await run.step('sealed', async () => {
      await deps.durable(incident, seq);
      // The global log has heard of the closing head by now; what is published has to cover that.
      await deps.durable(LOG_STREAM, (await store.head(LOG_STREAM))?.seq ?? 0);
      return true;
    });
    await publish(run, async () => ((await deps.isPrivate(incident)) ? 'An incident is closed' : `${incident} is closed`));
  }

  async function daily(run: RunContext, { day }: InputOf<typeof ANCHOR_DAILY>): Promise<void> {
    const end = utcMoment(day, '00:00') + DAY;
    await sleepUntil(run, store, end, 'midnight');
    await publish(run, async () => `Daily anchor of ${day}`);
    await run.step('next', async () => {
      await store.transaction(async (tx) => startDailyAnchor(tx, await tx.now()));
      return true;
    });
  }

  async function publish(run: RunContext, why: () => Promise<string>): Promise<void> {
    const anchor = await run.step('anchor', async (): Promise<Json> => ({ ...(await deps.newest()) }));
    if (anchor === null || Object.keys(anchor).length === 0) return;
    const published = readBack<LogAnchorText>(anchor);
    const key = `${run.id}:message`;
    await run.step('message', async () => {
      const message = deps.views.note(
        `:anchor: ${await why()}. Evidence checkpoint \`${published.text}\`: keep it, \`${TYPED} evidence verify --anchor\` compares it.${signedBy(published)}`,
      );
      const { channel } = deps;
      await store.transaction((tx) =>
        sendMessage(tx, {
          key,
          stream: SYSTEM_STREAM,
          seq: 0,
          lane: channel,
          to: { kind: 'channel', channel },
          ...REPLY_MESSAGE.with(message),
        }),
      );
      return true;
    });
    const place = await run.step('place', async () => {
      const message = await store.message(key);
      if (message === null || message.state === 'failed') return null;
      if (message.channel === null || message.ts === null || message.state !== 'sent') throw new RetryLater(200);
      return { channel: message.channel, ts: message.ts };
    });
    if (place === null) return;
    const { channel, ts } = place;
    await run.step('recorded', async () => {
      await store.transaction((tx) => deps.record(tx, published, channel, ts));
      return true;
    });
  }

  return [ANCHOR_CLOSE.does(atClose), ANCHOR_DAILY.does(daily)];
}

/** Whoever keeps the anchor keeps the fingerprint with it: both are needed to verify. */
function signedBy({ keyId }: LogAnchorText): string {
  return keyId === undefined ? '' : ` Signed by key \`${keyId}\`.`;
}

/** Starts the run that anchors at the end of this UTC day; one a day, whoever asks. */
export async function startDailyAnchor(tx: StoreTx, now: number): Promise<void> {
  const day = utcDay(now);
  await tx.startRun({ id: `anchor:${day}`, ...ANCHOR_DAILY.with({ day }) });
}
