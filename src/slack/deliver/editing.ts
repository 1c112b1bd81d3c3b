import type { WebClient } from '@slack/web-api';
import type { Message } from '../../../blocks/kit.ts';
import { deliverMessage } from '../../engine/incidents/incidents.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { MessageChange, SentMessage, Store } from '../../ports/store.ts';
import { failureOf } from '../errors.ts';
import type { Views } from '../views.ts';
import type { EditBudget, Edited } from './budget.ts';
import { type Accepted, isText, sendContent, shows } from './content.ts';

/** A shown seq that no incident reaches: the message is not edited any more. */
const FOR_GOOD = Number.MAX_SAFE_INTEGER;

/** What Slack says of a message that will never take an edit again: it was deleted, or another app wrote it. */
const GONE: ReadonlySet<string> = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);

/** What a message is to show now. */
export interface Showing {
  readonly shown: Message;
  /** The seq (or a board's rev) that this is of. */
  readonly seq: number;
  /** It will show this for ever. */
  readonly last: boolean;
  readonly kind: Edited;
  /** A message that must always be there: where it is gone, it is posted anew. */
  readonly lasting: boolean;
}

export interface EditingDeps {
  readonly client: WebClient;
  readonly views: Pick<Views, 'withoutBlocks'>;
  readonly store: Store;
  readonly budget: EditBudget;
  /** An edit that Slack refused; the message stays what it is, and the next change tries again. */
  readonly onRefused: (message: SentMessage, code: string) => void;
  /** Slack refused the blocks of an edit for the first time, and it went as text. */
  readonly onText: (message: SentMessage, code: string) => Promise<void>;
}

/**
 * Brings a message that stands in Slack up to date. Nothing is sent when it shows the same already. A refusal never gives a message up,
 * but when Slack says that it is gone. @throws RetryLater within the rate limit's waits, and whatever passes
 */
export function editor({ client, views, store, budget, onRefused, onText }: EditingDeps): (message: SentMessage, showing: Showing) => Promise<void> {
  return async (message, { shown, seq, last, kind, lasting }) => {
    const { key, channel, ts } = message;
    if (channel === null || ts === null) return;
    const shownSeq = last ? FOR_GOOD : seq;
    if (shows(message.shownDigest, shown)) return note({ shownSeq });
    const wait = budget.take(channel, kind);
    if (wait > 0) throw new RetryLater(wait);
    // Should this process end here, nobody knows what Slack shows: then the next edit is sent whatever it is.
    await note({ shownDigest: null });
    try {
      const accepted = await sendContent(views, shown, (content) => client.chat.update({ channel, ts, ...content }));
      await note({ shownSeq, shownDigest: accepted.digest });
      await tellText(message, accepted);
    } catch (error) {
      await refused(message, error, seq, lasting);
    }

    function note(change: MessageChange): Promise<void> {
      return store.updateMessage(key, change);
    }
  };

  async function tellText(message: SentMessage, { asText }: Accepted<unknown>): Promise<void> {
    if (asText !== null && !isText(message.shownDigest)) await onText(message, asText);
  }

  async function refused(message: SentMessage, error: unknown, seq: number, lasting: boolean): Promise<void> {
    const failure = failureOf(error);
    if (failure.kind === 'rate-limited') {
      budget.limited(failure.retryMs);
      throw new RetryLater(failure.retryMs, { cause: error });
    }
    if (failure.kind === 'uncertain') throw error;
    if (!GONE.has(failure.code)) {
      onRefused(message, failure.code);
      return store.updateMessage(message.key, { shownSeq: seq });
    }
    if (!lasting) return store.updateMessage(message.key, { shownSeq: FOR_GOOD });
    await store.transaction(async (tx) => {
      await tx.updateMessage(message.key, { state: 'waiting', ts: null, shownSeq: 0 });
      await deliverMessage(tx, message);
    });
  }
}
