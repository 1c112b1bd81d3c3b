import type { WebClient } from '@slack/web-api';
import type { ConfigFile, ServiceConfig } from '../config-schema.ts';
import type { Person } from '../domain/commands.ts';
import { UserError } from '../domain/errors.ts';
import type { Who } from '../domain/policy.ts';

/** How long (ms) what Slack said of a person or a group is believed. Approvals look again at the click. */
const BELIEVED = 60_000;

export interface People {
  /** Who asks, with the roles they hold for this service; `fresh` asks Slack again. @throws UserError when Slack cannot be asked: nobody is let in on a guess. */
  person(user: string, service: ServiceConfig | null, fresh?: boolean): Promise<Person>;
  /** The people of a step in line. */
  members(who: Who): Promise<readonly string[]>;
  isMember(channel: string, user: string): Promise<boolean>;
  /** The direct message channel with a person. */
  directMessage(user: string): Promise<string>;
  /** Names of the people seen so far, for `people.json`: they never enter the chain. */
  names(): Readonly<Record<string, string>>;
}

interface Profile {
  readonly trusted: boolean;
  readonly name: string;
}

/** People and groups as the workspace knows them, remembered for a minute. `teamId`: the one workspace whose people count. */
export function createPeople(client: WebClient, teamId: string, roles: ConfigFile['roles'], clock: () => number = () => performance.now()): People {
  const remember = memory(clock);
  const names: Record<string, string> = {};

  function profile(user: string, fresh = false): Promise<Profile> {
    return remember(`user:${user}`, fresh, async () => {
      const { user: found } = await client.users.info({ user });
      const trusted =
        found?.deleted !== true &&
        found?.is_bot !== true &&
        found?.is_restricted !== true &&
        found?.is_ultra_restricted !== true &&
        found?.team_id === teamId;
      const name = found?.profile?.display_name || found?.real_name || found?.name || user;
      names[user] = name;
      return { trusted: found !== undefined && trusted, name };
    });
  }

  function group(usergroup: string, fresh = false): Promise<readonly string[]> {
    return remember(`group:${usergroup}`, fresh, async () => (await client.usergroups.users.list({ usergroup })).users ?? []);
  }

  async function isOneOf(user: string, who: readonly Who[], fresh: boolean): Promise<boolean> {
    for (const one of who) if ('user' in one ? one.user === user : (await group(one.usergroup, fresh)).includes(user)) return true;
    return false;
  }

  async function rolesOf(user: string, service: ServiceConfig | null, fresh: boolean): Promise<string[]> {
    const held: string[] = [];
    for (const [role, holders] of Object.entries(roles)) {
      const who = 'usergroup' in holders ? [{ usergroup: holders.usergroup }] : holders.users.map((one) => ({ user: one }));
      if (await isOneOf(user, who, fresh)) held.push(role);
    }
    const responds =
      held.includes('responder') || held.includes('incident-commander') || (service !== null && (await isOneOf(user, service.responders, fresh)));
    return responds ? [...new Set([...held, 'responder'])] : held;
  }

  return {
    async person(user, service, fresh = false) {
      try {
        const { trusted } = await profile(user, fresh);
        return { id: user, trusted, roles: trusted ? await rolesOf(user, service, fresh) : [] };
      } catch (cause) {
        throw new UserError(
          'roles-unknown',
          'Slack could not say who you are and which roles you hold, so nothing was changed. Try again in a moment.',
          { cause },
        );
      }
    },
    async members(who) {
      return 'user' in who ? [who.user] : group(who.usergroup);
    },
    async isMember(channel, user) {
      let cursor: string | undefined;
      do {
        const page = await client.conversations.members({ channel, limit: 200, ...(cursor === undefined ? {} : { cursor }) });
        if (page.members?.includes(user) === true) return true;
        cursor = page.response_metadata?.next_cursor || undefined;
      } while (cursor !== undefined);
      return false;
    },
    directMessage(user) {
      return remember(`dm:${user}`, false, async () => {
        const { channel } = await client.conversations.open({ users: user });
        if (channel?.id === undefined) throw new UserError('no-direct-message', `<@${user}> cannot be written to directly.`);
        return channel.id;
      });
    },
    names: () => names,
  };
}

/** Remembers answers for BELIEVED ms, unless a fresh one is asked for; failures are not remembered. */
function memory(clock: () => number) {
  const kept = new Map<string, { readonly at: number; readonly value: Promise<unknown> }>();
  return function remember<T>(key: string, fresh: boolean, ask: () => Promise<T>): Promise<T> {
    const known = kept.get(key);
    if (!fresh && known !== undefined && clock() - known.at < BELIEVED) return known.value as Promise<T>;
    const value = ask();
    kept.set(key, { at: clock(), value });
    value.catch(() => kept.delete(key));
    return value;
  };
}
