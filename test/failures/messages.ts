import type { Message } from '../../simulators/slack/index.ts';

/** A button as somebody sees it. */
export interface Button {
  readonly action: string;
  readonly value: string;
  readonly text: string;
}

/** What of Block Kit is read here; a block of another kind has nothing to read. */
interface Seen {
  readonly type: string;
  readonly text?: string | Seen;
  readonly fields?: readonly Seen[];
  readonly elements?: readonly Seen[];
  readonly element?: Seen;
  readonly accessory?: Seen;
  readonly label?: Seen;
  readonly hint?: Seen;
  readonly title?: Seen;
  readonly block_id?: string;
  readonly action_id?: string;
  readonly value?: string;
  readonly initial_value?: string;
  readonly initial_option?: { readonly value: string };
}

/** The texts of blocks in their order, a line each; what stands on buttons is left out. */
export function textOf(blocks: unknown): string {
  return seen(blocks).flatMap(textsOf).join('\n');
}

/** All that a message says. The text of its notification counts only where there are no blocks to see. */
export function readMessage({ text, blocks }: Pick<Message, 'text' | 'blocks'>): string {
  return blocks === undefined || blocks.length === 0 ? text : textOf(blocks);
}

/** Prose alone: what people wrote for people. Logs, tables, differences and answers of programs are not. */
export function proseOf(text: string): string {
  return text.replaceAll(/```[\s\S]*?(?:```|$)/g, '').replaceAll(/\{"[^\n]*/g, '');
}

/** The buttons of blocks, from the top to the bottom. */
export function buttonsOf(blocks: unknown): readonly Button[] {
  return seen(blocks)
    .flatMap(({ accessory, elements = [] }) => [...(accessory === undefined ? [] : [accessory]), ...elements])
    .filter(({ type }) => type === 'button')
    .map(({ action_id = '', value = '', text }) => ({ action: action_id, value, text: plain(text) }));
}

/** What a diagnosis concludes: its title, and everything above the first line that is no remedy. */
export function headlineOf(blocks: unknown): string {
  const all = seen(blocks);
  const end = all.findIndex(({ type }) => type === 'divider');
  return all
    .slice(0, end < 0 ? all.length : end)
    .filter((block) => block.accessory?.action_id !== 'runbook.run' && plain(block.text) !== '*Suggested*')
    .flatMap(textsOf)
    .join('\n')
    .replaceAll(/:[a-z_]+: ?|\*/g, '');
}

/** The names of the remedies that a diagnosis suggests, the first one first. */
export function offersOf(blocks: unknown): readonly { readonly remedy: string; readonly value: string }[] {
  return buttonsOf(blocks)
    .filter(({ action }) => action === 'runbook.run')
    .map(({ value }) => ({ remedy: value.split('#').at(-1) ?? '', value }));
}

/** The fields of a form, by their block ids, and what stands in them to begin with. */
export function fieldsOf(blocks: unknown): Readonly<Record<string, string>> {
  const fields = seen(blocks).filter(({ type }) => type === 'input');
  return Object.fromEntries(fields.map(({ block_id = '', element }) => [block_id, element?.initial_value ?? element?.initial_option?.value ?? '']));
}

function seen(blocks: unknown): readonly Seen[] {
  return Array.isArray(blocks) ? (blocks as readonly Seen[]) : [];
}

function textsOf({ type, text, fields = [], elements = [], label, hint }: Seen): string[] {
  const own = [text, label, hint, ...fields].map(plain);
  const shown = type === 'context' ? elements.map(({ text: words }) => plain(words)) : [];
  return [...own, ...shown].filter((one) => one !== '');
}

function plain(text: string | Seen | undefined): string {
  if (text === undefined) return '';
  return typeof text === 'string' ? text : plain(text.text);
}
