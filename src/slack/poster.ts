import type { ChatPostMessageArguments, WebClient } from '@slack/web-api';
import type { Message } from '../../blocks/kit.ts';
import { TocsinError } from '../domain/errors.ts';
import type { IncidentRecord } from '../domain/events.ts';
import type { Incident } from '../domain/incident.ts';
import type { Json } from '../domain/record.ts';
import type { Incidents } from '../engine/incidents.ts';
import { QUEUES } from '../engine/incidents.ts';
import type { Destination } from '../engine/notices.ts';
import { RetryLater, type SentMessage, type Store } from '../engine/ports.ts';
import { failureOf, isRefusal } from './errors.ts';
import type { People } from './people.ts';
import { isFinal, isLive, render, renderBoard, type Scene } from './render.ts';

/** Slack message metadata: what an uncertain post is found again by (DESIGN, Slack). */
export const METADATA_TYPE = 'tocsin_message';

/** How long (ms) a message waits for its incident's room. */
const ROOM_WAIT = 250;
/** How many messages of a channel are searched for one whose fate is unknown. */
const SEARCHED = 200;
/** A shown seq that no incident reaches: the message is not edited any more. */
const FOR_GOOD = Number.MAX_SAFE_INTEGER;

/** A message that goes to one person where they asked. */
export interface EphemeralDestination {
  readonly kind: 'ephemeral';
  readonly user: string;
  readonly channel: string | null;
  /** Slack's own way back, good for 30 minutes. */
  readonly responseUrl: string | null;
}

type To = Destination | EphemeralDestination;

export interface PosterDeps {
  readonly client: WebClient;
  readonly store: Store;
  readonly incidents: Incidents;
  readonly people: People;
  /** Thread mode: the card of this channel is the incident's room. */
  readonly isThreadRoom: (incident: Incident, channel: string) => boolean;
  /** Response URLs are Slack's own; a request is made to no other host. */
  readonly mayRespondTo: (url: string) => boolean;
  readonly onFailed: (message: SentMessage, code: string) => void;
  /** Mentions of who holds a role, for those who wait for one of them. */
  readonly holders: (role: string) => string;
  /** Where the evidence store is. */
  readonly evidence: string;
}

export interface Poster {
  /** Delivers one stored message, once. @throws RetryLater when Slack or the room is not ready. */
  send(key: string): Promise<void>;
  /** Brings the delivered live messages of an incident up to date. */
  edit(stream: string): Promise<void>;
}

