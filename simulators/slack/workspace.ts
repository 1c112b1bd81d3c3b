import type { Clock } from './clock.ts';
import { newId, timestamps } from './ids.ts';
import type { ParsedSeed } from './seed.ts';
import type {
  Canvas,
  Change,
  Channel,
  ChannelKind,
  Ephemeral,
  Json,
  Message,
  OpenView,
  ScheduledMessage,
  StateValues,
  StoredFile,
  User,
  Usergroup,
} from './state.ts';

type EventListener = (event: Json, channel: Channel | undefined) => void;

/** Everything a Slack workspace remembers. Changes go through it, so that whoever watches hears of each. */
export class Workspace {
  readonly seed: ParsedSeed;
  readonly clock: Clock;
  /** Address of the simulator, without a slash at its end; known once it listens. */
  url = '';
  readonly users = new Map<string, User>();
  readonly usergroups = new Map<string, Usergroup>();
  readonly channels = new Map<string, Channel>();
  readonly files = new Map<string, StoredFile>();
  /** Canvases that stand alone and are in no channel's tabs, by id. */
  readonly canvases = new Map<string, Canvas>();
  readonly ephemerals: Ephemeral[] = [];
  readonly scheduled: ScheduledMessage[] = [];
  readonly views = new Map<string, OpenView>();
  /** Per person, the ids of the modals on top of each other, the last one in front. */
  readonly stacks = new Map<string, string[]>();
  /** Per person, the id of the view in the app's Home tab. */
  readonly homes = new Map<string, string>();
  /** What people have chosen in messages, by `channel/ts/user`. */
  readonly messageStates = new Map<string, StateValues>();
  readonly nextTs: () => string;
  readonly #watchers = new Set<(change: Change) => void>();
  readonly #eventListeners = new Set<EventListener>();

  constructor(seed: ParsedSeed, clock: Clock) {
    this.seed = seed;
    this.clock = clock;
    this.nextTs = timestamps(() => clock.now());
    for (const user of seed.users) {
      this.users.set(user.id, {
        title: '',
        tz: 'Etc/UTC',
        is_bot: false,
        is_admin: false,
        is_restricted: false,
        is_ultra_restricted: false,
        deleted: false,
        team_id: seed.team.id,
        ...withoutUndefined(user),
      });
    }
    this.users.set(seed.bot.userId, botUser(seed));
    for (const group of seed.usergroups) this.usergroups.set(group.id, { ...group, users: [...group.users] });
    for (const channel of seed.channels) this.#seedChannel(channel);
    clock.onChange((offset_ms) => this.changed({ kind: 'clock', offset_ms }));
  }

