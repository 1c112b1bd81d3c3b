import type { Button, ConfirmationDialog, KnownBlock, PlainTextElement, PlainTextOption } from '@slack/types';
import { plural } from '../src/lib/plural.ts';
import { unguarded } from './outside.ts';
import { clamp, clampMarkup, dated, LIMITS, plain } from './text.ts';

/** What every block function returns: blocks and the text that notifications and screen readers use. */
export interface Message {
  readonly text: string;
  readonly blocks: KnownBlock[];
}

export function plainText(text: string, length: number): PlainTextElement {
  return { type: 'plain_text', text: clamp(plain(text), length) || ' ', emoji: true };
}

/** Mrkdwn within Slack's limits, with every moment in each reader's own zone. */
function markup(text: string, length: number): string {
  return clampMarkup(dated(text), length);
}

export function header(text: string): KnownBlock {
  return { type: 'header', text: plainText(text, LIMITS.header) };
}

export function section(text: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: markup(text, LIMITS.section) || ' ' } };
}

/** A section with a button beside it. */
export function withButton(text: string, accessory: Button): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: markup(text, LIMITS.section) || ' ' }, accessory };
}

/** Label and value pairs, two in a row, ten at most a section. */
export function fields(pairs: readonly (readonly [string, string])[]): KnownBlock {
  return {
    type: 'section',
    fields: pairs.slice(0, 10).map(([label, value]) => ({ type: 'mrkdwn', text: markup(`*${label}*\n${value}`, LIMITS.field) })),
  };
}

export function context(...texts: readonly string[]): KnownBlock {
  return { type: 'context', elements: texts.slice(0, 10).map((text) => ({ type: 'mrkdwn', text: markup(text, LIMITS.section) || ' ' })) };
}

/** A section with a menu beside it: what is chosen acts like a button with that value. */
export function withMenu(text: string, actionId: string, placeholder: string, options: readonly PlainTextOption[]): KnownBlock {
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: markup(text, LIMITS.section) || ' ' },
    accessory: { type: 'static_select', action_id: actionId, placeholder: plainText(placeholder, 150), options: [...options] },
  };
}

export function divider(): KnownBlock {
  return { type: 'divider' };
}

export interface ButtonOptions {
  readonly style?: 'primary' | 'danger';
  readonly confirm?: ConfirmationDialog;
}

/** A button. `value` is an opaque id; what it may do is decided at the click. */
export function button(text: string, actionId: string, value: string, options: ButtonOptions = {}): Button {
  return { type: 'button', text: plainText(text, LIMITS.button), action_id: actionId, value, ...options };
}

export function confirm(title: string, text: string, yes: string): ConfirmationDialog {
  return {
    title: plainText(title, 100),
    text: { type: 'plain_text', text: clamp(plain(text), 300) },
    confirm: plainText(yes, 30),
    deny: plainText('Cancel', 30),
  };
}

export function actions(blockId: string, elements: readonly Button[]): KnownBlock {
  return { type: 'actions', block_id: blockId, elements: [...elements] };
}

export function option(text: string, value: string): PlainTextOption {
  return { text: plainText(text, LIMITS.option), value: clamp(value, 150) };
}

const REST = '`/incident timeline` has all of it.';

/**
 * Keeps a message within Slack's limits: 50 blocks and about 13,200 characters in all; says how many lines were left out and, by `rest`, where
 * all of it is. Buttons at the end always stay.
 */
export function message(text: string, blocks: readonly KnownBlock[], rest: string = REST): Message {
  const end = blocks.at(-1)?.type === 'actions' ? blocks.slice(-1) : [];
  const kept: KnownBlock[] = [];
  let size = JSON.stringify(end).length;
  const all = blocks.slice(0, blocks.length - end.length);
  for (const [i, block] of all.entries()) {
    const length = JSON.stringify(block).length;
    if ((kept.length === LIMITS.blocks - 2 && i < all.length - 1) || size + length > LIMITS.message) {
      const left = all.slice(i).reduce((sum, one) => sum + linesOf(one), 0);
      kept.push(context(`_${plural(left, 'more line is', 'more lines are')} not shown here. ${rest}_`));
      break;
    }
    kept.push(block);
    size += length;
  }
  kept.push(...end);
  // The fallback is mrkdwn too: nothing in it may notify a channel or a group, or be a link.
  return { text: markup(unguarded(text.replaceAll(/<(?!@[A-Z0-9]{2,20}>|#[A-Z0-9]{2,20}>|!date\^)/g, '&lt;')), LIMITS.section), blocks: kept };
}

/** Lines that people read of a block. */
function linesOf(block: KnownBlock): number {
  if (block.type === 'section') return [block.text, ...(block.fields ?? [])].reduce((sum, one) => sum + (one?.text.split('\n').length ?? 0), 0);
  return block.type === 'header' || block.type === 'context' ? 1 : 0;
}
