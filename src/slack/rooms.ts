import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { ServiceConfig } from '../config-schema.ts';
import type { Incident } from '../domain/incident.ts';
import type { Who } from '../domain/policy.ts';
import type { Json } from '../domain/record.ts';
import { type Incidents, sendMessage } from '../engine/incidents.ts';
import { RetryLater, type RunContext, type RunKind, type Store } from '../engine/ports.ts';
import { failureOf, isRefusal } from './errors.ts';
import type { People } from './people.ts';

const roomInput = z.object({ incident: z.string() });
const whoSchema = z.union([z.object({ user: z.string() }), z.object({ usergroup: z.string() })]);
const summonInput = z.object({ incident: z.string(), seq: z.number().int(), who: z.array(whoSchema), how: z.enum(['invite', 'tell']) });

export interface RoomDeps {
  readonly client: WebClient;
  readonly store: Store;
  readonly incidents: Incidents;
  readonly people: People;
  readonly serviceOf: (id: string) => ServiceConfig | null;
}

/**
 * The durable runs around an incident's room. `room` makes the channel, its topic and bookmarks; `summon` brings people
 * in and tells those who are called. Each step looks before it acts, so that doing it again is harmless.
 */
export function roomRuns(deps: RoomDeps): Readonly<Record<string, RunKind>> {
  const { client, incidents, people, store } = deps;

  async function room(run: RunContext, input: Json): Promise<void> {
    const { incident: id } = roomInput.parse(input);
    const incident = await found(id);
    const channel = await run.step('channel', () => calm(() => makeChannel(incident)));
    // Before anybody is in it: what the first one says there has to be known as the incident's.
    await run.step('created', async () => {
      await store.transaction((tx) => incidents.tell(tx, id, { type: 'room-created', channel, threadTs: null }));
      return true;
    });
    await run.step('reporter', () => calm(() => invite(channel, [incident.reporter])));
    await run.step('topic', () => calm(() => setTopic(channel, incident)));
    await run.step('bookmarks', () => calm(() => addBookmarks(channel, incident)));
  }

  async function summon(run: RunContext, input: Json): Promise<void> {
    const { incident: id, seq, who, how } = summonInput.parse(input);
    const incident = await found(id);
    const called = await run.step('members', () => calm(async () => [...(await everybody(who))]));
    if (incident.room === null) throw new RetryLater(250);
    const { channel, threadTs } = incident.room;
    if (threadTs === null) await run.step('invite', () => calm(() => invite(channel, called)));
    if (how === 'invite') return;
    await run.step('tell', async () => {
      await store.transaction(async (tx) => {
        for (const user of called) {
          await sendMessage(tx, {
            key: `${run.id}:${user}`,
            stream: id,
            seq,
            lane: user,
            template: 'escalated',
            to: { kind: 'person', user },
            data: {},
          });
        }
      });
      return true;
    });
  }

  async function found(id: string): Promise<Incident> {
    const incident = await incidents.find(id);
    if (incident === null) throw new RetryLater(1_000);
    return incident;
  }

  async function everybody(who: readonly Who[]): Promise<ReadonlySet<string>> {
    const all = new Set<string>();
    for (const one of who) for (const user of await people.members(one)) all.add(user);
    return all;
  }

  /** `inc-2026-0042`. Where the name is taken by ours (an earlier try), that is the channel. */
  async function makeChannel(incident: Incident): Promise<string> {
    const name = incident.id.toLowerCase();
    for (const candidate of [name, `${name}-room`]) {
      try {
        const { channel } = await client.conversations.create({ name: candidate, is_private: incident.private });
        if (channel?.id !== undefined) return channel.id;
      } catch (error) {
        if (!isRefusal(error, 'name_taken')) throw error;
        const mine = await ownChannel(candidate, incident);
        if (mine !== null) return mine;
      }
    }
    throw new Error(`No channel name is free for ${incident.id}.`);
  }

  /** Among the channels the bot itself is in: only one that it made is its own. */
  async function ownChannel(name: string, incident: Incident): Promise<string | null> {
    let cursor: string | undefined;
    do {
      const types = incident.private ? 'private_channel' : 'public_channel';
      const page = await client.conversations.list({ types, limit: 200, exclude_archived: true, ...(cursor === undefined ? {} : { cursor }) });
      const channel = page.channels?.find((one) => one.name === name && one.is_member === true);
      if (channel?.id !== undefined) return channel.id;
      cursor = page.response_metadata?.next_cursor || undefined;
    } while (cursor !== undefined);
    return null;
  }

  async function setTopic(channel: string, incident: Incident): Promise<boolean> {
    const topic = `${incident.severity} ${incident.serviceName}: ${incident.title}`
      .replaceAll(/<@[A-Z0-9]+\|([^>]*)>/g, '@$1')
      .replaceAll(/[<>]/g, '')
      .slice(0, 250);
    await client.conversations.setTopic({ channel, topic });
    return true;
  }

  async function addBookmarks(channel: string, incident: Incident): Promise<number> {
    const links = [...(deps.serviceOf(incident.service)?.links ?? [])];
    if (incident.statusPage !== null) links.push({ title: 'Status page', url: incident.statusPage });
    const { bookmarks } = await client.bookmarks.list({ channel_id: channel });
    const there = new Set(bookmarks?.map((bookmark) => bookmark.title));
    for (const link of links.filter(({ title }) => !there.has(title))) {
      await client.bookmarks.add({ channel_id: channel, title: link.title, type: 'link', link: link.url });
    }
    return links.length;
  }

  async function invite(channel: string, users: readonly string[]): Promise<number> {
    for (const user of users) {
      try {
        await client.conversations.invite({ channel, users: user });
      } catch (error) {
        // One who cannot be invited must not keep the others out.
        if (!isRefusal(error, 'already_in_channel', 'cant_invite_self', 'user_not_found', 'cant_invite', 'user_is_restricted', 'ura_max_channels'))
          throw error;
      }
    }
    return users.length;
  }

  return { room, summon };
}

/** Slack's 429 is no failure of a step: it comes back when Slack says. */
async function calm<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === 'rate-limited') throw new RetryLater(failure.retryMs, { cause: error });
    throw error;
  }
}
