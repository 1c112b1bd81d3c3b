import type { WebClient } from '@slack/web-api';
import type { ServiceConfig } from '../config/schema.ts';
import { CALL_TITLE, callOf } from '../domain/incident/call.ts';
import type { Incident } from '../domain/incident/incident.ts';
import type { Who } from '../domain/policy.ts';
import type { Line, Workspace } from '../engine/reach/ports.ts';
import type { Surveyor } from '../engine/reach/survey.ts';
import { RetryLater } from '../ports/queue.ts';
import type { IncidentIndex } from '../ports/store.ts';
import { failureOf } from './errors.ts';
import type { People } from './people.ts';
import { selfOf } from './self.ts';

export interface WorkspaceDeps {
  readonly client: WebClient;
  readonly people: People;
  /** The workspace in which rooms are made, which a token of an organisation has to say. */
  readonly team: string | null;
  readonly serviceOf: (id: string) => ServiceConfig | null;
  /** The incidents whose room a channel is. */
  readonly incidentsOf: (channel: string) => Promise<readonly IncidentIndex[]>;
}

/** Slack's workspace for reaching people: each refusal is an answer, each passing failure is thrown. */
export function createWorkspace({ client, people, team, serviceOf, incidentsOf }: WorkspaceDeps): Workspace {
  const inTeam = team === null ? {} : { team_id: team };

  async function makeChannel(incident: Incident, name: string): Promise<{ channel: string } | { error: string }> {
    const made = await refusable(() => client.conversations.create({ name, is_private: incident.private, ...inTeam }));
    if ('answer' in made) return made.answer.channel?.id === undefined ? { error: 'no_channel' } : { channel: made.answer.channel.id };
    const mine = made.error === 'name_taken' ? await ownChannel(name, incident) : null;
    return mine === null ? { error: made.error } : { channel: mine };
  }

  /**
   * The channel of an earlier try whose answer was lost: this bot made it, it is no other incident's room, and nobody else is in it yet. A
   * channel that somebody made or renamed to wait for the incident is never that (docs/explanation/security.md).
   */
  async function ownChannel(name: string, incident: Incident): Promise<string | null> {
    const { userId: me } = await calm(() => selfOf(client));
    let cursor: string | undefined;
    do {
      const types = incident.private ? 'private_channel' : 'public_channel';
      const more = cursor === undefined ? {} : { cursor };
      const page = await calm(() => client.users.conversations({ types, limit: 200, exclude_archived: true, ...inTeam, ...more }));
      const channel = page.channels?.find((one) => one.name === name);
      if (channel?.id !== undefined) return channel.creator === me && (await isUnused(channel.id, me, incident.id)) ? channel.id : null;
      cursor = page.response_metadata?.next_cursor || undefined;
    } while (cursor !== undefined);
    return null;
  }

  async function isUnused(channel: string, me: string | null, incident: string): Promise<boolean> {
    if ((await incidentsOf(channel)).some(({ id }) => id !== incident)) return false;
    const { members = [] } = await calm(() => client.conversations.members({ channel, limit: 10 }));
    return members.length === 1 && members[0] === me;
  }

  async function standing(channel: string, isPrivate: boolean): Promise<string | null> {
    const info = await refusable(() => client.conversations.info({ channel }));
    if ('error' in info) return info.error;
    const found = info.answer.channel;
    if (found?.is_archived === true) return 'is_archived';
    if (found?.is_member !== true) return 'app_removed';
    return isPrivate ? exposed(found) : null;
  }

  async function archive(channel: string): Promise<string | null> {
    const done = await refusable(() => client.conversations.archive({ channel }));
    return 'error' in done && done.error !== 'already_archived' ? done.error : null;
  }

  /** Slack puts apps out of what is archived, and then takes no unarchiving from them: it is people who do it, as a rule. */
  async function unarchive(channel: string, isPrivate: boolean): Promise<string | null> {
    const done = await refusable(() => client.conversations.unarchive({ channel }));
    if ('error' in done && done.error !== 'not_archived') return done.error;
    const wrong = await standing(channel, isPrivate);
    if (wrong !== 'app_removed' || isPrivate) return wrong;
    const joined = await refusable(() => client.conversations.join({ channel }));
    return 'error' in joined ? joined.error : null;
  }

  async function exposure(channel: string): Promise<string | null> {
    const info = await refusable(() => client.conversations.info({ channel }));
    return 'error' in info ? null : exposed(info.answer.channel ?? {});
  }

  async function setTopic(channel: string, incident: Incident): Promise<void> {
    await refusable(() => client.conversations.setTopic({ channel, topic: topicOf(incident) }));
  }

  async function setCall(channel: string, incident: Incident): Promise<void> {
    const { call = null, links = [] } = serviceOf(incident.service) ?? {};
    const { userId } = await calm(() => selfOf(client));
    await refusable(() => keepCall(client, channel, callOf(incident, call), links, userId));
  }

  return {
    makeChannel,
    standing,
    archive,
    unarchive,
    exposure,
    members: (who) => membersOf(people, who),
    async invite(channel, ...users) {
      const invited = await refusable(() => client.conversations.invite({ channel, users: users.join(',') }));
      if ('answer' in invited) return null;
      // Of one who is in already that is an answer; of several it says nothing of the others.
      return users.length === 1 && invited.error === 'already_in_channel' ? null : invited.error;
    },
    async isMember(channel, user) {
      const found = await refusable(() => people.isMember(channel, user));
      return 'answer' in found && found.answer;
    },
    async directMessage(user) {
      const opened = await refusable(() => client.conversations.open({ users: user }));
      return 'answer' in opened ? (opened.answer.channel?.id ?? null) : null;
    },
    setTopic,
    async furnish(channel, incident) {
      await setTopic(channel, incident);
      await refusable(() => addBookmarks(client, channel, incident, serviceOf(incident.service)?.links ?? []));
      await setCall(channel, incident);
    },
    setCall,
  };
}

