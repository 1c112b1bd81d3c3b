import { z } from 'zod';
import { shortId } from '../ids.ts';
import { SlackError } from '../slack-error.ts';
import { type Block, messageBlock } from './blocks.ts';
import { complaint, complaints } from './complaints.ts';
import { homeView, modalView, type ViewInput } from './views.ts';

const messageBlocks = z.array(messageBlock).max(50);

/** Not documented: Slack refuses messages whose blocks hold more text than about this. */
const maxBlocksText = 13_200;
const maxTableText = 10_000;

/**
 * Checks the blocks of a message as Slack does and gives them back as Slack keeps them (block ids and text defaults filled in).
 * Throws `invalid_blocks_format` for no array, `invalid_blocks` with one message per flaw, `msg_blocks_too_long` for too much text.
 */
export function parseMessageBlocks(input: unknown): Block[] {
  const value = fromJson(input);
  if (!Array.isArray(value)) throw new SlackError('invalid_blocks_format');
  const parsed = messageBlocks.safeParse(value, { reportInput: true });
  const wrong = parsed.success ? extraRules(parsed.data, '/blocks') : complaints(parsed.error, '/blocks');
  if (!parsed.success || wrong.length > 0) {
    throw new SlackError('invalid_blocks', { errors: wrong.map(withoutLevel), response_metadata: { messages: wrong } });
  }
  if (textLength(parsed.data) > maxBlocksText) throw new SlackError('msg_blocks_too_long');
  return parsed.data.map(kept);
}

/** Checks a view. Throws `invalid_arguments` with one message per flaw. */
export function parseView(input: unknown, type: 'modal' | 'home'): ViewInput {
  const value = fromJson(input);
  const parsed = (type === 'modal' ? modalView : homeView).safeParse(value, { reportInput: true });
  const wrong = parsed.success ? extraViewRules(parsed.data) : complaints(parsed.error, '/view');
  if (!parsed.success || wrong.length > 0) throw SlackError.withMessages('invalid_arguments', wrong);
  return { ...parsed.data, blocks: parsed.data.blocks.map(kept) as ViewInput['blocks'] };
}

function fromJson(input: unknown): unknown {
  if (typeof input !== 'string') return input;
  try {
    return JSON.parse(input);
  } catch {
    return undefined;
  }
}

function withoutLevel(message: string): string {
  return message.replace('[ERROR] ', '');
}

function extraViewRules(view: ViewInput): string[] {
  const wrong = extraRules(view.blocks, '/view/blocks');
  if (view.type === 'modal' && view.submit === undefined && view.blocks.some((block) => block.type === 'input')) {
    wrong.push(complaint('missing required field: submit (the view has an input block)', '/view'));
  }
  return wrong;
}

/** Rules between fields, which Slack states in words. */
function extraRules(blocks: readonly Block[], root: string): string[] {
  const wrong: string[] = [];
  const ids = new Set<string>();
  blocks.forEach((block, index) => {
    const at = `${root}/${index}`;
    if (block.block_id !== undefined && block.block_id !== '') {
      if (ids.has(block.block_id)) wrong.push(complaint(`block_id "${block.block_id}" already exists`, `${at}/block_id`));
      ids.add(block.block_id);
    }
    if (block.type === 'section' && block.text === undefined && block.fields === undefined) {
      wrong.push(complaint('missing required field: text or fields', at));
    }
    if (block.type === 'table' || block.type === 'data_table') {
      wrong.push(...tableRules(block, at));
    }
    if (block.type === 'image') wrong.push(...imageRules(block, at));
    wrong.push(...elementRules(block, at));
  });
  return wrong;
}

function tableRules(block: Extract<Block, { type: 'table' | 'data_table' }>, at: string): string[] {
  const wrong: string[] = [];
  const width = block.rows[0]?.length ?? 0;
  if (textLength(block.rows) > maxTableText) wrong.push(complaint(`must be less than ${maxTableText + 1} characters`, `${at}/rows`));
  if (block.rows.some((row) => row.length !== width)) wrong.push(complaint('all rows must have the same number of cells', `${at}/rows`));
  if (block.type === 'data_table' && block.rows[0]?.some((cell) => cell.type === 'rich_text')) {
    wrong.push(complaint('rich_text is not allowed in header cells', `${at}/rows/0`));
  }
  return wrong;
}

function imageRules(image: { image_url?: unknown; slack_file?: unknown }, at: string): string[] {
  if ((image.image_url === undefined) !== (image.slack_file === undefined)) return [];
  return [complaint('must have exactly one of image_url and slack_file', at)];
}

/** The elements of a block that a person can act on, in order. */
export function elementsOf(block: Block): { type: string; action_id?: string | undefined }[] {
  if (block.type === 'actions') return block.elements;
  if (block.type === 'input') return [block.element];
  if (block.type === 'section' && block.accessory !== undefined && block.accessory.type !== 'image') return [block.accessory];
  return [];
}

function elementRules(block: Block, at: string): string[] {
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const element of elementsOf(block)) {
    if (element.action_id !== undefined) {
      if (seen.has(element.action_id)) {
        wrong.push(complaint(`action_id "${element.action_id}" already exists in this block`, `${at}/elements`));
      }
      seen.add(element.action_id);
    }
    if ('options' in element || 'option_groups' in element || element.type.endsWith('static_select')) {
      wrong.push(...optionRules(element, at));
    }
  }
  return wrong;
}

interface AnyOption {
  value?: string;
  text: { text: string };
}

/** Menus need options or groups, not both; what is chosen at first must be among them, exactly. */
function optionRules(element: Record<string, unknown>, at: string): string[] {
  const wrong: string[] = [];
  const options = optionsOf(element);
  if ((element['options'] === undefined) === (element['option_groups'] === undefined)) {
    wrong.push(complaint('must have exactly one of options and option_groups', at));
  }
  const values = options.map((option) => option.value);
  if (new Set(values).size !== values.length) wrong.push(complaint('option values must be unique', at));
  const chosen = [element['initial_option'], ...((element['initial_options'] as unknown[] | undefined) ?? [])];
  for (const option of chosen as (AnyOption | undefined)[]) {
    if (option === undefined) continue;
    const match = options.find((candidate) => candidate.value === option.value);
    if (match?.text.text !== option.text.text) wrong.push(complaint('initial option was not found in the options', at));
  }
  return wrong;
}

/** Every option a menu offers, groups flattened. */
export function optionsOf(element: object): AnyOption[] {
  const menu = element as { options?: AnyOption[]; option_groups?: { options: AnyOption[] }[] };
  return menu.options ?? menu.option_groups?.flatMap((group) => group.options) ?? [];
}

/** Characters of all text in blocks, keys and ids left out. */
function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + textLength(item), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, item]) => sum + (typeof item === 'string' ? (key === 'text' ? item.length : 0) : textLength(item)),
    0,
  );
}

/** As Slack gives a block back: an id for it and its actions, `emoji` and `verbatim` spelled out. */
function kept(block: Block): Block {
  const withText = withTextDefaults(block) as Block;
  const named = { ...withText, block_id: block.block_id === undefined || block.block_id === '' ? shortId() : block.block_id };
  for (const element of elementsOf(named)) element.action_id ??= shortId();
  return named;
}

function withTextDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTextDefaults);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTextDefaults(item)]));
  if (copy['type'] === 'plain_text') copy['emoji'] ??= true;
  if (copy['type'] === 'mrkdwn') copy['verbatim'] ??= false;
  return copy;
}
