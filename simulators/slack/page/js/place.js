import { blocks } from './blocks.js';
import { composer } from './composer.js';
import { fill, h, icon } from './dom.js';
import { markdown } from './markdown.js';
import { renderMessages, shownIn } from './messages.js';
import { mrkdwn } from './mrkdwn.js';
import { avatar, channelLabel, channelName, mayActWith } from './names.js';
import { renderOutside } from './outside.js';
import { guarded, openDialog, openMenu, toast } from './overlays.js';
import { directWith } from './sidebar.js';
import { act, state } from './store.js';
import { markRead, ui } from './ui.js';

let shown = '';
let parts = {};

/** The middle: a channel, the app's home, or what was sent elsewhere. */
export function renderPlace(root, handlers) {
  const key = `${state.me}/${JSON.stringify(ui.place)}`;
  const isNew = key !== shown;
  shown = key;
  if (ui.place.kind === 'home') return renderHome(root, handlers, isNew);
  if (ui.place.kind === 'outside') return renderOutside(root, isNew);
  const channel = state.channels.get(ui.place.id);
  if (!channel) return;
  renderChannel(root, channel, handlers, isNew);
}

/** Puts a text into the composer that is shown. */
export function insertText(text) {
  parts.box?.insert(text);
}

function renderChannel(root, channel, handlers, isNew) {
  if (isNew) {
    parts = conversation(channel);
    fill(root, parts.header, parts.bookmarks, parts.banner, parts.list, parts.base);
  }
  fill(parts.header, header(channel, handlers));
  fillBookmarks(parts.bookmarks, channel, handlers);
  fillBanner(parts.banner);
  fillFoot(channel, handlers);
  fillMessages(channel, isNew);
}

function conversation(channel) {
  const list = h('div', {
    class: 'messages scroll',
    role: 'log',
    'aria-label': `Messages in ${channelLabel(channel)}`,
    tabindex: '0',
    onscroll: () => isAtEnd() && (parts.newest.hidden = true),
  });
  const newest = h('button', { type: 'button', class: 'newest', hidden: true, onclick: toEnd }, 'New messages ↓');
  const foot = h('div');
  return {
    header: h('header', { class: 'place-header' }),
    bookmarks: h('div', { class: 'bookmarks' }),
    banner: h('div', { class: 'banner', role: 'status' }),
    list,
    newest,
    foot,
    base: h('div', { class: 'foot' }, newest, foot),
    box: undefined,
    last: '',
    footKey: '',
  };
}

function isAtEnd() {
  const { list } = parts;
  return list.scrollHeight - list.scrollTop - list.clientHeight < 120;
}

function toEnd() {
  parts.list.scrollTop = parts.list.scrollHeight;
  parts.newest.hidden = true;
}

/** Who reads further up stays there, and is told when something new stands below. */
function fillMessages(channel, isNew) {
  const { list } = parts;
  const atEnd = isNew || isAtEnd();
  const messages = shownIn(channel.id);
  renderMessages(list, channel, messages, { head: beginning(channel) });
  const linked = ui.linked && document.getElementById(`m${ui.linked}`);
  if (linked && isNew) linked.scrollIntoView({ block: 'center' });
  else if (atEnd) toEnd();
  else if (parts.last < (messages.at(-1)?.ts ?? '')) parts.newest.hidden = false;
  parts.last = messages.at(-1)?.ts ?? '';
  const newest = (state.messages.get(channel.id) ?? []).at(-1);
  if (newest && document.visibilityState === 'visible') markRead(state.me, channel.id, newest.ts);
}

function beginning(channel) {
  const what =
    channel.kind === 'im' ? `This is where you and ${channelName(channel)} talk.` : `This is the beginning of the ${channelLabel(channel)} channel.`;
  return h(
    'div',
    { class: 'beginning', dataset: { key: 'beginning' } },
    h('h3', {}, channelLabel(channel)),
    h('span', { class: 'dim' }, what, ' ', channel.purpose),
  );
}

function header(channel, handlers) {
  const named = channel.kind === 'public' || channel.kind === 'private';
  const title = h('h2', {}, named ? [channel.kind === 'private' ? icon('lock', 16) : '# ', channel.name] : channelName(channel));
  const members = h(
    'button',
    {
      type: 'button',
      class: 'members',
      'aria-label': `${channel.members.length} members`,
      onclick: (event) => openMenu(event.currentTarget, memberItems(channel, handlers)),
    },
    h(
      'span',
      { class: 'stack' },
      channel.members.slice(0, 3).map((id) => avatar(id, 'small')),
    ),
    String(channel.members.length),
  );
  const topic = h('div', { class: 'topic' }, channel.topic && mrkdwn(channel.topic));
  return [title, topic, named && members];
}

