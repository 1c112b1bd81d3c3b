import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { Message } from '../../../blocks/kit.ts';
import { retryAfterMs } from '../../lib/retry-after.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { SentMessage } from '../../ports/store.ts';
import { isRefusal } from '../errors.ts';
import type { People } from '../people.ts';
import type { Views } from '../views.ts';
import { type Accepted, sendContent } from './content.ts';

/** A message that goes to one person where they asked. */
export interface EphemeralDestination {
  readonly kind: 'ephemeral';
  readonly user: string;
  readonly channel: string | null;
  /** Slack's own way back, good for 30 minutes. */
  readonly responseUrl: string | null;
  /** It takes the place of the message that was clicked: a question that was answered. */
  readonly replaces?: boolean;
}

/** How long (ms) Slack is left alone at least, and at most. */
const SHORTEST_WAIT = 1_000;
const LONGEST_WAIT = 3_600_000;

const schema = z.object({
  kind: z.literal('ephemeral'),
  user: z.string(),
  channel: z.string().nullable(),
  responseUrl: z.string().nullable(),
  replaces: z.boolean().exactOptional(),
});

/** Where a stored answer to one person goes; `null` for any other message. */
export function ephemeralOf({ to }: Pick<SentMessage, 'to'>): EphemeralDestination | null {
  const read = schema.safeParse(to);
  return read.success ? read.data : null;
}

export interface EphemeralDeps {
  readonly views: Pick<Views, 'withoutBlocks'>;
  readonly client: WebClient;
  readonly people: People;
  /** Response URLs are Slack's own; a request is made to no other host. */
  readonly mayRespondTo: (url: string) => boolean;
}

/** Answers one person: by the response URL, in the channel for them alone, or at last directly. */
export function answerer({
  client,
  views,
  people,
  mayRespondTo,
}: EphemeralDeps): (to: EphemeralDestination, shown: Message) => Promise<Accepted<unknown>> {
  async function answer(to: EphemeralDestination, shown: Message): Promise<Accepted<unknown> | null> {
    if (to.responseUrl !== null && mayRespondTo(to.responseUrl) && (await respond(to.responseUrl, shown, to.replaces ?? false))) return null;
    const { channel, user } = to;
    if (channel === null || channel.startsWith('D')) return directly(channel ?? (await people.directMessage(user)), shown);
    return sendContent(views, shown, (content) => client.chat.postEphemeral({ channel, user, ...content }));
  }

  function directly(channel: string, shown: Message): Promise<Accepted<unknown>> {
    return sendContent(views, shown, (content) => client.chat.postMessage({ channel, ...content }));
  }

  return async (to, shown) => {
    try {
      return (await answer(to, shown)) ?? { answer: null, digest: '', asText: null };
    } catch (error) {
      if (!isRefusal(error, ...ELSEWHERE)) throw error;
      return directly(await people.directMessage(to.user), shown);
    }
  };
}

/** What Slack says of a channel where one person cannot be answered, who can be written to directly. */
const ELSEWHERE = [
  'cannot_reply_to_message',
  'channel_not_found',
  'is_archived',
  'messages_tab_disabled',
  'not_in_channel',
  'restricted_action',
  'user_not_in_channel',
] as const;

/** Posts to a response_url. False when it is used up, too old or does not answer as Slack does: then there are other ways. */
async function respond(url: string, shown: Message, replaces: boolean): Promise<boolean> {
  const body = JSON.stringify({ response_type: 'ephemeral', replace_original: replaces, text: shown.text, blocks: shown.blocks });
  const response = await ask(url, body);
  if (response === null) return false;
  if (response.status === 429) throw new RetryLater(retryAfterMs(response.retryAfter, LONGEST_WAIT) || SHORTEST_WAIT);
  return response.ok && isSlacks(response.text);
}

/** Slack says `ok`, or JSON with `ok`. A page with 200 is a proxy's, and nobody was told anything. */
function isSlacks(text: string): boolean {
  if (text.trim() === 'ok') return true;
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null && 'ok' in answer && answer.ok === true;
  } catch {
    return false;
  }
}

interface Answered {
  readonly status: number;
  readonly ok: boolean;
  readonly retryAfter: string | null;
  readonly text: string;
}

async function ask(url: string, body: string): Promise<Answered | null> {
  try {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(10_000) });
    const { status, ok } = response;
    return { status, ok, retryAfter: response.headers.get('retry-after'), text: await response.text() };
  } catch {
    return null;
  }
}
