import type { MessageMetadata, WebClient } from '@slack/web-api';
import type { Message } from '../../../blocks/kit.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import { isLive } from '../../domain/messages/messages.ts';
import { deliverMessage, type Incidents } from '../../engine/incidents/incidents.ts';
import { type Destination, goesToRoom } from '../../engine/incidents/notice.ts';
import { EDIT } from '../../engine/queues.ts';
import { PIN_CARD } from '../../engine/run-kinds.ts';
import type { SentMessage, Store } from '../../ports/store.ts';
import { failureOf } from '../errors.ts';
import type { Views } from '../views.ts';
import { boardOf } from './boards.ts';
import type { EditBudget } from './budget.ts';
import { digestOf, sendContent } from './content.ts';
import { exposureFinder } from './exposure.ts';
import { type DeliveryPlace, type PlaceDeps, placeFinder } from './places.ts';
import { findPosted, METADATA_TYPE, type Posted } from './posted.ts';
import type { Refusals } from './refusals.ts';
import type { Shower } from './showing.ts';
import { isCard } from './stored.ts';

export interface PostingDeps extends PlaceDeps {
  readonly client: WebClient;
  readonly views: Views;
  readonly store: Store;
  readonly incidents: Incidents;
  /** Why others than its members may see a channel; `null` when nobody else does. */
  readonly exposureOf: (channel: string) => Promise<string | null>;
  /** Thread mode: the card of this channel is the incident's room. */
  readonly isThreadRoom: (incident: Incident, channel: string) => boolean;
  /** Slack refused a message or an edit, or took it as text only. */
  readonly onFailed: (message: SentMessage, code: string) => void;
  readonly budget: Pick<EditBudget, 'yieldTo'>;
}

/** Posts a message that is not in Slack yet, or finds the one that an earlier try posted. */
export function createPosting(
  deps: PostingDeps,
  { present }: Shower,
  { fail, noteText }: Refusals,
): (message: SentMessage, to: Destination, incident: Incident | null) => Promise<void> {
  const { client, views, store, incidents, onFailed, budget } = deps;
  const placeOf = placeFinder(deps);
  const exposureOf = exposureFinder(deps.exposureOf);

  return post;

  async function post(message: SentMessage, to: Destination, incident: Incident | null): Promise<void> {
    const place = await placeOf(to, incident);
    if (place === null) return fail(message, 'message_not_found');
    // A private incident's card in the security channel is for that channel's members alone.
    const exposure = goesToRoom(to) || isCard(message) ? await exposureOf(place.channel, incident) : null;
    // A card that was refused stays so until it is there: what follows from the refusal hangs on it.
    const state = message.state === 'failed' ? 'failed' : 'sending';
    if (exposure !== null) {
      await store.updateMessage(message.key, { state, channel: place.channel });
      return fail(message, exposure);
    }
    const earlier = message.state === 'waiting' ? null : await findPosted(client, place, message.key);
    if (earlier !== null) return posted(message, earlier, 0, null);
    const shown = await present(message, incident);
    const seq = boardOf(message)?.rev ?? incident?.seq ?? 0;
    await store.updateMessage(message.key, { state, channel: place.channel });
    try {
      const {
        answer: said,
        digest,
        asText,
      } = await sendContent(views, shown, (content, withMetadata) =>
        client.chat.postMessage({ ...argsOf(place), ...content, ...(withMetadata ? { metadata: metadataOf(message, shown) } : {}) }),
      );
      await posted(message, { channel: place.channel, ts: said.ts ?? '', digest }, seq, asText);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'rate-limited') {
        budget.yieldTo(place.channel, failure.retryMs);
        // A certain no: the next try need not look whether this one came through.
        if (state === 'sending') await store.updateMessage(message.key, { state: 'waiting' });
      }
      throw error;
    }
  }

  function argsOf(place: DeliveryPlace) {
    const thread = place.threadTs === null ? {} : { thread_ts: place.threadTs };
    return { channel: place.channel, ...thread, unfurl_links: false, unfurl_media: false };
  }

  function metadataOf({ key }: SentMessage, shown: Message): MessageMetadata {
    return { event_type: METADATA_TYPE, event_payload: { key, digest: digestOf(shown) } };
  }

  /** The message is there: noted in one transaction with what follows from it. */
  async function posted(message: SentMessage, { channel, ts, digest }: Posted, seq: number, asText: string | null): Promise<void> {
    if (asText !== null) onFailed(message, asText);
    await store.transaction(async (tx) => {
      await tx.updateMessage(message.key, { state: 'sent', channel, ts, shownSeq: seq, shownDigest: digest });
      if (asText !== null) await noteText(tx, message, asText);
      if (isCard(message)) {
        const grown = await incidents.tell(tx, message.stream, { type: 'card-posted', channel, ts });
        if (grown !== null && deps.isThreadRoom(grown.incident, channel)) {
          await incidents.tell(tx, message.stream, { type: 'room-created', channel, threadTs: ts });
        }
        if (grown !== null && isOwnChannel(grown.incident, channel)) {
          await tx.startRun({ id: `${message.key}:pin:${ts}`, ...PIN_CARD.with({ channel, ts }) });
        }
      }
      if (isLive(message.template)) await tx.enqueue(EDIT.job({ stream: message.stream }, { key: message.stream }));
      // Found again after its answer was lost: the board may have moved on meanwhile.
      else if (boardOf(message) !== null && seq === 0) await deliverMessage(tx, message);
    });
  }
}

/** Whether a channel is the incident's own: a shared one would be full of pinned cards. */
function isOwnChannel({ room }: Incident, channel: string): boolean {
  return room !== null && room.threadTs === null && room.channel === channel;
}
