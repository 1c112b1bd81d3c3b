import { fragment, h } from './dom.js';
import { emojiSign, emojis } from './emoji.js';
import { groupsOf, userName } from './names.js';
import { state } from './store.js';
import { dateTokens, fullMoment } from './time.js';

/** Slack's mrkdwn as nodes: docs.slack.dev/messaging/formatting-message-text. */
export function mrkdwn(text) {
  const parts = text.split(/```\n?([\s\S]*?)\n?```/);
  return h(
    'div',
    { class: 'text' },
    parts.map((part, index) => (index % 2 === 1 ? pre(unescape(part)) : paragraphs(part))),
  );
}

/** Plain text, with emoji short names as signs. */
export function plain(object) {
  const parts = object.text.split(/(:[a-z0-9_+'-]+:)/);
  return parts.map((part, index) => (index % 2 === 1 && emojis.has(part.slice(1, -1)) ? emoji(part.slice(1, -1)) : part));
}

/** Either text object. */
export function textObject(object) {
  return object.type === 'mrkdwn' ? mrkdwn(object.text) : h('div', { class: 'text' }, h('span', { class: 'para' }, plain(object)));
}

export function emoji(name) {
  const sign = emojiSign(name);
  return h(
    'span',
    { class: emojis.has(name.split('::')[0]) ? 'emoji' : '', role: 'img', 'aria-label': `${name.replaceAll('_', ' ')} emoji`, title: `:${name}:` },
    sign,
  );
}

/** Preformatted text as it is; lines of a diff are coloured. Lists of YAML and options of commands begin with `-` too: they are none. */
export function pre(text) {
  const lines = text.split('\n');
  const isDiff = lines.some((line) => /^(@@ .*@@|--- \S|\+\+\+ \S|\+)/.test(line));
  const content = isDiff
    ? lines.map((line, index) => [
        index > 0 ? '\n' : '',
        line.startsWith('+') ? h('span', { class: 'added' }, line) : line.startsWith('-') ? h('span', { class: 'removed' }, line) : line,
      ])
    : lines.join('\n');
  return h('pre', {}, h('code', {}, content));
}

export function mention(id) {
  return h('span', { class: `mention${id === state.me ? ' me' : ''}` }, `@${userName(id)}`);
}

export function groupMention(id, fallback) {
  const group = state.usergroups.get(id);
  const mine = groupsOf(state.me).some((one) => one.id === id);
  return h('span', { class: `mention${mine ? ' me' : ''}` }, group ? `@${group.handle}` : fallback || `@${id}`);
}

export function channelMention(id, fallback) {
  const channel = state.channels.get(id);
  if (!channel) return h('span', { class: 'mention' }, fallback ? `#${fallback}` : '🔒 private channel');
  return h('a', { class: 'mention', href: `#/${id}` }, `#${channel.name}`);
}

export function broadcast(range) {
  return h('span', { class: 'mention all' }, `@${range}`);
}

/** Only addresses that lead somewhere harmless become links. */
export function link(url, ...label) {
  const content = label.length > 0 ? label : [url];
  if (!/^(https?:|mailto:|tel:)/i.test(url)) return fragment(content);
  return h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, content);
}

export function dateNode(seconds, pattern, url, fallback) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return document.createTextNode(fallback ?? '');
  const relative = pattern.includes('{ago}') ? { ago: pattern } : {};
  const text = h('time', { datetime: date.toISOString(), title: fullMoment(date), dataset: relative }, dateTokens(pattern, date));
  return url ? link(url, text) : text;
}

/** Says again how long ago things were. */
export function refreshDates() {
  for (const node of document.querySelectorAll('time[data-ago]')) node.textContent = dateTokens(node.dataset.ago, new Date(node.dateTime));
}

export function unescape(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function paragraphs(text) {
  const nodes = [];
  let quote = [];
  let lines = [];
  const flush = () => {
    if (quote.length > 0) nodes.push(h('blockquote', {}, h('span', { class: 'para' }, inline(quote.join('\n')))));
    if (lines.length > 0) nodes.push(h('span', { class: 'para' }, inline(lines.join('\n'))));
    quote = [];
    lines = [];
  };
  for (const line of text.split('\n')) {
    const quoted = /^(?:&gt;|>)\s?(.*)$/.exec(line);
    if (quoted ? lines.length > 0 : quote.length > 0) flush();
    (quoted ? quote : lines).push(quoted ? quoted[1] : line);
  }
  flush();
  return nodes;
}

const pattern = new RegExp(
  [
    '`([^`\\n]+)`',
    '<([^<>\\n]+)>',
    ":([a-z0-9_+'-]+(?:::skin-tone-\\d)?):",
    '(?<![\\p{L}\\p{N}*])\\*(?=\\S)([^*\\n]+?)(?<=\\S)\\*(?![\\p{L}\\p{N}*])',
    '(?<![\\p{L}\\p{N}_])_(?=\\S)([^\\n]+?)(?<=\\S)_(?![\\p{L}\\p{N}_])',
    '(?<![\\p{L}\\p{N}~])~(?=\\S)([^~\\n]+?)(?<=\\S)~(?![\\p{L}\\p{N}~])',
    '(https?://[^\\s<>]*[^\\s<>.,;:!?)\'"])',
  ].join('|'),
  'gu',
);

function inline(text) {
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > last) nodes.push(unescape(text.slice(last, match.index)));
    nodes.push(token(match));
    last = match.index + match[0].length;
  }
  if (last < text.length) nodes.push(unescape(text.slice(last)));
  return nodes;
}

function token([whole, code, angle, name, bold, italic, struck, url]) {
  if (code !== undefined) return h('code', {}, unescape(code));
  if (angle !== undefined) return reference(angle);
  if (name !== undefined) return emojis.has(name.split('::')[0]) ? emoji(name) : whole;
  if (bold !== undefined) return h('b', {}, inline(bold));
  if (italic !== undefined) return h('i', {}, inline(italic));
  if (struck !== undefined) return h('s', {}, inline(struck));
  return link(unescape(url));
}

/** What stands in angle brackets: mentions, dates, links. */
function reference(inside) {
  const [target, label] = splitOnce(inside, '|');
  if (target.startsWith('@')) return mention(target.slice(1));
  if (target.startsWith('#')) return channelMention(target.slice(1), label);
  if (target.startsWith('!subteam^')) return groupMention(target.slice(9), label);
  if (target.startsWith('!date^')) {
    const [, seconds, format = '', url] = target.split('^');
    return dateNode(seconds, unescape(format), url, label && unescape(label));
  }
  if (target.startsWith('!')) return broadcast(target.slice(1));
  return link(unescape(target), ...(label === undefined ? [] : inline(label)));
}

function splitOnce(text, sign) {
  const at = text.indexOf(sign);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
