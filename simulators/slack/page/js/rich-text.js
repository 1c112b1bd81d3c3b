import { h } from './dom.js';
import { broadcast, channelMention, dateNode, emoji, groupMention, link, mention, pre } from './mrkdwn.js';
import { state } from './store.js';

/** A `rich_text` block. Ordered lists of one level count on after what stands between them. */
export function richText(block) {
  return h('div', { class: 'text' }, block.elements.map(element));
}

const parts = {
  rich_text_section: (part) => h('span', { class: 'para' }, part.elements.map(inline)),
  rich_text_quote: (part) => h('blockquote', {}, h('span', { class: 'para' }, part.elements.map(inline))),
  rich_text_preformatted: (part) => pre(part.elements.map((one) => one.text ?? one.url).join('')),
  rich_text_list(part) {
    const tag = part.style === 'ordered' ? 'ol' : 'ul';
    const start = part.style === 'ordered' && part.offset ? part.offset + 1 : undefined;
    const style = part.indent ? { marginLeft: `${part.indent * 24}px` } : {};
    return h(
      tag,
      { start, style },
      part.elements.map((item) => h('li', {}, item.elements.map(inline))),
    );
  },
};

function element(part) {
  return parts[part.type]?.(part) ?? null;
}

const inlines = {
  text: (part) => part.text,
  link: (part) => link(part.url, part.text || part.url),
  user: (part) => mention(part.user_id),
  usergroup: (part) => groupMention(part.usergroup_id),
  channel: (part) => channelMention(part.channel_id),
  broadcast: (part) => broadcast(part.range),
  emoji: (part) => emoji(part.name),
  date: (part) => dateNode(part.timestamp, part.format, part.url, part.fallback),
  team: () => state.team.name,
  color: (part) => h('code', {}, part.value),
};

const styles = { bold: 'b', italic: 'i', strike: 's', code: 'code', underline: 'u' };

function inline(part) {
  let node = inlines[part.type]?.(part) ?? '';
  for (const [name, tag] of Object.entries(styles)) if (part.style?.[name]) node = h(tag, {}, node);
  return node;
}
