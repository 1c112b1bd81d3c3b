/** What this person sees of the workspace, kept up to date by server-sent events. */
export const state = {
  loaded: false,
  me: '',
  team: { id: '', name: '', domain: '' },
  bot: { userId: '', appId: '', name: '' },
  users: new Map(),
  usergroups: new Map(),
  channels: new Map(),
  /** Channel id to its messages, oldest first. */
  messages: new Map(),
  /** Messages for this person only: `{channel, message}`. */
  ephemerals: [],
  views: [],
  home: null,
  commands: [],
  shortcuts: [],
  thingsToTry: [],
  /** What can be broken: `{id, platform, title, active}`. */
  platforms: [],
  /** What was sent elsewhere: `{pages, mails, statusPages}`; `null` where nothing is. */
  outside: null,
  clockAhead: 0,
  offsetMs: 0,
  connections: 0,
};

const listeners = new Set();
let stream;

/** Hears of each change, by what it concerns: `channels`, `messages`, `views`, `home`, `clock`, `connections`, `platforms`, `outside`, `all`, `notice`. */
export function onChange(listener) {
  listeners.add(listener);
}

export function tell(what, detail = {}) {
  for (const listener of listeners) listener(what, detail);
}

/** Becomes a person: everything is loaded anew, as they see it. */
export async function become(user) {
  stream?.close();
  await load(user);
  stream = new EventSource(`_sim/events?as=${state.me}`);
  stream.onmessage = ({ data }) => apply(JSON.parse(data));
  let broken = false;
  stream.onerror = () => {
    broken = true;
    state.connections = 0;
    tell('connections');
  };
  // After a break whatever happened meanwhile is loaded again.
  stream.onopen = async () => {
    if (!broken) return;
    broken = false;
    await load(state.me);
  };
}

/** Does something as the person one is. Gives the outcome; throws what the simulator says. */
export async function act(action, args = {}) {
  return post(`as/${state.me}/${action}`, args);
}

export async function advanceClock(ms) {
  await post('clock', { advance_ms: ms });
}

/** Breaks or mends something of a platform. Throws what the platform says. */
export async function setPlatformFault(id, on) {
  state.platforms = await post('platforms', { id, on });
  tell('platforms');
}

/** Does something with a page as the person one is, in the pager's own app. Throws why it does not work. */
export async function answerPage(page, what) {
  state.outside = await post('outside', { as: state.me, page, what });
  tell('outside');
}

async function post(path, body) {
  const response = await fetch(`_sim/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

async function load(user) {
  const response = await fetch(`_sim/state${user ? `?as=${encodeURIComponent(user)}` : ''}`);
  const snapshot = await response.json();
  const { me, team, bot, views, home, commands, shortcuts, thingsToTry, ephemerals, connections, platforms, outside } = snapshot;
  Object.assign(state, { me, team, bot, views, home, commands, shortcuts, thingsToTry, ephemerals, connections, platforms, outside, loaded: true });
  state.users = new Map(snapshot.users.map((one) => [one.id, one]));
  state.usergroups = new Map(snapshot.usergroups.map((one) => [one.id, one]));
  state.channels = new Map(snapshot.channels.map((one) => [one.id, one]));
  state.messages = new Map(Object.entries(snapshot.messages));
  setClock(snapshot.clock);
  tell('all');
}

function setClock({ now, offset_ms }) {
  state.clockAhead = now - Date.now();
  state.offsetMs = offset_ms;
}

const handlers = {
  hello: () => undefined,
  message({ channel, message }) {
    const messages = state.messages.get(channel) ?? [];
    const index = messages.findLastIndex((one) => one.ts === message.ts);
    if (index < 0) messages.push(message);
    else messages[index] = message;
    state.messages.set(channel, messages);
    tell('messages', { channel, message, fresh: index < 0 });
  },
  message_deleted({ channel, ts }) {
    state.messages.set(
      channel,
      (state.messages.get(channel) ?? []).filter((one) => one.ts !== ts),
    );
    tell('messages', { channel });
  },
  channel({ channel }) {
    state.channels.set(channel.id, channel);
    tell('channels', { channel: channel.id });
  },
  channel_gone({ channel }) {
    state.channels.delete(channel);
    tell('channels', { channel });
  },
  ephemeral({ channel, message }) {
    const entry = state.ephemerals.find((one) => one.channel === channel && one.message.ts === message.ts);
    if (entry) entry.message = message;
    else state.ephemerals.push({ channel, message });
    tell('messages', { channel, message, fresh: !entry });
  },
  ephemeral_deleted({ channel, ts }) {
    state.ephemerals = state.ephemerals.filter((one) => one.message.ts !== ts);
    tell('messages', { channel });
  },
  views({ views }) {
    state.views = views;
    tell('views');
  },
  home({ home }) {
    state.home = home;
    tell('home');
  },
  clock(clock) {
    setClock(clock);
    tell('clock');
  },
  connections({ count }) {
    state.connections = count;
    tell('connections');
  },
  platforms({ platforms }) {
    state.platforms = platforms;
    tell('platforms');
  },
  outside({ outside }) {
    state.outside = outside;
    tell('outside');
  },
  notice: (notice) => tell('notice', notice),
};

function apply(change) {
  handlers[change.kind]?.(change);
}