function memberItems(channel) {
  const names = channel.members.map((id) => ({ label: state.users.get(id)?.real_name ?? id, hint: state.users.get(id)?.title }));
  const leave = { label: `Leave #${channel.name}`, danger: true, onclick: guarded(() => act('leave', { channel: channel.id })) };
  return [{ caption: 'Members' }, ...names, ...(channel.members.includes(state.me) ? ['-', leave] : [])];
}

function fillBookmarks(root, channel, { openPlace }) {
  root.hidden = channel.bookmarks.length === 0 && channel.pins.length === 0 && channel.tabs.length === 0 && !channel.canvas;
  const toMessage = (pin) => () => openPlace({ kind: 'channel', id: channel.id }, pin.ts);
  const pins = (event) =>
    openMenu(
      event.currentTarget,
      channel.pins.map((pin) => ({ label: pinned(channel, pin), onclick: toMessage(pin) })),
    );
  const bookmark = ({ title, link, emoji }) =>
    h('a', { href: link, target: '_blank', rel: 'noopener noreferrer' }, emoji ? mrkdwn(emoji) : icon('link', 15), title);
  const canvas = (shown, name) => {
    const onclick = () => openDialog({ title: shown.title || name, className: 'viewer', body: markdown(shown.markdown) });
    return h('button', { type: 'button', onclick }, icon('canvas', 15), name);
  };
  fill(
    root,
    channel.canvas && canvas(channel.canvas, 'Canvas'),
    channel.tabs.map((tab) => canvas(tab, tab.title || 'Untitled')),
    channel.pins.length > 0 && h('button', { type: 'button', onclick: pins }, icon('pin', 15), `${channel.pins.length} pinned`),
    channel.bookmarks.map(bookmark),
  );
}

function pinned(channel, pin) {
  const message = (state.messages.get(channel.id) ?? []).find((one) => one.ts === pin.ts);
  return message?.text.slice(0, 60) || 'A message';
}

function fillBanner(root) {
  root.hidden = state.connections > 0;
  fill(root, icon('warn', 18), h('span', {}, h('b', {}, `${state.bot.name} is not connected. `), 'Commands and buttons will fail until it is.'));
}

/** The composer, or why there is none. Made again only when that changes, so that drafts stay. */
function fillFoot(channel, { sent }) {
  const key = `${channel.archived}/${channel.members.includes(state.me)}`;
  if (key === parts.footKey) return;
  parts.footKey = key;
  const said = (text) => {
    toEnd();
    sent(text);
  };
  parts.box = mayActWith(channel) ? composer(channel, { sent: said }) : undefined;
  if (parts.box) {
    fill(parts.foot, parts.box.node);
    if (innerWidth > 600) parts.box.focus();
    return;
  }
  const join = guarded(async () => {
    const { error } = await act('join', { channel: channel.id });
    if (error) toast(error);
  });
  const bar = channel.archived
    ? 'This channel is archived.'
    : [h('b', {}, channelLabel(channel)), h('button', { type: 'button', class: 'btn primary', onclick: join }, 'Join Channel')];
  fill(parts.foot, h('div', { class: 'join-bar' }, bar));
}

function renderHome(root, handlers, isNew) {
  const { tab } = ui.place;
  if (isNew && tab === 'home') void guarded(() => act('openHome'))();
  const direct = directWith(state.bot.userId);
  const tabButton = (name, label) =>
    h(
      'button',
      { type: 'button', role: 'tab', 'aria-selected': String(tab === name), onclick: () => handlers.openPlace({ kind: 'home', tab: name }) },
      label,
    );
  const top = [
    h('header', { class: 'place-header' }, avatar(state.bot.userId, 'medium'), h('h2', {}, state.bot.name), h('span', { class: 'app-tag' }, 'APP')),
    h('div', { class: 'tabs', role: 'tablist' }, tabButton('home', 'Home'), tabButton('messages', 'Messages')),
  ];
  const banner = h('div', { class: 'banner', role: 'status' });
  fillBanner(banner);
  if (tab === 'home') {
    const scrolled = root.querySelector('.home')?.scrollTop ?? 0;
    fill(root, top, banner, h('div', { class: 'home scroll', role: 'tabpanel', 'aria-label': 'Home' }, homeContent()));
    root.querySelector('.home').scrollTop = isNew ? 0 : scrolled;
    return;
  }
  if (!direct) {
    fill(root, top, banner, h('div', { class: 'home' }, h('p', { class: 'dim' }, 'No messages yet.')));
    void guarded(() => act('openDirect', {}))();
    return;
  }
  if (isNew || parts.direct !== direct.id) parts = { ...conversation(direct), direct: direct.id };
  fill(root, top, banner, parts.list, parts.base);
  fillFoot(direct, handlers);
  fillMessages(direct, isNew);
}

function homeContent() {
  if (!state.home) return h('p', { class: 'dim' }, `${state.bot.name} has not published a home for you yet.`);
  return blocks(state.home.blocks, { surface: { view: state.home.id }, values: state.home.state.values });
}
