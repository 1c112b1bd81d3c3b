import type { WebClient } from '@slack/web-api';
import type { ConfigFile, ServiceConfig } from '../config/schema.ts';
import { UserError } from '../domain/errors.ts';
import type { Person } from '../domain/incident/commands.ts';
import type { Who } from '../domain/policy.ts';
import type { RotaBook } from '../engine/rota/rotas.ts';
import { own } from '../lib/own.ts';
import { createDirectory, type Listed } from './directory.ts';
import { failureOf } from './errors.ts';
import { type Age, createGroupBook, type Groups } from './groups.ts';
import { type Home, idsOf, isMember } from './home.ts';
import { patiently } from './patience.ts';

/** How long (ms) what Slack said of a person is believed. Approvals look again at the click. */
const BELIEVED = 60_000;
/** The same of what may be some seconds old where Slack's limit leaves no room. */
const SECONDS = 5_000;
/** How many people are remembered; more are looked up again. */
const REMEMBERED = 5_000;

/** Without it Slack leaves addresses out of what it says of people. */
const MAIL_SCOPE = 'users:read.email';

/** A person whose roles may be incomplete: Slack could not be asked for the groups, and never had been. */
export interface Known extends Person {
  readonly rolesKnown: boolean;
}

export interface People {
  /** Who asks, with the roles they hold for this service, not older than `age` (a minute unless told). @throws UserError `roles-unknown` when Slack cannot be asked: nobody is let in on a guess. */
  person(user: string, service: ServiceConfig | null, age?: Age): Promise<Person>;
  /** The same for what may need no role: what Slack said last will do. @throws UserError `roles-unknown` for somebody of whom Slack never said anything. */
  asker(user: string, service: ServiceConfig | null): Promise<Known>;
  /** The one id of a person who has several, in Enterprise Grid; the id itself when Slack does not say. */
  idOf(user: string): Promise<string>;
  /** The people of a step in line; none for a user group that Slack does not know; of a rota who is on call. */
  members(who: Who): Promise<readonly string[]>;
  isMember(channel: string, user: string): Promise<boolean>;
  /** The direct message channel with a person. */
  directMessage(user: string): Promise<string>;
  /** What somebody is called, where a mention would notify them; `null` when Slack does not say. */
  nameOf(user: string): Promise<string | null>;
  /** The mail address of a person; `null` without the scope `users:read.email`. What may pass is thrown. */
  mailOf(user: string): Promise<string | null>;
  /**
   * Whether Slack has a mail address of a person. `hidden`: it tells none without the scope `users:read.email`.
   * @throws what Slack refuses, and what may pass, also where it described everybody but not them alone, which says nothing of who has no address
   */
  hasMail(user: string): Promise<'yes' | 'no' | 'hidden'>;
  /** The same of a user group: its handle. */
  nameOfGroup(group: string): Promise<string | null>;
  /** Names of the people seen so far, for `people.json`: they never enter the chain. */
  names(): Readonly<Record<string, string>>;
}

interface Profile {
  /** The first is the one that is recorded. */
  readonly ids: readonly [string, ...string[]];
  readonly trusted: boolean;
  readonly name: string;
  readonly mail: string | null;
  /** Whether Slack would tell an address, if there is one; where that is not known, why it did not say of them alone. */
  readonly tellsMail: boolean | Withheld;
}

interface Withheld {
  readonly cause: unknown;
}

/** Who is on call by a rota, and who may be. */
export type OnCall = Pick<RotaBook, 'called' | 'everybody'>;

