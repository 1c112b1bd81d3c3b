import { fill, h, icon, iconButton } from './dom.js';
import { searchEmoji } from './emoji.js';
import { avatar, channelLabel, userRole } from './names.js';
import { guarded, openEmojiPicker, openMenu, toast } from './overlays.js';
import { act, state } from './store.js';

/** Where messages and commands are written. Gives `{node, insert}`; `sent` hears of each text that went out. */
export function composer(channel, { thread, sent } = {}) {
  const label = thread ? 'Reply' : `Message ${channelLabel(channel)}`;
  const area = h('textarea', {
    rows: '1',
    placeholder: thread ? 'Reply…' : label,
    'aria-label': thread ? 'Reply in thread' : label,
    'aria-autocomplete': 'list',
    oninput: changed,
    onkeydown: keys,
    onblur: () => setTimeout(hide, 150),
  });
  const prefix = thread ? 'reply-completion' : 'completion';
  const list = h('div', { class: 'completions scroll', id: `${prefix}s`, role: 'listbox', 'aria-label': 'Suggestions', hidden: true });
  area.setAttribute('aria-controls', list.id);
  const sendButton = h('button', { type: 'button', class: 'send', 'aria-label': 'Send', title: 'Send', onclick: send }, icon('send', 18));
  const row = h(
    'div',
    { class: 'row' },
    h(
      'span',
      { class: 'left' },
      iconButton('bolt', 'Shortcuts and commands', (event) => openMenu(event.currentTarget, shortcutItems())),
      iconButton('at', 'Mention someone', () => insertAt('@')),
      iconButton('smile', 'Add emoji', (event) => openEmojiPicker(event.currentTarget, (name) => insertAt(`:${name}: `))),
    ),
    sendButton,
  );
  const node = h('div', { class: 'composer' }, list, h('div', { class: 'box' }, area, row));
  let items = [];
  let chosen = -1;

  function changed() {
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight + 2}px`;
    sendButton.classList.toggle('ready', area.value.trim() !== '');
    complete();
  }

  function complete() {
    const found = completions(channel, area.value.slice(0, area.selectionStart), area.value);
    items = found.items;
    list.hidden = items.length === 0;
    choose(found.eager && items.length > 0 ? 0 : -1);
    if (!list.hidden)
      fill(list, h('div', { class: 'title' }, h('span', {}, found.title), h('span', {}, '↑↓ choose · Tab takes it · Esc closes')), items.map(option));
    choose(chosen);
  }

  function option(item, index) {
    return h(
      'div',
      { role: 'option', id: `${prefix}-${index}`, onmousedown: (event) => (event.preventDefault(), take(index)) },
      item.picture,
      h('b', {}, item.label),
      h('span', { class: 'hint' }, item.hint),
    );
  }

  function choose(index) {
    chosen = index;
    if (index < 0 || list.hidden) area.removeAttribute('aria-activedescendant');
    else area.setAttribute('aria-activedescendant', `${prefix}-${index}`);
    [...list.querySelectorAll('[role="option"]')].forEach((one, at) => {
      one.setAttribute('aria-selected', String(at === index));
      if (at === index) one.scrollIntoView({ block: 'nearest' });
    });
  }

  function take(index) {
    const item = items[index];
    const before = area.value.slice(0, area.selectionStart - item.replaces);
    const after = area.value.slice(area.selectionStart);
    area.value = `${before}${item.inserts}${after}`;
    area.selectionStart = area.selectionEnd = before.length + item.inserts.length;
    area.focus();
    changed();
  }

  function hide() {
    list.hidden = true;
    choose(-1);
  }

  function keys(event) {
    if (event.isComposing) return;
    if (!list.hidden && items.length > 0) {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        const step = event.key === 'ArrowDown' ? 1 : -1;
        choose(chosen < 0 && step < 0 ? items.length - 1 : (chosen + step + items.length) % items.length);
        return event.preventDefault();
      }
      if (event.key === 'Tab' && !event.shiftKey) {
        take(Math.max(chosen, 0));
        return event.preventDefault();
      }
      if (event.key === 'Enter' && !event.shiftKey && chosen >= 0) {
        take(chosen);
        return event.preventDefault();
      }
      if (event.key === 'Escape') {
        hide();
        return event.preventDefault();
      }
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void send();
    }
  }

  const deliver = guarded(async (text) => {
    const where = { channel: channel.id, ...(thread ? { thread_ts: thread } : {}) };
    const isCommand = /^\/[\w-]+(\s|$)/.test(text);
    const outcome = await act(isCommand ? 'command' : 'message', isCommand ? { ...where, command: text } : { ...where, text });
    // Slackbot tells of commands that failed; the rest has no other voice.
    if (outcome.error && !isCommand) toast(outcome.error);
  });

  async function send() {
    const text = area.value.trim();
    if (text === '') return;
    area.value = '';
    changed();
    hide();
    sent?.(text);
    await deliver(text);
  }

  function insertAt(text) {
    const at = area.selectionStart;
    area.value = area.value.slice(0, at) + text + area.value.slice(at);
    area.focus();
    area.selectionStart = area.selectionEnd = at + text.length;
    changed();
  }

  function shortcutItems() {
    const global = state.shortcuts.filter((one) => one.type === 'global');
    const run = (callback_id) =>
      guarded(async () => {
        const { error } = await act('shortcut', { callback_id });
        if (error) toast(error);
      });
    return [
      ...(global.length > 0 ? [{ caption: `Shortcuts of ${state.bot.name}` }] : []),
      ...global.map((one) => ({ label: one.name, onclick: run(one.callback_id) })),
      ...(global.length > 0 ? ['-'] : []),
      { caption: 'Commands' },
      ...state.commands.map((one) => ({ label: one.command, hint: one.description, onclick: () => insert(`${one.command} `) })),
    ];
  }

  /** Puts a text into the composer, ready to be sent. */
  function insert(text) {
    area.value = text;
    area.focus();
    area.selectionStart = area.selectionEnd = text.length;
    changed();
    if (!text.endsWith(' ')) hide();
  }

  return { node, insert, focus: () => area.focus() };
}

const most = 30;

/** What may come next, after the text up to the caret. `eager`: Enter takes the first. */
function completions(channel, before, all) {
  const command = /^\/[\w-]*$/.exec(before);
  if (command && all === before) return commandItems(before);
  const sub = /^(\/[\w-]+)\s+(.*)$/s.exec(before);
  const word = /(?:^|[\s(])([@#:])([\p{L}\p{N}._+-]*)$/u.exec(before);
  if (word && (word[1] !== ':' || word[2].length >= 2))
    return { '@': peopleItems, '#': channelItems, ':': emojiItems }[word[1]](word[2].toLowerCase(), channel);
  return sub ? subcommandItems(sub[1], sub[2]) : none;
}

const none = { items: [], title: '', eager: false };

function commandItems(typed) {
  const found = state.commands.filter((one) => one.command.startsWith(typed));
  const items = found.slice(0, most).map((one) => ({
    label: one.command,
    hint: [one.usage_hint, one.description].filter(Boolean).join(' — '),
    inserts: `${one.command} `,
    replaces: typed.length,
    picture: avatar(state.bot.userId, 'small'),
  }));
  return { items, title: `Commands of ${state.bot.name}`, eager: !found.some((one) => one.command === typed) };
}

function subcommandItems(command, typed) {
  const known = state.commands.find((one) => one.command === command);
  const found = (known?.completions ?? []).filter((one) => one.value.startsWith(typed.toLowerCase()) && one.value !== typed.trim());
  const items = found.slice(0, most).map((one) => ({
    label: one.value,
    hint: one.description,
    inserts: `${one.value} `,
    replaces: typed.length,
    picture: avatar(state.bot.userId, 'small'),
  }));
  return { items, title: command, eager: false };
}

function peopleItems(typed, channel) {
  const fits = (user) =>
    !user.deleted &&
    (user.name.startsWith(typed) ||
      user.real_name
        .toLowerCase()
        .split(' ')
        .some((part) => part.startsWith(typed)));
  const rank = (user) => (channel.members.includes(user.id) ? 0 : 1);
  const users = [...state.users.values()].filter(fits).sort((a, b) => rank(a) - rank(b));
  const groups = [...state.usergroups.values()].filter((group) => group.handle.startsWith(typed));
  const items = [
    ...users.map((user) => ({
      label: user.real_name,
      hint: [`@${user.name}`, userRole(user), rank(user) ? 'not in channel' : ''].filter(Boolean).join(' · '),
      inserts: `@${user.name} `,
      replaces: typed.length + 1,
      picture: avatar(user.id, 'small'),
    })),
    ...groups.map((group) => ({
      label: `@${group.handle}`,
      hint: group.name,
      inserts: `@${group.handle} `,
      replaces: typed.length + 1,
      picture: icon('people'),
    })),
  ];
  return { items: items.slice(0, most), title: 'People and groups', eager: true };
}

function channelItems(typed) {
  const found = [...state.channels.values()].filter((one) => (one.kind === 'public' || one.kind === 'private') && one.name.includes(typed));
  const items = found.slice(0, most).map((one) => ({ label: `#${one.name}`, hint: one.topic, inserts: `#${one.name} `, replaces: typed.length + 1 }));
  return { items, title: 'Channels', eager: true };
}

function emojiItems(typed) {
  const items = searchEmoji(typed, 12).map(([name, sign]) => ({
    label: `${sign} :${name}:`,
    hint: '',
    inserts: `:${name}: `,
    replaces: typed.length + 1,
  }));
  return { items, title: 'Emoji', eager: true };
}
