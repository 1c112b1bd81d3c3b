import { blocks } from './blocks.js';
import { h, icon, iconButton } from './dom.js';
import { emoji, mrkdwn } from './mrkdwn.js';
import { avatar, mayActWith, userName } from './names.js';
import { guarded, openEmojiPicker, openMenu, toast, viewFile } from './overlays.js';
import { act, state } from './store.js';
import { ago, clockTime, dayKey, dayName, fromTs, fullMoment } from './time.js';
import { ui } from './ui.js';

const compactWithin = 300;
const quickReactions = ['white_check_mark', 'eyes', 'pushpin'];
const system = new Set(['channel_join', 'channel_leave', 'channel_topic', 'channel_name']);

/** The messages of a channel that are shown in it, this person's own ones and Slackbot's among them. */
export function shownIn(channelId) {
  const own = state.ephemerals.filter((entry) => entry.channel === channelId).map((entry) => entry.message);
  const notices = ui.notices.filter((notice) => notice.channel === channelId).map((notice) => notice.message);
  const said = (state.messages.get(channelId) ?? []).filter((message) => !isReply(message) || message.subtype === 'thread_broadcast');
  return [...said, ...own.filter((message) => !message.thread_ts), ...notices].sort(byTime);
}

/** A thread's messages: its parent, the replies, and this person's own ones. */
export function shownInThread(channelId, ts) {
  const said = (state.messages.get(channelId) ?? []).filter((message) => message.ts === ts || message.thread_ts === ts);
  const own = state.ephemerals.filter((entry) => entry.channel === channelId && entry.message.thread_ts === ts).map((entry) => entry.message);
  return [...said, ...own].sort(byTime);
}

function byTime(a, b) {
  return Number(a.ts) - Number(b.ts);
}

function isReply(message) {
  return message.thread_ts !== undefined && message.thread_ts !== message.ts;
}

/**
 * Brings a list element up to date with `messages`. Nodes of unchanged messages stay, with what was typed or opened in them.
 */
export function renderMessages(list, channel, messages, { inThread = false, head } = {}) {
  const old = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const nodes = head ? [head] : [];
  let previous;
  for (const message of messages) {
    const day = dayKey(fromTs(message.ts));
    if (!inThread && (!previous || dayKey(fromTs(previous.ts)) !== day)) {
      nodes.push(
        kept(old, `day-${day}-${dayName(fromTs(message.ts))}`, message, () =>
          h('div', { class: 'day', role: 'separator' }, h('span', {}, dayName(fromTs(message.ts)))),
        ),
      );
      previous = undefined;
    }
    const compact = previous !== undefined && follows(previous, message) && !inThread;
    const me = `${state.me}-${state.connections > 0}`;
    nodes.push(
      kept(old, `${message.ts}-${compact}-${me}-${channel.members.includes(state.me)}`, message, () =>
        messageNode(channel, message, { compact, inThread }),
      ),
    );
    if (inThread && message.ts === message.thread_ts && message.reply_count) {
      nodes.push(
        h('div', { class: 'replies-line', dataset: { key: 'count' } }, `${message.reply_count} ${message.reply_count === 1 ? 'reply' : 'replies'}`),
      );
    }
    previous = message;
  }
  list.replaceChildren(...nodes);
}

/** The old node when it shows the very same message. */
function kept(old, key, message, make) {
  const node = old.get(key);
  if (node && node.message === message) return node;
  const fresh = make();
  fresh.dataset.key = key;
  fresh.message = message;
  return fresh;
}

function follows(previous, message) {
  if (previous.user !== message.user || previous.username !== message.username) return false;
  if (system.has(previous.subtype) || system.has(message.subtype)) return false;
  if (Boolean(previous.is_ephemeral) !== Boolean(message.is_ephemeral) || message.pinned_to || message.is_ephemeral) return false;
  if (message.subtype === 'thread_broadcast' || previous.reply_count) return false;
  return Number(message.ts) - Number(previous.ts) < compactWithin;
}

