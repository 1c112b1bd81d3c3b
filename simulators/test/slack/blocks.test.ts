import { expect, test } from '@jest/globals';
import { parseMessageBlocks, parseView } from '../../slack/blocks/validate.ts';
import { parseContent } from '../../slack/content.ts';
import { SlackError } from '../../slack/slack-error.ts';

/** Limits: docs.slack.dev/reference/block-kit (table block, rich text block, actions block, confirmation dialog object). */
const plain = (text: string) => ({ type: 'plain_text', text });
const raw = (text: string) => ({ type: 'raw_text', text });
const rich = (...elements: object[]) => ({ type: 'rich_text', elements });
const preformatted = (text: string, more = {}) => rich({ type: 'rich_text_preformatted', elements: [{ type: 'text', text }], ...more });
const rows = (height: number, width: number, text = 'x') => Array.from({ length: height }, () => Array.from({ length: width }, () => raw(text)));
const table = (more: object) => ({ type: 'table', rows: rows(2, 2), ...more });
const confirm = (title: number, text: number, button: number) => ({
  title: plain('t'.repeat(title)),
  text: { type: 'mrkdwn', text: 'x'.repeat(text) },
  confirm: plain('c'.repeat(button)),
  deny: plain('d'.repeat(button)),
});
const button = (id: string, more = {}) => ({ type: 'button', action_id: id, text: plain(id), ...more });
const menu = (options: number, more = {}) => ({
  type: 'static_select',
  action_id: 'menu',
  placeholder: plain('Another remedy'),
  options: Array.from({ length: options }, (_, index) => ({ text: plain(`Remedy ${index}`), value: String(index) })),
  ...more,
});
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const diff = '--- now\n+++ planned\n@@ -1,2 +1,2 @@\n-  replicas: 3\n+  replicas: 6';

function refusal(work: () => unknown): SlackError {
  try {
    work();
  } catch (error) {
    if (error instanceof SlackError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

function complaintsOf(error: SlackError): string[] {
  return (error.extra['response_metadata'] as { messages: string[] }).messages;
}

test.each([
  ['a table of 100 rows', table({ rows: rows(100, 2) })],
  ['a table of 20 columns with settings', table({ rows: rows(2, 20), column_settings: Array.from({ length: 20 }, () => ({ align: 'right' })) })],
  ['settings for some columns', table({ column_settings: [null, { is_wrapped: true, align: 'center' }] })],
  [
    'cells of rich text and of numbers',
    table({
      rows: [
        [raw('a'), rich()],
        [{ type: 'raw_number', value: 3, text: '3' }, preformatted('x')],
      ],
    }),
  ],
  ['a table of 10,000 characters', table({ rows: rows(2, 2, 'x'.repeat(2500)) })],
  ['a preformatted diff', preformatted(diff, { border: 0 })],
  ['nothing preformatted', rich({ type: 'rich_text_preformatted', elements: [] })],
  ['five buttons and a menu', actions(...['a', 'b', 'c', 'd', 'e'].map((id) => button(id)), menu(100))],
  ['25 elements', actions(...Array.from({ length: 25 }, (_, index) => button(`b${index}`)))],
  ['a menu that has chosen', actions(menu(2, { initial_option: { text: plain('Remedy 1'), value: '1' } }))],
  ['a menu of groups', actions({ ...menu(1), options: undefined, option_groups: [{ label: plain('Safe'), options: menu(2).options }] })],
  ['a confirmation as long as it may be', actions(button('a', { confirm: confirm(100, 300, 30) }))],
])('%s is taken', (_, block) => {
  expect(parseMessageBlocks([block])).toMatchObject([{ type: block.type, block_id: expect.any(String) }]);
});

test.each([
  ['101 rows', table({ rows: rows(101, 1) }), 'no more than 100 items allowed [json-pointer:/blocks/0/rows]'],
  ['21 columns', table({ rows: rows(1, 21) }), 'no more than 20 items allowed [json-pointer:/blocks/0/rows/0]'],
  [
    '21 settings',
    table({ column_settings: Array.from({ length: 21 }, () => ({})) }),
    'no more than 20 items allowed [json-pointer:/blocks/0/column_settings]',
  ],
  ['no rows', table({ rows: [] }), 'must have at least 1 items [json-pointer:/blocks/0/rows]'],
  ['an empty cell', table({ rows: [[raw('')]] }), 'must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]'],
  ['a cell of mrkdwn', table({ rows: [[{ type: 'mrkdwn', text: 'x' }]] }), 'unsupported type [json-pointer:/blocks/0/rows/0/0/type]'],
  [
    'rows of unlike length',
    table({ rows: [...rows(1, 2), ...rows(1, 1)] }),
    'all rows must have the same number of cells [json-pointer:/blocks/0/rows]',
  ],
  ['too much text', table({ rows: rows(2, 2, 'x'.repeat(2501)) }), 'must be less than 10001 characters [json-pointer:/blocks/0/rows]'],
  [
    'an unknown alignment',
    table({ column_settings: [{ align: 'top' }] }),
    'must be a valid enum value (left, center, right) [json-pointer:/blocks/0/column_settings/0/align]',
  ],
  [
    'a mention in preformatted text',
    rich({ type: 'rich_text_preformatted', elements: [{ type: 'user', user_id: 'U0ADA' }] }),
    'unsupported type [json-pointer:/blocks/0/elements/0/elements/0/type]',
  ],
  ['an empty text', preformatted(''), 'must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]'],
  ['a menu of 101', actions(menu(101)), 'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]'],
  ['a menu of nothing', actions(menu(0)), 'must have at least 1 items [json-pointer:/blocks/0/elements/0/options]'],
  [
    'a menu that has chosen something else',
    actions(menu(1, { initial_option: { text: plain('Remedy 7'), value: '7' } })),
    'initial option was not found in the options [json-pointer:/blocks/0]',
  ],
  ['a text input among actions', actions({ type: 'plain_text_input' }), 'unsupported type [json-pointer:/blocks/0/elements/0/type]'],
  [
    'a long title',
    actions(button('a', { confirm: confirm(101, 1, 1) })),
    'must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]',
  ],
  [
    'a long confirmation',
    actions(button('a', { confirm: confirm(1, 301, 1) })),
    'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]',
  ],
  [
    'a long answer',
    actions(button('a', { confirm: confirm(1, 1, 31) })),
    'must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]',
  ],
])('%s: refused', (_, block, complaint) => {
  const error = refusal(() => parseMessageBlocks([block]));
  expect(error.code).toBe('invalid_blocks');
  expect(complaintsOf(error)).toContain(`[ERROR] ${complaint}`);
});

test.each([
  ['blocks', { blocks: [table({}), table({})] }],
  ['blocks and an attachment', { blocks: [table({})], attachments: [{ blocks: [table({})] }] }],
  ['two attachments', { attachments: [{ blocks: [table({})] }, { blocks: [table({})] }] }],
])('a message has one table only: not two in %s', (_, content) => {
  const error = refusal(() => parseContent(content));
  expect(error.code).toBe('invalid_attachments');
  expect(complaintsOf(error)).toEqual(['[ERROR] only_one_table_allowed']);
});

test('a table beside other blocks is taken, in a view it is not', () => {
  expect(parseContent({ blocks: [{ type: 'divider' }, table({}), actions(button('a'))] }).blocks).toHaveLength(3);
  const view = { type: 'modal', title: plain('T'), blocks: [table({})] };
  const error = refusal(() => parseView(view, 'modal'));
  expect(complaintsOf(error)).toEqual(['[ERROR] unsupported type [json-pointer:/view/blocks/0/type]']);
});