/** What is told in a private incident's room is for those whom people invited there. */
function exposed({ is_private, is_ext_shared }: { readonly is_private?: boolean; readonly is_ext_shared?: boolean }): string | null {
  if (is_private !== true) return 'made_public';
  return is_ext_shared === true ? 'shared_outside' : null;
}

function topicOf(incident: Incident): string {
  const kind = incident.drill === undefined ? '' : 'DRILL, nothing here is real: ';
  return `${kind}${incident.severity} ${incident.serviceName}: ${incident.title}`
    .replaceAll(/<@[A-Z0-9]+\|([^>]*)>/g, '@$1')
    .replaceAll(/[<>]/g, '')
    .slice(0, 250);
}

async function addBookmarks(
  client: WebClient,
  channel: string,
  { statusPage }: Incident,
  configured: readonly { readonly title: string; readonly url: string }[],
): Promise<void> {
  const links = [...configured, ...(statusPage === null ? [] : [{ title: 'Status page', url: statusPage }])];
  const { bookmarks } = await client.bookmarks.list({ channel_id: channel });
  const there = new Set(bookmarks?.map((bookmark) => bookmark.title));
  for (const link of links.filter(({ title }) => !there.has(title))) {
    await client.bookmarks.add({ channel_id: channel, title: link.title, type: 'link', link: link.url });
  }
}

/** One bookmark of Tocsin's leads to the call; another link takes its place. One of the service's links, or of people's, may be called so too, and stays. */
async function keepCall(
  client: WebClient,
  channel: string,
  link: string | null,
  configured: readonly { readonly url: string }[],
  me: string | null,
): Promise<void> {
  const { bookmarks } = await client.bookmarks.list({ channel_id: channel });
  const own = bookmarks?.filter((one) => one.title === CALL_TITLE && one.last_updated_by_user_id === me);
  const there = own?.find((one) => !configured.some(({ url }) => url === one.link));
  if (there?.id === undefined) {
    if (link !== null) await client.bookmarks.add({ channel_id: channel, title: CALL_TITLE, type: 'link', link });
  } else if (link === null) {
    await client.bookmarks.remove({ channel_id: channel, bookmark_id: there.id });
  } else if (there.link !== link) {
    await client.bookmarks.edit({ channel_id: channel, bookmark_id: there.id, link });
  }
}

/** Looks at people and groups as a page would, and writes to nobody: an opened direct message shows nothing until something is said in it. */
export function createSurveyor(client: WebClient, people: People): Surveyor {
  return {
    members: (who) => membersOf(people, who),
    async standing(user) {
      const info = await refusable(() => client.users.info({ user }));
      if ('error' in info) return { name: user, unreachable: info.error, powerless: null };
      const { deleted, is_bot, is_restricted, is_ultra_restricted, profile, real_name } = info.answer.user ?? {};
      const name = profile?.display_name || real_name || user;
      if (deleted === true) return { name, unreachable: 'user_disabled', powerless: null };
      if (is_bot === true) return { name, unreachable: 'cannot_dm_bot', powerless: null };
      const opened = await refusable(() => client.conversations.open({ users: user }));
      const powerless = (await people.person(user, null)).trusted
        ? null
        : is_restricted === true || is_ultra_restricted === true
          ? 'guest'
          : 'outside';
      return { name, unreachable: 'error' in opened ? opened.error : null, powerless };
    },
  };
}

async function membersOf(people: People, who: Who): Promise<Line> {
  const found = await refusable(() => people.members(who));
  if ('error' in found) return { users: [], error: found.error };
  return { users: found.answer, error: found.answer.length > 0 ? null : 'rota' in who ? 'no_one_on_call' : 'empty' };
}

/** What Slack answered, or the code of its refusal. @throws RetryLater on 429, and whatever leaves it uncertain. */
export async function refusable<T>(work: () => Promise<T>): Promise<{ readonly answer: T } | { readonly error: string }> {
  try {
    return { answer: await calm(work) };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind !== 'refused') throw error;
    return { error: failure.code };
  }
}

/** Slack's 429 is no failure of a step: it comes back when Slack says. */
export async function calm<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind === 'rate-limited') throw new RetryLater(failure.retryMs, { cause: error });
    throw error;
  }
}
