import type { Block } from './blocks/blocks.ts';
import { elementsOf, optionsOf } from './blocks/validate.ts';
import type { Json, StateValue, StateValues } from './state.ts';

/** What a person puts into an element: text, an option's value, ids; several of them; a number; nothing. */
export type FieldInput = string | number | readonly string[] | null;

/** An element that a person can act on, and the block around it. */
export interface Interactive {
  block: Block;
  element: Json & { type: string; action_id: string };
}

/** Which element is meant: its action id, or any of these that say it without doubt. */
export type ElementMatcher =
  | string
  | { action_id?: string | undefined; block_id?: string | undefined; value?: string | undefined; text?: string | undefined };

const choosesOne: Record<string, [selected: string, initial: string]> = {
  users_select: ['selected_user', 'initial_user'],
  conversations_select: ['selected_conversation', 'initial_conversation'],
  channels_select: ['selected_channel', 'initial_channel'],
  datepicker: ['selected_date', 'initial_date'],
  timepicker: ['selected_time', 'initial_time'],
  datetimepicker: ['selected_date_time', 'initial_date_time'],
};
const choosesSeveral: Record<string, [selected: string, initial: string]> = {
  multi_users_select: ['selected_users', 'initial_users'],
  multi_conversations_select: ['selected_conversations', 'initial_conversations'],
  multi_channels_select: ['selected_channels', 'initial_channels'],
};
const typed = ['plain_text_input', 'number_input', 'email_text_input', 'url_text_input'];
const oneOption = ['static_select', 'external_select', 'radio_buttons'];
const severalOptions = ['multi_static_select', 'multi_external_select', 'checkboxes'];

/** Every element of some blocks, in order. */
export function interactives(blocks: readonly Block[]): Interactive[] {
  return blocks.flatMap((block) => elementsOf(block).map((element) => ({ block, element: element as Interactive['element'] })));
}

/** The one element that fits. Throws when there is none, or several and so a doubt. */
export function findInteractive(blocks: readonly Block[], matcher: ElementMatcher): Interactive {
  const wanted = typeof matcher === 'string' ? { action_id: matcher } : matcher;
  const found = interactives(blocks).filter(
    ({ block, element }) =>
      (wanted.action_id === undefined || element.action_id === wanted.action_id) &&
      (wanted.block_id === undefined || block.block_id === wanted.block_id) &&
      (wanted.value === undefined || element['value'] === wanted.value) &&
      (wanted.text === undefined || (element['text'] as { text?: string } | undefined)?.text === wanted.text),
  );
  const [first, second] = found;
  if (first === undefined) {
    const known = interactives(blocks).map(({ element }) => element.action_id);
    throw new Error(`There is no element ${JSON.stringify(wanted)} here; there are ${JSON.stringify(known)}.`);
  }
  if (second !== undefined) throw new Error(`Several elements are ${JSON.stringify(wanted)}: say which by block_id, value or text.`);
  return first;
}

/** The values a form starts with. What was there `before` stays where block, action and type stay, as in Slack. */
export function initialValues(blocks: readonly Block[], where: { channel?: string }, before: StateValues): StateValues {
  const values: StateValues = {};
  for (const { block, element } of interactives(blocks)) {
    const initial = initialValue(element, where);
    if (initial === undefined) continue;
    const old = before[block.block_id ?? '']?.[element.action_id];
    put(values, block, element, old?.type === element.type ? old : initial);
  }
  return values;
}

/** Writes one value into `values`. */
export function put(values: StateValues, block: Block, element: Interactive['element'], value: StateValue): void {
  (values[block.block_id ?? ''] ??= {})[element.action_id] = value;
}

/**
 * What `input` makes of an element's state. Throws when a person could not have done that,
 * such as choosing an option that is not offered.
 */
export function valueFrom(element: Interactive['element'], input: FieldInput, offered: readonly Json[] = []): StateValue {
  const { type } = element;
  const one = choosesOne[type];
  if (one !== undefined) return { type, [one[0]]: input };
  const several = choosesSeveral[type];
  if (several !== undefined) return { type, [several[0]]: list(input) };
  if (typed.includes(type)) return { type, value: input === null || input === '' ? null : String(input) };
  if (oneOption.includes(type)) return { type, selected_option: input === null ? null : option(element, String(input), offered) };
  if (severalOptions.includes(type)) return { type, selected_options: list(input).map((value) => option(element, value, offered)) };
  if (type === 'rich_text_input') return { type, rich_text_value: richTextOf(input) };
  throw new Error(`Nothing can be put into a ${type}.`);
}

