import type { Message } from '../../../blocks/kit.ts';
import type { Contact } from '../../domain/contacts.ts';
import { LIVE_MESSAGES } from '../../domain/messages/messages.ts';
import { isDrillStream } from '../../domain/streams.ts';
import { destinationOf } from '../../engine/incidents/destination.ts';
import { deliverMessage } from '../../engine/incidents/incidents.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { SentMessage } from '../../ports/store.ts';
import { failureOf } from '../errors.ts';
import type { People } from '../people.ts';
import { boardOf } from './boards.ts';
import { createEditBudget } from './budget.ts';
import { editor } from './editing.ts';
import { answerer, type EphemeralDestination, ephemeralOf } from './ephemeral.ts';
import { exposureFinder } from './exposure.ts';
import { createPosting, type PostingDeps } from './posting.ts';
import { createRefusals } from './refusals.ts';
import { createShower, glanceAt } from './showing.ts';
import { isCard, replyOf } from './stored.ts';

export interface PosterDeps extends Omit<PostingDeps, 'budget'> {
  readonly people: People;
  /** Response URLs are Slack's own; a request is made to no other host. */
  readonly mayRespondTo: (url: string) => boolean;
  /** Mentions of who holds a role, for those who wait for one of them. */
  readonly holders: (role: string) => string;
  /** Where the evidence store is. */
  readonly evidence: string;
  /** Whom to call outside of Slack, of a service. */
  readonly contactsOf: (service: string) => readonly Contact[];
  /** The link to the call of a service's incidents, as the settings have it. */
  readonly callOf: (service: string) => string | null;
  /** How many edits Slack takes. */
  readonly editsPerMinute?: number | undefined;
}

export interface Poster {
  /** Delivers one stored message, once. @throws RetryLater when Slack or the room is not ready. */
  send(key: string): Promise<void>;
  /** Brings the delivered live messages of an incident up to date. */
  edit(stream: string): Promise<void>;
}

/** Delivery of stored messages: idempotent, in order per lane, uncertain posts looked up before they are repeated. */
export function createPoster(deps: PosterDeps): Poster {
  const { client, views, store, incidents, onFailed } = deps;
  const shower = createShower(deps);
  const refusals = createRefusals(deps);
  const { fail, tellText } = refusals;
  const budget = createEditBudget(deps.editsPerMinute);
  const post = createPosting({ ...deps, budget }, shower, refusals);
  const exposureOf = exposureFinder(deps.exposureOf);
  const answer = answerer(deps);
  const change = editor({ client, views, store, budget, onRefused: onFailed, onText: tellText });

  async function send(key: string): Promise<void> {
    const message = await store.message(key);
    if (message === null || (message.state === 'failed' && !isCard(message))) return;
    if (message.state === 'sent') return redraw(message);
    const answered = ephemeralOf(message);
    const reply = replyOf(message);
    if (answered !== null && reply !== null) return deliver(message, () => sendEphemeral(message, answered, reply));
    const to = destinationOf(message);
    if (to === null) return fail(message, 'unknown_destination');
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

  /** A board that has moved on since it was posted. Edits that were overtaken find nothing to do. */
  async function redraw(message: SentMessage): Promise<void> {
    const board = boardOf(message);
    if (board === null || board.rev <= message.shownSeq) return;
    await change(message, {
      shown: await shower.present(message, isDrillStream(message.stream) ? await incidents.find(message.stream) : null),
      seq: board.rev,
      last: false,
      kind: 'board',
      lasting: false,
    });
  }

  async function edit(stream: string): Promise<void> {
    const incident = await incidents.find(stream);
    if (incident === null) return;
    const exposures = new Map<string, string | null>();
    const glance = glanceAt(store, stream);
    for (const message of await store.messages({ stream, templates: LIVE_MESSAGES, without: incident.seq })) {
      // A card belongs where it was to go, and the channel may take it by now: the bot was invited, or the channel is no archive any more.
      if (message.state === 'failed' && isCard(message)) {
        await store.transaction((tx) => deliverMessage(tx, message));
      }
      if (message.state !== 'sent') continue;
      const { channel } = message;
      // A private incident has its card in its room alone.
      if (channel !== null && (isCard(message) || destinationOf(message)?.kind === 'room')) {
        if (!exposures.has(channel)) exposures.set(channel, await exposureOf(channel, incident));
        if (exposures.get(channel) !== null) continue;
      }
      const scene = await shower.sceneOf(message, incident, glance);
      await change(message, {
        shown: views.render(message.template, scene),
        seq: incident.seq,
        last: views.isFinal(message.template, scene),
        kind: 'live',
        lasting: isCard(message) && incident.status !== 'closed',
      });
    }
  }

  /** Ephemeral messages cannot be looked up: after a crash the person may see an answer twice, never not at all. */
  async function sendEphemeral(message: SentMessage, to: EphemeralDestination, reply: Message): Promise<void> {
    const { asText } = await answer(to, reply);
    if (asText !== null) onFailed(message, asText);
    await store.updateMessage(message.key, { state: 'sent' });
  }

  return { send, edit };
}