/** People and groups as the workspace knows them, remembered for a minute. */
export function createPeople(
  client: WebClient,
  home: Home,
  roles: ConfigFile['roles'],
  onCall: OnCall,
  clock: () => number = () => performance.now(),
): People {
  const profiles = memory<Profile>(clock);
  const directs = memory<string>(clock);
  const [team = null] = home.teams;
  const book = createGroupBook(client, team, clock);
  const directory = createDirectory(client, team, clock);
  const names: Record<string, string> = {};

  function profile(user: string, age: Age = 'minute'): Promise<Profile> {
    return profiles.ask(user, age, async () => {
      const { found, at, tellsMail } = await described(user, age);
      const ids = idsOf(user, found ?? {});
      const name = found?.profile?.display_name || found?.real_name || found?.name || user;
      names[ids[0]] = name;
      return { at, value: { ids, trusted: found !== undefined && isMember(home, found), name, mail: found?.profile?.email || null, tellsMail } };
    });
  }

  /** As Slack describes somebody: where a crowd comes at once, as it describes everybody. An approval has a look of its own. */
  async function described(
    user: string,
    age: Age,
  ): Promise<{ readonly found: Listed | undefined; readonly at: number; readonly tellsMail: Profile['tellsMail'] }> {
    const at = clock();
    try {
      const { user: found, response_metadata: about } = await patiently(() => client.users.info({ user }));
      return { found, at, tellsMail: about?.scopes?.includes(MAIL_SCOPE) === true };
    } catch (error) {
      const failure = failureOf(error);
      // Who waits for a turn longer than anybody waits for an answer has found no room either.
      const isFull = failure.kind === 'rate-limited' || (failure.kind === 'uncertain' && failure.link === null);
      const listed = isFull && age !== 'now' ? await directory.find(user, age === 'minute' ? BELIEVED : SECONDS) : null;
      if (listed === null) throw error;
      return { ...listed, tellsMail: { cause: error } };
    }
  }

  /** As Slack says now, else as it said last. */
  async function profileOrLast(user: string): Promise<Profile> {
    try {
      return await profile(user);
    } catch (error) {
      const last = profiles.last(user);
      if (last === null) throw error;
      return last;
    }
  }

  async function rolesOf({ ids }: Profile, service: ServiceConfig | null, groups: Groups): Promise<string[]> {
    const inRotas = await Promise.all((service?.responders ?? []).flatMap((one) => ('rota' in one ? [onCall.everybody(one.rota)] : [])));
    const isOneOf = (who: readonly Who[]) => who.some((one) => ids.some((id) => isIn(one, id)));
    const isIn = (one: Who, id: string) => ('user' in one ? one.user === id : 'usergroup' in one && groups.get(one.usergroup)?.includes(id) === true);
    const held = Object.entries(roles)
      .filter(([, holders]) => isOneOf('usergroup' in holders ? [{ usergroup: holders.usergroup }] : holders.users.map((user) => ({ user }))))
      .map(([role]) => role);
    const responds =
      held.includes('responder') ||
      held.includes('incident-commander') ||
      (service !== null && isOneOf(service.responders)) ||
      inRotas.flat().some((id) => ids.includes(id));
    return responds ? [...new Set([...held, 'responder'])] : held;
  }

  async function isInChannel(channel: string, ids: readonly string[]): Promise<boolean> {
    let cursor: string | undefined;
    do {
      const page = await patiently(() => client.conversations.members({ channel, limit: 200, ...(cursor === undefined ? {} : { cursor }) }));
      if (ids.some((id) => page.members?.includes(id) === true)) return true;
      cursor = page.response_metadata?.next_cursor || undefined;
    } while (cursor !== undefined);
    return false;
  }

  return {
    async person(user, service, age = 'minute') {
      try {
        const found = await profile(user, age);
        const [id] = found.ids;
        if (!found.trusted) return { id, trusted: false, roles: [] };
        return { id, trusted: true, roles: await rolesOf(found, service, await book.look(age)) };
      } catch (cause) {
        throw rolesUnknown(cause);
      }
    },
    async asker(user, service) {
      try {
        const found = await profileOrLast(user);
        const [id] = found.ids;
        if (!found.trusted) return { id, trusted: false, roles: [], rolesKnown: true };
        const groups = await book.look('minute').catch(() => book.last());
        return { id, trusted: true, roles: await rolesOf(found, service, groups ?? new Map()), rolesKnown: groups !== null };
      } catch (cause) {
        throw rolesUnknown(cause);
      }
    },
    async idOf(user) {
      try {
        return (await profileOrLast(user)).ids[0];
      } catch {
        return user;
      }
    },
    async members(who) {
      if ('user' in who) return [who.user];
      if ('rota' in who) return onCall.called(who);
      const last = book.last();
      // Who was in the group a while ago is called rather than nobody.
      const groups = last === null ? await book.look('seconds') : await book.look('seconds').catch(() => last);
      // By the id that records use, where somebody was seen: a requester must not be taken for a second person.
      return (groups.get(who.usergroup) ?? []).map((id) => profiles.last(id)?.ids[0] ?? id);
    },
    async isMember(channel, user) {
      try {
        return await isInChannel(channel, (await profileOrLast(user)).ids);
      } catch (cause) {
        // A channel that is gone has nobody in it.
        if (failureOf(cause).kind === 'refused') return false;
        throw rolesUnknown(cause);
      }
    },
    directMessage(user) {
      return directs.ask(user, 'minute', async () => {
        const at = clock();
        const { channel } = await client.conversations.open({ users: user });
        if (channel?.id === undefined) throw new UserError('no-direct-message', `<@${user}> cannot be written to directly.`);
        return { at, value: channel.id };
      });
    },
    async nameOf(user) {
      try {
        return own(names, user) ?? (await profileOrLast(user)).name;
      } catch {
        return null;
      }
    },
    async mailOf(user) {
      return (await profileOrLast(user)).mail;
    },
    async hasMail(user) {
      const last = profiles.last(user);
      // Who asks again wants more than what said nothing of it before.
      const { mail, tellsMail } = await profile(user, typeof last?.tellsMail === 'object' ? 'seconds' : 'minute');
      if (mail !== null) return 'yes';
      if (typeof tellsMail === 'object') throw tellsMail.cause;
      return tellsMail ? 'no' : 'hidden';
    },
    async nameOfGroup(group) {
      if (book.handleOf(group) === null) await book.look('minute').catch(() => null);
      return book.handleOf(group);
    },
    names: () => names,
  };
}

