import { composer } from './composer.js';
import { fill, h, iconButton, keepingFocus } from './dom.js';
import { renderMessages, shownInThread } from './messages.js';
import { plain } from './mrkdwn.js';
import { channelLabel, mayActWith } from './names.js';
import { renderPlatforms } from './platforms.js';
import { state } from './store.js';
import { remember, remembered, ui } from './ui.js';

let shown = '';
let list;

/** The column on the right: a thread, things to try, or the platforms. */
export function renderPanel(root, handlers) {
  const channel = ui.thread && state.channels.get(ui.thread.channel);
  if (channel) return renderThread(root, channel, handlers);
  shown = '';
  if (ui.tool === 'try' && state.thingsToTry.length > 0) return renderTries(root, handlers);
  if (ui.tool === 'break' && state.platforms.length > 0) return renderPlatforms(root, handlers);
  root.hidden = true;
  root.className = 'panel';
  root.replaceChildren();
}

function renderThread(root, channel, { close, sent }) {
  const { ts } = ui.thread;
  const key = `${state.me}/${channel.id}/${ts}/${mayActWith(channel)}`;
  if (key !== shown) {
    shown = key;
    list = h('div', { class: 'messages scroll', role: 'log', 'aria-label': 'Thread' });
    root.hidden = false;
    root.className = 'panel';
    root.setAttribute('aria-label', 'Thread');
    const box = mayActWith(channel) ? composer(channel, { thread: ts, sent }) : undefined;
    fill(
      root,
      h(
        'header',
        {},
        h('h2', {}, 'Thread ', h('span', { class: 'dim', style: { fontSize: '13px', fontWeight: '400' } }, channelLabel(channel))),
        iconButton('close', 'Close thread', close),
      ),
      list,
      box?.node,
    );
    box?.focus();
  }
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  renderMessages(list, channel, shownInThread(channel.id, ts), { inThread: true });
  list.firstElementChild?.style.setProperty('margin-top', '0');
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function renderTries(root, { close, take }) {
  root.hidden = false;
  root.className = 'panel narrow';
  root.setAttribute('aria-label', 'Things to try');
  const done = triesDone();
  const item = ({ text, hint }, index) => {
    const isDone = done.includes(text);
    return h(
      'li',
      {},
      h(
        'button',
        { type: 'button', id: `try-${index}`, class: isDone ? 'done' : '', onclick: () => take(text) },
        h('span', { class: 'tick', 'aria-hidden': 'true' }, isDone && '✓'),
        h(
          'span',
          { class: 'what' },
          text.startsWith('/') ? h('code', {}, text) : plain({ text }),
          hint && h('small', {}, hint),
          isDone && h('span', { class: 'sr' }, 'done'),
        ),
      ),
    );
  };
  const scrolled = root.querySelector('.try')?.scrollTop ?? 0;
  const content = [
    h(
      'header',
      {},
      h('h2', { id: 'panel-title', tabindex: '-1' }, 'Things to try'),
      iconButton('close', 'Close things to try', close, { id: 'panel-close' }),
    ),
    h(
      'div',
      { class: 'scroll try' },
      h('p', { class: 'intro' }, 'Click one to put it into the message box, then press Enter.'),
      h('ol', {}, state.thingsToTry.map(item)),
    ),
  ];
  keepingFocus(root, () => fill(root, content));
  root.querySelector('.try').scrollTop = scrolled;
}

/** The texts that were used already. */
export function triesDone() {
  return remembered(`tried:${state.team.id}`, []).filter((text) => state.thingsToTry.some((one) => one.text === text));
}

/** Ticks the one thing that a sent text fits best. Gives whether anything changed. */
export function tickTries(sentText) {
  const done = triesDone();
  const text = fitting(sentText.trim(), done);
  if (text === undefined || done.includes(text)) return false;
  remember(`tried:${state.team.id}`, [...done, text]);
  return true;
}

/** The very text; else, for a command, the untried one with the same first two words and nearly as many words. */
function fitting(sentText, done) {
  const texts = state.thingsToTry.map((one) => one.text);
  if (texts.includes(sentText)) return sentText;
  if (!sentText.startsWith('/')) return undefined;
  const words = (text) => text.toLowerCase().split(/\s+/);
  const sent = words(sentText);
  const distance = (text) => Math.abs(words(text).length - sent.length);
  return texts
    .filter((text) => !done.includes(text) && words(text).slice(0, 2).join(' ') === sent.slice(0, 2).join(' '))
    .toSorted((a, b) => distance(a) - distance(b))[0];
}