/** Delivery of stored messages: idempotent, in order per lane, uncertain posts looked up before they are repeated. */
export function createPoster(deps: PosterDeps): Poster {
  const { client, store, incidents, people } = deps;

  async function send(key: string): Promise<void> {
    const message = await store.message(key);
    if (message === null || message.state === 'failed') return;
    if (message.state === 'sent') return isBoard(message) ? deliver(message, () => redraw(message)) : undefined;
    const to = message.to as unknown as To;
    if (to.kind === 'ephemeral') return deliver(message, () => sendEphemeral(message, to));
    const incident = await incidents.find(message.stream);
    await deliver(message, () => post(message, to, incident));
  }

  /** Runs a delivery and notes what became of it. */
  async function deliver(message: SentMessage, attempt: () => Promise<void>): Promise<void> {
    try {
      await attempt();
    } catch (error) {
      if (error instanceof RetryLater) throw error;
      const failure = failureOf(error);
      if (failure.kind === 'rate-limited') throw new RetryLater(failure.retryMs, { cause: error });
      if (failure.kind === 'uncertain') throw error;
      await fail(message, failure.needed === null ? failure.code : `${failure.code}: ${failure.needed}`);
    }
  }

  async function post(message: SentMessage, to: Destination, incident: Incident | null): Promise<void> {
    const place = await placeOf(to, incident);
    const earlier = message.state === 'sending' ? await findPosted(place, message.key) : null;
    const shown = await present(message, incident);
    const seq = isBoard(message) ? boardOf(message).rev : (incident?.seq ?? 0);
    if (earlier !== null) return posted(message, { channel: place.channel, ts: earlier }, seq);
    await store.transaction((tx) => tx.updateMessage(message.key, { state: 'sending', channel: place.channel }));
    const args: ChatPostMessageArguments = {
      channel: place.channel,
      ...shown,
      ...(place.threadTs === null ? {} : { thread_ts: place.threadTs }),
      unfurl_links: false,
      unfurl_media: false,
      metadata: { event_type: METADATA_TYPE, event_payload: { key: message.key } },
    };
    const { ts } = await client.chat.postMessage(args);
    await posted(message, { channel: place.channel, ts: ts ?? '' }, seq);
  }

  /** The message is there: noted in one transaction with what follows from it. */
  async function posted(message: SentMessage, place: { channel: string; ts: string }, seq: number): Promise<void> {
    await store.transaction(async (tx) => {
      await tx.updateMessage(message.key, { state: 'sent', channel: place.channel, ts: place.ts, shownSeq: seq });
      if (message.template === 'card') {
        const change = await incidents.tell(tx, message.stream, { type: 'card-posted', channel: place.channel, ts: place.ts });
        if (change !== null && deps.isThreadRoom(change.incident, place.channel)) {
          await incidents.tell(tx, message.stream, { type: 'room-created', channel: place.channel, threadTs: place.ts });
        }
      }
      if (isLive(message.template)) await tx.enqueue(QUEUES.edit, { stream: message.stream }, { key: message.stream });
    });
  }

  /** A board that has moved on since it was posted. Edits that were overtaken find nothing to do. */
  async function redraw(message: SentMessage): Promise<void> {
    const { rev } = boardOf(message);
    const { channel, ts } = message;
    if (rev <= message.shownSeq || channel === null || ts === null) return;
    try {
      await client.chat.update({ channel, ts, ...renderBoard(message.template as BoardTemplate, boardOf(message).view) });
    } catch (error) {
      if (!isRefusal(error, 'message_not_found', 'channel_not_found', 'is_archived', 'cant_update_message', 'edit_window_closed')) throw error;
    }
    await store.transaction((tx) => tx.updateMessage(message.key, { shownSeq: rev }));
  }

  async function fail(message: SentMessage, code: string): Promise<void> {
    deps.onFailed(message, code);
    await store.transaction(async (tx) => {
      await tx.updateMessage(message.key, { state: 'failed' });
      if ((message.to as unknown as To).kind !== 'ephemeral') {
        await incidents.tell(tx, message.stream, { type: 'message-failed', key: message.key, template: message.template, error: code });
      }
    });
  }

  async function edit(stream: string): Promise<void> {
    const incident = await incidents.find(stream);
    if (incident === null) return;
    for (const message of await store.messages({ stream, state: 'sent' })) {
      if (isLive(message.template) && message.shownSeq < incident.seq) await deliver(message, () => update(message, incident));
    }
  }

  async function update(message: SentMessage, incident: Incident): Promise<void> {
    const { channel, ts } = message;
    if (channel === null || ts === null) return;
    const scene = await sceneOf(message, incident);
    let last = isFinal(message.template, scene);
    try {
      await client.chat.update({ channel, ts, ...render(message.template, scene) });
    } catch (error) {
      // Somebody deleted it, or the channel is archived: nothing to keep up to date any more.
      if (!isRefusal(error, 'message_not_found', 'channel_not_found', 'is_archived', 'cant_update_message', 'edit_window_closed')) throw error;
      last = true;
    }
    await store.transaction((tx) => tx.updateMessage(message.key, { shownSeq: last ? FOR_GOOD : incident.seq }));
  }

  /** A stored answer goes out as it is; everything else shows the incident as it stands when it is sent. */
  async function present(message: SentMessage, incident: Incident | null): Promise<Message> {
    if (message.template === 'reply') return message.data as unknown as Message;
    if (isBoard(message)) return renderBoard(message.template as BoardTemplate, boardOf(message).view);
    if (incident === null) throw new TocsinError('incident-missing', `A message tells of ${message.stream}, which is not there.`);
    return render(message.template, await sceneOf(message, incident));
  }

  async function sceneOf(message: SentMessage, incident: Incident): Promise<Scene> {
    const [record] = message.seq === 0 ? [] : await store.records(message.stream, { from: message.seq, to: message.seq });
    const shown = (record as IncidentRecord | undefined) ?? null;
    return { incident, record: shown, now: await store.now(), data: message.data, holders: deps.holders, evidence: deps.evidence };
  }

  async function placeOf(to: Destination, incident: Incident | null): Promise<{ channel: string; threadTs: string | null }> {
    if (to.kind === 'channel') return { channel: to.channel, threadTs: null };
    if (to.kind === 'person') return { channel: await people.directMessage(to.user), threadTs: null };
    if (incident === null || incident.room === null) throw new RetryLater(ROOM_WAIT);
    return incident.room;
  }

  async function findPosted(place: { channel: string; threadTs: string | null }, key: string): Promise<string | null> {
    const options = { channel: place.channel, limit: SEARCHED, include_all_metadata: true };
    const { messages } =
      place.threadTs === null ? await client.conversations.history(options) : await client.conversations.replies({ ...options, ts: place.threadTs });
    const found = messages?.find((one) => keyOf(one) === key);
    return found?.ts ?? null;
  }

  /** Ephemeral messages cannot be looked up: after a crash the person may see an answer twice, never not at all. */
  async function sendEphemeral(message: SentMessage, to: EphemeralDestination): Promise<void> {
    const shown = message.data as unknown as Message;
    try {
      await answer(to, shown);
    } catch (error) {
      if (!isRefusal(error, 'channel_not_found', 'not_in_channel', 'user_not_in_channel', 'is_archived')) throw error;
      await client.chat.postMessage({ channel: await people.directMessage(to.user), ...shown });
    }
    await store.transaction((tx) => tx.updateMessage(message.key, { state: 'sent' }));
  }

  async function answer(to: EphemeralDestination, shown: Message): Promise<void> {
    if (to.responseUrl !== null && deps.mayRespondTo(to.responseUrl) && (await respond(to.responseUrl, shown))) return;
    if (to.channel === null || to.channel.startsWith('D')) {
      await client.chat.postMessage({ channel: to.channel ?? (await people.directMessage(to.user)), ...shown });
      return;
    }
    await client.chat.postEphemeral({ channel: to.channel, user: to.user, ...shown });
  }

  return { send, edit };
}

