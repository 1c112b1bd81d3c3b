import { h } from './dom.js';
import { emojiSign, emojis } from './emoji.js';
import { link, pre } from './mrkdwn.js';

/** The standard Markdown of a `markdown` block: headings, lists, quotes, code, tables, emphasis and links. */
export function markdown(text) {
  const lines = text.split('\n');
  const nodes = [];
  let at = 0;
  const take = (test) => {
    const taken = [];
    while (at < lines.length && test(lines[at])) taken.push(lines[at++]);
    return taken;
  };
  while (at < lines.length) {
    const line = lines[at];
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (line.trim() === '') at += 1;
    else if (line.startsWith('```')) nodes.push(fence());
    else if (heading) {
      nodes.push(h(`h${Math.min(heading[1].length, 3)}`, {}, inline(heading[2])));
      at += 1;
    } else if (/^(-{3,}|\*{3,})\s*$/.test(line)) {
      nodes.push(h('hr', { class: 'b-divider' }));
      at += 1;
    } else if (line.startsWith('>'))
      nodes.push(
        h(
          'blockquote',
          {},
          markdown(
            take((one) => one.startsWith('>'))
              .map((one) => one.replace(/^>\s?/, ''))
              .join('\n'),
          ),
        ),
      );
    else if (/^\s*[-*+]\s+/.test(line)) nodes.push(items('ul', /^\s*[-*+]\s+/));
    else if (/^\s*\d+[.)]\s+/.test(line)) nodes.push(items('ol', /^\s*\d+[.)]\s+/));
    else if (line.startsWith('|')) nodes.push(table(take((one) => one.startsWith('|'))));
    else
      nodes.push(
        h(
          'div',
          {},
          take((one) => one.trim() !== '' && !/^(#{1,6}\s|```|>|\||\s*[-*+]\s|\s*\d+[.)]\s)/.test(one)).map((one, index) => [
            index > 0 && h('br'),
            inline(one),
          ]),
        ),
      );
  }
  return h('div', { class: 'text' }, nodes);

  function fence() {
    at += 1;
    const body = take((one) => !one.startsWith('```'));
    at += 1;
    return pre(body.join('\n'));
  }
  function items(tag, sign) {
    return h(
      tag,
      {},
      take((one) => sign.test(one)).map((one) => h('li', {}, inline(one.replace(sign, '')))),
    );
  }
}

function table(lines) {
  const rows = lines.map((line) =>
    line
      .replace(/^\||(?<!\\)\|\s*$/g, '')
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
  const [head, ...body] = rows.filter((row) => !row.every((cell) => /^:?-+:?$/.test(cell)));
  return h(
    'div',
    { class: 'table-wrap' },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          head.map((cell) => h('th', {}, inline(cell))),
        ),
      ),
      h(
        'tbody',
        {},
        body.map((row) =>
          h(
            'tr',
            {},
            row.map((cell) => h('td', {}, inline(cell))),
          ),
        ),
      ),
    ),
  );
}

const pattern =
  /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|(?<!\w)_([^_]+)_(?!\w)|~~([^~]+)~~|\[([^\]]+)\]\(([^)\s]+)\)|:([a-z0-9_+'-]+):|(https?:\/\/[^\s<>)]+)|\\([\\`*_[\]<>|#~!])/g;

function inline(text) {
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(pattern)) {
    nodes.push(text.slice(last, match.index));
    const [whole, code, bold, bold2, italic, italic2, struck, label, url, name, bare, escaped] = match;
    if (code !== undefined) nodes.push(h('code', {}, code));
    else if (bold ?? bold2) nodes.push(h('b', {}, inline(bold ?? bold2)));
    else if (italic ?? italic2) nodes.push(h('i', {}, inline(italic ?? italic2)));
    else if (struck) nodes.push(h('s', {}, inline(struck)));
    else if (label) nodes.push(link(url, ...inline(label)));
    else if (escaped) nodes.push(escaped);
    else if (name) nodes.push(emojis.has(name) ? emojiSign(name) : whole);
    else nodes.push(link(bare));
    last = match.index + whole.length;
  }
  nodes.push(text.slice(last));
  return nodes;
}
