import type { KnownBlock } from '@slack/types';
import type { Message } from './kit.ts';
import { clampMarkup } from './text.ts';

/** How long a message may be that is nothing but text (docs.slack.dev/reference/methods/chat.postMessage: 4,000 is advised). */
const MOST = 3_900;
const END = '_Slack would not show the buttons of this message: `/incident help` lists the commands that do the same._';

/**
 * What a message says, without its blocks: for when Slack refuses them. The words stay; of buttons it says that they are missing, and
 * that the commands do the same.
 */
export function withoutBlocks(message: Message): string {
  const words = message.blocks.map(wordsOf).filter((text) => text !== '');
  const buttons = message.blocks.some((block) => block.type === 'actions');
  const all = words.length === 0 ? [message.text] : words;
  return [clampMarkup(all.join('\n'), MOST - END.length), ...(buttons ? [END] : [])].join('\n');
}

function wordsOf(block: KnownBlock): string {
  if (block.type === 'header') return `*${block.text.text}*`;
  if (block.type === 'section')
    return [block.text?.text ?? '', ...(block.fields ?? []).map((field) => field.text)].filter((text) => text !== '').join('\n');
  if (block.type === 'context') return block.elements.map((element) => ('text' in element ? element.text : '')).join('  ');
  return '';
}