  /** Whole seconds of the workspace's time. */
  nowSeconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  watch(watcher: (change: Change) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  changed(change: Change): void {
    for (const watcher of this.#watchers) watcher(change);
  }

  /** Hears every event of the Events API before scopes and subscriptions are looked at. */
  onEvent(listener: EventListener): void {
    this.#eventListeners.add(listener);
  }

  event(event: Json, channel?: Channel): void {
    for (const listener of this.#eventListeners) listener(event, channel);
  }

  addChannel(parts: { name: string; kind: ChannelKind; creator: string; members: string[]; id?: string }): Channel {
    const prefix = parts.kind === 'im' ? 'D' : 'C';
    const channel: Channel = {
      id: newId(prefix),
      topic: '',
      purpose: '',
      created: this.nowSeconds(),
      archived: false,
      bookmarks: [],
      pins: [],
      messages: [],
      ...parts,
    };
    this.channels.set(channel.id, channel);
    this.changed({ kind: 'channel', channel: channel.id });
    return channel;
  }

  /** The direct message of exactly these people, made if there is none. */
  direct(members: readonly string[], creator: string): { channel: Channel; created: boolean } {
    const wanted = [...new Set(members)].sort().join();
    for (const channel of this.channels.values()) {
      if ((channel.kind === 'im' || channel.kind === 'mpim') && [...channel.members].sort().join() === wanted) {
        return { channel, created: false };
      }
    }
    const kind = members.length > 2 ? 'mpim' : 'im';
    const name = kind === 'im' ? '' : `mpdm-${members.map((id) => this.users.get(id)?.name ?? id).join('--')}-1`;
    return { channel: this.addChannel({ name, kind, creator, members: [...new Set(members)] }), created: true };
  }

  addMessage(channel: Channel, message: Message): void {
    channel.messages.push(message);
    if (message.thread_ts !== undefined) this.#countReply(channel, message);
    this.changed({ kind: 'message', channel: channel.id, message });
  }

  findMessage(channel: Channel, ts: string): Message | undefined {
    return channel.messages.findLast((message) => message.ts === ts);
  }

  deleteMessage(channel: Channel, message: Message): void {
    channel.messages = channel.messages.filter((other) => other !== message);
    channel.pins = channel.pins.filter((pin) => pin.ts !== message.ts);
    const parent = message.thread_ts === undefined ? undefined : this.findMessage(channel, message.thread_ts);
    if (parent !== undefined && parent !== message) this.#recount(channel, parent);
    this.changed({ kind: 'message_deleted', channel: channel.id, ts: message.ts });
  }

  addEphemeral(channel: Channel, user: string, message: Message): void {
    this.ephemerals.push({ channel: channel.id, user, message: { ...message, is_ephemeral: true } });
    this.changed({ kind: 'ephemeral', user, channel: channel.id, message: { ...message, is_ephemeral: true } });
  }

  findEphemeral(user: string, channel: string, ts: string): Ephemeral | undefined {
    return this.ephemerals.find((entry) => entry.user === user && entry.channel === channel && entry.message.ts === ts);
  }

  replaceEphemeral(entry: Ephemeral, message: Message): void {
    entry.message = { ...message, ts: entry.message.ts, is_ephemeral: true };
    this.changed({ kind: 'ephemeral', user: entry.user, channel: entry.channel, message: entry.message });
  }

  deleteEphemeral(entry: Ephemeral): void {
    const index = this.ephemerals.indexOf(entry);
    if (index < 0) return;
    this.ephemerals.splice(index, 1);
    this.changed({ kind: 'ephemeral_deleted', user: entry.user, channel: entry.channel, ts: entry.message.ts });
  }

  /** Tells one person something in Slackbot's voice, such as a command that failed. */
  notice(user: string, text: string, channel?: string): void {
    this.changed(channel === undefined ? { kind: 'notice', user, text } : { kind: 'notice', user, text, channel });
  }

  #seedChannel(seed: ParsedSeed['channels'][number]): void {
    const channel = this.addChannel({
      id: seed.id,
      name: seed.name,
      kind: seed.is_private === true ? 'private' : 'public',
      creator: seed.members[0] ?? this.seed.bot.userId,
      members: [...seed.members],
    });
    channel.topic = seed.topic ?? '';
    channel.purpose = seed.purpose ?? '';
  }

  #countReply(channel: Channel, reply: Message): void {
    const parent = this.findMessage(channel, reply.thread_ts ?? '');
    if (parent !== undefined && parent !== reply) this.#recount(channel, parent);
  }

  #recount(channel: Channel, parent: Message): void {
    const replies = channel.messages.filter((message) => message.thread_ts === parent.ts && message !== parent);
    const users = [...new Set(replies.map((reply) => reply.user ?? reply.bot_id ?? ''))];
    parent.thread_ts = parent.ts;
    parent.reply_count = replies.length;
    parent.reply_users = users;
    parent.reply_users_count = users.length;
    parent.latest_reply = replies.at(-1)?.ts ?? parent.ts;
    this.changed({ kind: 'message', channel: channel.id, message: parent });
  }
}

function botUser(seed: ParsedSeed): User {
  return {
    id: seed.bot.userId,
    name: seed.bot.name.toLowerCase(),
    real_name: seed.bot.name,
    title: '',
    tz: 'Etc/UTC',
    team_id: seed.team.id,
    is_bot: true,
    is_admin: false,
    is_restricted: false,
    is_ultra_restricted: false,
    deleted: false,
  };
}

/** Drops keys that hold `undefined`, for exact optional properties. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