/** Slack could not be asked. What it was that Slack said is the cause: a passing failure is worth another try. */
export function rolesUnknown(cause: unknown): UserError {
  return new UserError('roles-unknown', 'Slack could not say who you are and which roles you hold, so nothing was changed. Try again in a moment.', {
    cause,
  });
}

/** True for `roles-unknown` that may pass by itself. */
export function mayPass(error: UserError): boolean {
  return error.code === 'roles-unknown' && failureOf(error.cause).kind !== 'refused';
}

/** An answer of Slack's, and when (ms) it was asked for it. */
interface Answer<T> {
  readonly at: number;
  readonly value: T;
}

/**
 * Remembers answers for BELIEVED ms, unless a fresh one is asked for. Questions of the same age that are under way are shared: what may come from a look that is
 * some seconds old answers nobody who asks for now. The last answer stays when there is none.
 */
function memory<T>(clock: () => number) {
  const answers = new Map<string, Answer<T>>();
  const running = new Map<string, Promise<T>>();

  async function look(key: string, ask: () => Promise<Answer<T>>): Promise<T> {
    const answer = await ask();
    const before = answers.get(key);
    if (before !== undefined && before.at > answer.at) return answer.value;
    answers.delete(key);
    answers.set(key, answer);
    for (const oldest of answers.keys()) if (answers.size > REMEMBERED) answers.delete(oldest);
    return answer.value;
  }

  return {
    async ask(key: string, age: Age, ask: () => Promise<Answer<T>>): Promise<T> {
      const known = answers.get(key);
      if (age === 'minute' && known !== undefined && clock() - known.at < BELIEVED) return known.value;
      const question = `${age} ${key}`;
      const before = running.get(question);
      if (before !== undefined) return before;
      const value = look(key, ask);
      running.set(question, value);
      try {
        return await value;
      } finally {
        running.delete(question);
      }
    },
    last: (key: string): T | null => answers.get(key)?.value ?? null,
  };
}