/** Posts to a response_url. False when it is used up, too old or does not answer: then there are other ways. */
async function respond(url: string, shown: Message): Promise<boolean> {
  const body = JSON.stringify({ response_type: 'ephemeral', replace_original: false, text: shown.text, blocks: shown.blocks });
  const response = await ask(url, body);
  if (response === null) return false;
  if (response.status === 429) throw new RetryLater(Number(response.headers.get('retry-after') ?? 1) * 1_000);
  return response.ok;
}

async function ask(url: string, body: string): Promise<Response | null> {
  try {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(10_000) });
    await response.arrayBuffer();
    return response;
  } catch {
    return null;
  }
}

type BoardTemplate = Parameters<typeof renderBoard>[0];
const BOARDS: ReadonlySet<string> = new Set(['diagnosis', 'progress', 'preflight', 'alert', 'alert-call'] satisfies BoardTemplate[]);

/** Boards show how work goes on: what they show is stored with them, and `rev` grows with it (engine/runbooks/board.ts). */
function isBoard(message: SentMessage): boolean {
  return BOARDS.has(message.template);
}

function boardOf(message: SentMessage): { readonly rev: number; readonly view: Json } {
  return message.data as unknown as { readonly rev: number; readonly view: Json };
}

function keyOf(message: { metadata?: { event_payload?: object } }): Json | undefined {
  const payload: { key?: Json } | undefined = message.metadata?.event_payload;
  return payload?.key;
}
