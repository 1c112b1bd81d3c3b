import { fill, h, icon } from './dom.js';
import { avatar, channelName, groupsOf, userRole } from './names.js';
import { outsidePlaces } from './outside.js';
import { guarded } from './overlays.js';
import { act, state } from './store.js';
import { lastRead, ui } from './ui.js';

let peopleOpen = false;

/** Channels, the app, people, and who one is. */
export function renderSidebar(root, { openPlace, become }) {
  const channels = [...state.channels.values()].filter((channel) => channel.kind === 'public' || channel.kind === 'private');
  const joined = channels.filter((channel) => channel.members.includes(state.me) && !channel.archived).sort(byName);
  const others = channels.filter((channel) => !channel.members.includes(state.me) && !channel.archived).sort(byName);
  const groups = [...state.channels.values()].filter((channel) => channel.kind === 'mpim');
  const scrolled = root.querySelector('.list')?.scrollTop ?? 0;
  fill(
    root,
    h('h1', {}, state.team.name),
    h(
      'div',
      { class: 'list' },
      h('h2', {}, 'Channels'),
      joined.map(channelPlace),
      others.length > 0 && [h('h2', {}, 'More channels'), others.map(channelPlace)],
      h('h2', {}, 'Apps'),
      appPlace(),
      state.outside && [h('h2', {}, 'Outside Slack'), outsidePlaces().map((one) => place({ ...one, onclick: () => openPlace(one.place) }))],
      h('h2', {}, 'Direct messages'),
      groups.map(channelPlace),
      people().map(personPlace),
    ),
    personNow(),
  );
  root.querySelector('.list').scrollTop = scrolled;

  function channelPlace(channel) {
    const { unread, mentions } = unreadOf(channel);
    const current = ui.place.kind === 'channel' && ui.place.id === channel.id;
    const sign = channel.kind === 'private' ? icon('lock', 15) : channel.kind === 'mpim' ? icon('people', 16) : '#';
    return place({ label: channelName(channel), sign, current, unread, mentions, onclick: () => openPlace({ kind: 'channel', id: channel.id }) });
  }

  function appPlace() {
    const direct = directWith(state.bot.userId);
    const { mentions } = direct ? unreadOf(direct) : { mentions: 0 };
    const connected = state.connections > 0;
    const dot = h('span', { class: `dot ${connected ? 'on' : 'off'}`, title: connected ? 'Connected' : 'Not connected' });
    const onclick = () => openPlace({ kind: 'home', tab: mentions > 0 ? 'messages' : 'home' });
    const status = connected ? '' : ', not connected';
    return place({
      label: state.bot.name,
      name: `${state.bot.name} app${status}`,
      sign: avatar(state.bot.userId, 'small'),
      current: ui.place.kind === 'home',
      unread: mentions > 0,
      mentions,
      after: dot,
      onclick,
    });
  }

  function personPlace(user) {
    const direct = directWith(user.id);
    const { mentions } = direct ? unreadOf(direct) : { mentions: 0 };
    const open = guarded(async () => {
      const { channel } = await act('openDirect', { users: [user.id] });
      openPlace({ kind: 'channel', id: channel });
    });
    const current = direct !== undefined && ui.place.kind === 'channel' && ui.place.id === direct.id;
    return place({ label: user.real_name, sign: avatar(user.id, 'small'), current, unread: mentions > 0, mentions, onclick: open });
  }

  function personNow() {
    const user = state.users.get(state.me);
    const role = userRole(user) || 'Member';
    const list = peopleOpen && peopleList();
    const toggle = () => {
      peopleOpen = !peopleOpen;
      renderSidebar(root, { openPlace, become });
      (root.querySelector('[aria-selected="true"]') ?? root.querySelector('.person-now > button'))?.focus();
    };
    return h(
      'div',
      { class: 'person-now', onkeydown: (event) => peopleOpen && event.key === 'Escape' && toggle() },
      list,
      h(
        'button',
        {
          type: 'button',
          'aria-haspopup': 'listbox',
          'aria-expanded': String(peopleOpen),
          'aria-label': `You are: ${user.real_name}, ${role}. Be somebody else`,
          onclick: toggle,
        },
        avatar(user.id),
        h('span', { class: 'who' }, h('small', {}, 'You are:'), h('b', {}, user.real_name), h('span', {}, role)),
        icon('updown', 18),
      ),
    );
  }

  function peopleList() {
    const option = (user) =>
      h(
        'button',
        { type: 'button', role: 'option', 'aria-selected': String(user.id === state.me), onclick: () => ((peopleOpen = false), become(user.id)) },
        avatar(user.id, 'medium'),
        h('span', { class: 'who' }, user.real_name, h('small', {}, userRole(user) || 'Member')),
        h(
          'span',
          {},
          groupsOf(user.id).map((group) => h('span', { class: 'chip' }, `@${group.handle}`)),
        ),
      );
    return h(
      'div',
      { class: 'people scroll', role: 'listbox', 'aria-label': 'Be somebody else' },
      h('h3', {}, 'Be somebody else'),
      everybody().map(option),
    );
  }
}

function place({ label, name, sign, current, unread, mentions, unreadWord = 'unread', after, onclick }) {
  const said = mentions > 0 ? `${name ?? label}, ${mentions} ${unreadWord}` : name;
  return h(
    'button',
    { type: 'button', class: `place${unread ? ' unread' : ''}`, 'aria-current': current ? 'page' : undefined, 'aria-label': said, onclick },
    h('span', { class: 'sign' }, sign),
    h('span', { class: 'label' }, label),
    mentions > 0 && h('span', { class: 'badge' }, String(mentions)),
    after,
  );
}

function everybody() {
  return [...state.users.values()].filter((user) => !user.is_bot && !user.deleted);
}

function people() {
  return everybody().filter((user) => user.id !== state.me && user.team_id === state.team.id);
}

/** The direct message with one other person or the app. */
export function directWith(id) {
  return [...state.channels.values()].find((channel) => channel.kind === 'im' && channel.members.includes(id) && channel.members.includes(state.me));
}

/** Unread messages, and how many of them speak to this person. */
function unreadOf(channel) {
  const since = lastRead(state.me, channel.id);
  const fresh = (state.messages.get(channel.id) ?? []).filter(
    (message) => message.ts > since && message.user !== state.me && !['channel_join', 'channel_leave', 'channel_topic'].includes(message.subtype),
  );
  const member = channel.members.includes(state.me);
  if (!member || fresh.length === 0) return { unread: false, mentions: 0 };
  if (channel.kind === 'im' || channel.kind === 'mpim') return { unread: true, mentions: fresh.length };
  const groups = groupsOf(state.me).map((group) => `<!subteam^${group.id}`);
  const named = [`<@${state.me}>`, '<!here>', '<!channel>', ...groups];
  return {
    unread: true,
    mentions: fresh.filter((message) => named.some((name) => JSON.stringify([message.text, message.blocks]).includes(name))).length,
  };
}

function byName(a, b) {
  return a.name.localeCompare(b.name);
}