function messageNode(channel, message, { compact, inThread }) {
  if (system.has(message.subtype)) return systemLine(message);
  const at = fromTs(message.ts);
  const author = message.username ?? (message.user === 'USLACKBOT' ? 'Slackbot' : userName(message.user));
  const time = (text) => h('time', { datetime: at.toISOString(), title: fullMoment(at) }, text);
  const isApp = message.bot_id !== undefined;
  const classes = ['msg', compact && 'compact', message.pinned_to && 'pinned', ui.linked === message.ts && 'linked'].filter(Boolean).join(' ');
  return h(
    'article',
    { class: classes, 'aria-label': `${author} at ${clockTime(at)}`, id: inThread ? undefined : `m${message.ts}` },
    message.pinned_to && h('div', { class: 'note' }, icon('pin', 14), 'Pinned'),
    message.is_ephemeral && h('div', { class: 'note' }, icon('eye', 14), 'Only visible to you'),
    message.subtype === 'thread_broadcast' && h('div', { class: 'note' }, 'replied to a thread'),
    h(
      'div',
      { class: 'gutter' },
      compact
        ? time(clockTime(at))
        : message.user === 'USLACKBOT'
          ? h('span', { class: 'avatar', style: { background: '#4a154b' } }, '♥')
          : avatar(message.user ?? ''),
    ),
    h(
      'div',
      { class: 'said' },
      !compact && h('div', { class: 'by' }, h('b', {}, author), isApp && h('span', { class: 'app-tag' }, 'APP'), time(clockTime(at))),
      content(channel, message),
      files(message),
      reactions(channel, message),
      !inThread && threadLink(channel, message),
      message.is_ephemeral && dismissLink(channel, message),
    ),
    !message.is_ephemeral && hoverMenu(channel, message, inThread),
  );
}

/** Who came, went or changed the topic: one quiet line. */
function systemLine(message) {
  const at = fromTs(message.ts);
  const name = userName(message.user);
  return h(
    'article',
    { class: 'msg system', 'aria-label': `${name} at ${clockTime(at)}` },
    h('div', { class: 'gutter' }, avatar(message.user ?? '', 'small')),
    h(
      'div',
      { class: 'said' },
      h('b', {}, name),
      mrkdwn(message.text.replace(/^<@[^>]+> /, '')),
      h('time', { datetime: at.toISOString(), title: fullMoment(at) }, clockTime(at)),
    ),
  );
}

function content(channel, message) {
  // Slack marks only edits of plain text; a message of blocks changes without a word.
  const edited = message.blocks?.length ? undefined : editedMark(message);
  const surface = { channel: channel.id, ts: message.ts };
  const parts = [];
  if (message.blocks?.length) parts.push(blocks(message.blocks, { surface }));
  else if (message.text) parts.push(mrkdwn(message.text));
  for (const attachment of message.attachments ?? []) parts.push(attached(attachment, surface));
  const last = parts.at(-1);
  if (edited && last?.classList.contains('text')) (last.lastElementChild ?? last).append(edited);
  return parts;
}

function editedMark(message) {
  return message.edited && h('span', { class: 'edited', title: fullMoment(fromTs(message.edited.ts)) }, ' (edited)');
}

function attached(attachment, surface) {
  const style = attachment.color ? { borderLeftColor: /^[0-9a-f]{6}$/i.test(attachment.color) ? `#${attachment.color}` : attachment.color } : {};
  return h(
    'div',
    { class: 'attachment', style },
    attachment.title && h('b', {}, attachment.title),
    attachment.text && mrkdwn(attachment.text),
    attachment.blocks && blocks(attachment.blocks, { surface }),
  );
}

function files(message) {
  if (!message.files?.length) return null;
  return h('div', { class: 'files' }, message.files.map(file));
}