/** What Slack itself says under fields before it asks the app: block id to text. */
export function fieldErrors(blocks: readonly Block[], values: StateValues): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const block of blocks) {
    if (block.type !== 'input') continue;
    const element = block.element as Interactive['element'];
    const value = values[block.block_id ?? '']?.[element.action_id];
    const error = isBlank(value) ? (block.optional === true ? undefined : 'Please complete this required field.') : typeError(element, value);
    if (error !== undefined) errors[block.block_id ?? ''] = error;
  }
  return errors;
}

function initialValue(element: Interactive['element'], where: { channel?: string }): StateValue | undefined {
  const { type } = element;
  const one = choosesOne[type];
  if (one !== undefined) {
    const current = element['default_to_current_conversation'] === true ? where.channel : undefined;
    return { type, [one[0]]: element[one[1]] ?? current ?? null };
  }
  const several = choosesSeveral[type];
  if (several !== undefined) return { type, [several[0]]: element[several[1]] ?? [] };
  if (typed.includes(type)) return { type, value: element['initial_value'] ?? null };
  if (oneOption.includes(type)) return { type, selected_option: element['initial_option'] ?? null };
  if (severalOptions.includes(type)) return { type, selected_options: element['initial_options'] ?? [] };
  if (type === 'rich_text_input') return { type, rich_text_value: element['initial_value'] ?? null };
  return undefined;
}

function option(element: Interactive['element'], value: string, offered: readonly Json[]): Json {
  const options = [...(optionsOf(element) as unknown as Json[]), ...offered];
  const found = options.find((candidate) => candidate['value'] === value);
  if (found === undefined) {
    throw new Error(`${element.action_id} has no option "${value}"; it has ${JSON.stringify(options.map((o) => o['value']))}.`);
  }
  return found;
}

function list(input: FieldInput): string[] {
  if (input === null) return [];
  return Array.isArray(input) ? [...(input as readonly string[])] : [String(input)];
}

function richTextOf(input: FieldInput): Json | null {
  if (input === null || input === '') return null;
  const section = { type: 'rich_text_section', elements: [{ type: 'text', text: String(input) }] };
  return { type: 'rich_text', elements: [section] };
}

function isBlank(value: StateValue | undefined): boolean {
  if (value === undefined) return true;
  const { type: _, ...rest } = value;
  return Object.values(rest).every((item) => item === null || item === '' || (Array.isArray(item) && item.length === 0));
}

function typeError(element: Interactive['element'], value: StateValue | undefined): string | undefined {
  const text = typeof value?.['value'] === 'string' ? value['value'] : '';
  const limit = (key: string): number | undefined => (element[key] === undefined ? undefined : Number(element[key]));
  switch (element.type) {
    case 'plain_text_input': {
      const [min, max] = [limit('min_length'), limit('max_length') ?? 3000];
      if (min !== undefined && text.length < min) return `Please enter at least ${min} characters.`;
      return text.length > max ? `Please enter no more than ${max} characters.` : undefined;
    }
    case 'number_input': {
      const number = Number(text);
      const [min, max] = [limit('min_value'), limit('max_value')];
      if (!Number.isFinite(number)) return 'Please enter a number.';
      if (element['is_decimal_allowed'] !== true && !Number.isInteger(number)) return 'Please enter a whole number.';
      if (min !== undefined && number < min) return `Please enter a number greater than or equal to ${min}.`;
      return max !== undefined && number > max ? `Please enter a number less than or equal to ${max}.` : undefined;
    }
    case 'email_text_input':
      return /^\S+@\S+\.\S+$/.test(text) ? undefined : 'Please enter a valid email address.';
    case 'url_text_input':
      return URL.canParse(text) ? undefined : 'Please enter a valid URL.';
    default:
      return undefined;
  }
}
