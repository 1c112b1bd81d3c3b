import { fill, fragment, h, iconButton } from './dom.js';
import { emojis, searchEmoji } from './emoji.js';
import { markdown } from './markdown.js';
import { plain, textObject } from './mrkdwn.js';

const root = () => document.getElementById('overlay');

/** A message at the bottom that goes by itself. */
export function toast(text) {
  const node = h('div', { class: 'toast' }, text);
  document.getElementById('toasts').append(node);
  setTimeout(() => node.remove(), 6000);
}

/** Says what went wrong instead of doing nothing. */
export function guarded(work) {
  return async (...args) => {
    try {
      return await work(...args);
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error));
    }
  };
}

/**
 * A menu beside `anchor`. Items are `{label, hint, danger, href, onclick}`, `{caption}` or `'-'`.
 * Arrow keys move, Escape closes.
 */
export function openMenu(anchor, items) {
  const close = popover(anchor, h('div', { class: 'menu', role: 'menu' }, items.map(item)));
  root().querySelector('[role="menuitem"]')?.focus();

  function item(entry) {
    if (entry === '-') return h('hr');
    if (entry.caption) return h('div', { class: 'caption' }, entry.caption);
    const choose = () => {
      close();
      entry.onclick?.();
    };
    const content = [entry.label, entry.hint && h('small', {}, entry.hint)];
    if (entry.href) return h('a', { role: 'menuitem', href: entry.href, target: '_blank', rel: 'noopener noreferrer', onclick: choose }, content);
    return h('button', { type: 'button', role: 'menuitem', class: entry.danger ? 'danger' : '', onclick: choose }, content);
  }
}

/** A small window to choose an emoji from. */
export function openEmojiPicker(anchor, choose) {
  const grid = h('div', { class: 'grid' });
  const search = h('input', { class: 'field-input', type: 'search', placeholder: 'Search emoji', 'aria-label': 'Search emoji', oninput: show });
  const close = popover(anchor, h('div', { class: 'menu picker', role: 'dialog', 'aria-label': 'Emoji' }, search, grid));
  show();
  search.focus();

  function show() {
    const found = search.value ? searchEmoji(search.value.trim().toLowerCase()) : [...emojis].slice(0, 96);
    const button = ([name, sign]) =>
      h('button', { type: 'button', class: 'emoji', 'aria-label': name, title: `:${name}:`, onclick: () => (close(), choose(name)) }, sign);
    fill(grid, found.map(button));
  }
}

function popover(anchor, node) {
  closeAll();
  const shield = h('div', { style: { inset: '0', position: 'fixed', zIndex: '49' }, onmousedown: close });
  const keys = (event) => {
    if (event.key === 'Escape') return close();
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const items = [...node.querySelectorAll('[role="menuitem"]')];
    const at = items.indexOf(document.activeElement);
    items[(at + (event.key === 'ArrowDown' ? 1 : -1) + items.length) % items.length]?.focus();
    event.preventDefault();
  };
  node.addEventListener('keydown', keys);
  fill(root(), shield, node);
  const box = anchor.getBoundingClientRect();
  const { width, height } = node.getBoundingClientRect();
  const below = box.bottom + 4 + height < innerHeight;
  node.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
  node.style.top = `${below ? box.bottom + 4 : Math.max(8, box.top - height - 4)}px`;

  function close() {
    closeAll();
    anchor.focus?.();
  }
  return close;
}

function closeAll() {
  root().replaceChildren();
}

/** A dialog in front of everything. Gives what closes it. */
export function openDialog({ title, className = '', body, footer, onClose, described = false }) {
  const before = document.activeElement;
  const close = () => {
    scrim.remove();
    before?.focus();
    onClose?.();
  };
  const heading = h('h2', { id: 'dialog-title' }, title);
  const dialog = h(
    'div',
    {
      class: `modal new ${className}`,
      role: 'dialog',
      'aria-modal': 'true',
      'aria-labelledby': 'dialog-title',
      'aria-describedby': described ? 'dialog-body' : undefined,
    },
    h('header', {}, heading, iconButton('close', 'Close', close)),
    h('div', { class: 'content scroll', id: 'dialog-body' }, body),
    footer && h('footer', {}, footer(close)),
  );
  const scrim = h(
    'div',
    {
      class: 'scrim',
      tabindex: '-1',
      onkeydown: (event) => (event.key === 'Escape' ? (event.stopPropagation(), close()) : trapTab(dialog, event)),
      onmousedown: (event) => event.target === scrim && close(),
    },
    dialog,
  );
  document.body.append(scrim);
  (dialog.querySelector('footer .btn:last-child') ?? dialog.querySelector('button'))?.focus();
  return close;
}

/** Keeps the Tab key inside a dialog. */
export function trapTab(dialog, event) {
  if (event.key !== 'Tab') return;
  const stops = [...dialog.querySelectorAll('button, a[href], input, select, textarea, [tabindex="0"]')].filter(
    (one) => !one.disabled && one.offsetParent !== null,
  );
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (document.activeElement !== edge) return;
  (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
  event.preventDefault();
}

/** The confirmation dialog of an element: resolves with the person's answer. */
export function confirmDialog(confirm) {
  return new Promise((resolve) => {
    let answer = false;
    const decide = (close, yes) => () => {
      answer = yes;
      close();
    };
    openDialog({
      title: fragment(plain(confirm.title)),
      className: 'confirm',
      described: true,
      body: textObject(confirm.text),
      footer: (close) => [
        h('button', { type: 'button', class: 'btn', onclick: decide(close, false) }, plain(confirm.deny)),
        h(
          'button',
          { type: 'button', class: `btn ${confirm.style === 'danger' ? 'danger' : 'primary'}`, onclick: decide(close, true) },
          plain(confirm.confirm),
        ),
      ],
      onClose: () => resolve(answer),
    });
  });
}

/** Shows a text file. */
export async function viewFile(file) {
  const response = await fetch(`_sim/files/${file.id}`);
  const text = await response.text();
  const content = file.filetype === 'md' || file.filetype === 'markdown' ? markdown(text) : h('pre', {}, h('code', {}, text));
  openDialog({ title: file.title, className: 'viewer', body: content });
}