function file(one) {
  const address = `_sim/files/${one.id}`;
  if (/^image\/(png|jpeg|gif)$/.test(one.mimetype))
    return h('a', { href: address, target: '_blank' }, h('img', { class: 'picture', src: address, alt: one.alt_txt ?? one.title }));
  const about = h('div', { class: 'about' }, h('b', {}, one.title), h('span', {}, `${one.pretty_type} · ${size(one.size)}`));
  const view = one.mimetype.startsWith('text/') || one.mimetype === 'application/json';
  return h(
    'div',
    { class: 'file', role: 'group', 'aria-label': `File ${one.title}` },
    h('span', { class: 'kind', 'aria-hidden': 'true' }, one.filetype.slice(0, 4)),
    about,
    h(
      'span',
      { class: 'links' },
      view &&
        iconButton(
          'eye',
          `View ${one.title}`,
          guarded(() => viewFile(one)),
        ),
      h('a', { class: 'icon-btn', href: address, download: one.name, 'aria-label': `Download ${one.title}`, title: 'Download' }, icon('download')),
    ),
  );
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

function reactions(channel, message) {
  if (!message.reactions?.length) return null;
  const one = ({ name, users, count }) => {
    const mine = users.includes(state.me);
    const names = users.map((id) => (id === state.me ? 'You' : userName(id))).join(', ');
    const toggle = guarded(() => act(mine ? 'unreact' : 'react', { channel: channel.id, ts: message.ts, name }));
    return h(
      'button',
      {
        type: 'button',
        class: 'reaction',
        'aria-pressed': String(mine),
        'aria-label': `${count} ${name.replaceAll('_', ' ')}`,
        title: `${names} reacted with :${name}:`,
        onclick: toggle,
      },
      emoji(name),
      String(count),
    );
  };
  return h('div', { class: 'reactions' }, message.reactions.map(one));
}

function threadLink(channel, message) {
  if (!message.reply_count) return null;
  return h(
    'button',
    { type: 'button', class: 'thread-link', onclick: () => openThread(channel, message) },
    (message.reply_users ?? []).slice(0, 4).map((id) => avatar(id, 'small')),
    h('span', { class: 'count' }, `${message.reply_count} ${message.reply_count === 1 ? 'reply' : 'replies'}`),
    h('span', { class: 'dim' }, `Last reply ${ago(fromTs(message.latest_reply))}`),
  );
}

function dismissLink(channel, message) {
  const dismiss = guarded(async () => {
    if (message.user !== 'USLACKBOT') return act('dismiss', { channel: channel.id, ts: message.ts });
    ui.notices = ui.notices.filter((notice) => notice.message !== message);
    openPlace({ kind: 'channel', id: channel.id });
  });
  return h('div', { class: 'note' }, h('button', { type: 'button', class: 'dim', onclick: dismiss }, 'Dismiss message'));
}

function hoverMenu(channel, message, inThread) {
  const reactWith = (name) =>
    guarded(async () => {
      const { status, error } = await act('react', { channel: channel.id, ts: message.ts, name });
      if (status !== 'ok' && error !== 'already_reacted') toast(error);
    });
  const quick =
    mayActWith(channel) &&
    quickReactions.map((name) =>
      h(
        'button',
        { type: 'button', class: 'icon-btn', 'aria-label': `React with ${name.replaceAll('_', ' ')}`, title: `:${name}:`, onclick: reactWith(name) },
        emoji(name),
      ),
    );
  return h(
    'div',
    { class: 'hover-menu', role: 'group', 'aria-label': 'Message actions' },
    quick,
    iconButton('smile', 'Add reaction', (event) => openEmojiPicker(event.currentTarget, (name) => reactWith(name)())),
    !inThread && iconButton('thread', 'Reply in thread', () => openThread(channel, message)),
    iconButton('more', 'More actions', (event) => openMenu(event.currentTarget, menuItems(channel, message))),
  );
}

function menuItems(channel, message) {
  const on = { channel: channel.id, ts: message.ts };
  const use = (callback_id) =>
    guarded(async () => {
      const { error } = await act('shortcut', { callback_id, on });
      if (error) toast(error);
    });
  const shortcuts = state.shortcuts.filter((one) => one.type === 'message');
  const pinned = Boolean(message.pinned_to);
  return [
    ...(shortcuts.length > 0 ? [{ caption: state.bot.name }] : []),
    ...shortcuts.map((one) => ({ label: one.name, onclick: use(one.callback_id) })),
    '-',
    { label: pinned ? 'Un-pin from channel' : 'Pin to channel', onclick: guarded(() => act(pinned ? 'unpin' : 'pin', on)) },
    {
      label: 'Copy link',
      onclick: guarded(() => navigator.clipboard.writeText(`${location.origin}${location.pathname}#/${channel.id}/p${message.ts.replace('.', '')}`)),
    },
    { label: 'Copy text', onclick: guarded(() => navigator.clipboard.writeText(message.text)) },
  ];
}

let openThread = () => undefined;
let openPlace = () => undefined;

/** The page says how threads and places are opened. */
export function onOpen(handlers) {
  ({ openThread, openPlace } = handlers);
}
