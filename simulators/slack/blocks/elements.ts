import { z } from 'zod';
import { richText } from './rich-text.ts';
import { choiceOption, confirmation, optionGroup, overflowOption, plainOption, plainText } from './text.ts';

/** Limits: docs.slack.dev/reference/block-kit/block-elements. */
const action = { action_id: z.string().min(1).max(255).optional() };
const confirm = { confirm: confirmation.optional() };
const focus = { focus_on_load: z.boolean().optional() };
const placeholder = { placeholder: plainText(150).optional() };
const dispatch = {
  dispatch_action_config: z.strictObject({ trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).min(1) }).optional(),
};
const menu = { ...action, ...confirm, ...focus, ...placeholder };
const several = { ...menu, max_selected_items: z.number().int().min(1).optional() };
const options = z.array(plainOption).min(1).max(100).optional();
const groups = z.array(optionGroup).min(1).max(100).optional();
const conversationFilter = z
  .strictObject({
    include: z
      .array(z.enum(['im', 'mpim', 'private', 'public']))
      .min(1)
      .optional(),
    exclude_external_shared_channels: z.boolean().optional(),
    exclude_bot_users: z.boolean().optional(),
  })
  .optional();
const conversations = { default_to_current_conversation: z.boolean().optional(), filter: conversationFilter };
const respondable = { response_url_enabled: z.boolean().optional() };
const queryLength = { min_query_length: z.number().int().min(0).optional() };
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const colour = z.enum(['primary', 'danger']).optional();

const slackFile = z.union([z.strictObject({ id: z.string() }), z.strictObject({ url: z.string() })]);

export const imageElement = z.strictObject({
  type: z.literal('image'),
  alt_text: z.string().min(1).max(2000),
  image_url: z.string().url().max(3000).optional(),
  slack_file: slackFile.optional(),
});

const button = z.strictObject({
  type: z.literal('button'),
  ...action,
  ...confirm,
  text: plainText(75),
  value: z.string().max(2000).optional(),
  url: z.string().max(3000).optional(),
  style: colour,
  accessibility_label: z.string().max(75).optional(),
});

const overflow = z.strictObject({
  type: z.literal('overflow'),
  ...action,
  ...confirm,
  options: z.array(overflowOption).min(1).max(5),
});

const checkboxes = z.strictObject({
  type: z.literal('checkboxes'),
  ...action,
  ...confirm,
  ...focus,
  options: z.array(choiceOption).min(1).max(10),
  initial_options: z.array(choiceOption).min(1).optional(),
});

const radioButtons = z.strictObject({
  type: z.literal('radio_buttons'),
  ...action,
  ...confirm,
  ...focus,
  options: z.array(choiceOption).min(1).max(10),
  initial_option: choiceOption.optional(),
});

const datepicker = z.strictObject({ type: z.literal('datepicker'), ...menu, initial_date: date.optional() });
const timepicker = z.strictObject({
  type: z.literal('timepicker'),
  ...menu,
  initial_time: z
    .string()
    .regex(/^\d{2}:\d{2}$/)
    .optional(),
  timezone: z.string().optional(),
});
const datetimepicker = z.strictObject({
  type: z.literal('datetimepicker'),
  ...action,
  ...confirm,
  ...focus,
  initial_date_time: z.number().int().optional(),
});

const staticSelect = z.strictObject({
  type: z.literal('static_select'),
  ...menu,
  options,
  option_groups: groups,
  initial_option: plainOption.optional(),
});
const multiStaticSelect = z.strictObject({
  type: z.literal('multi_static_select'),
  ...several,
  options,
  option_groups: groups,
  initial_options: z.array(plainOption).min(1).optional(),
});
const externalSelect = z.strictObject({
  type: z.literal('external_select'),
  ...menu,
  ...queryLength,
  initial_option: plainOption.optional(),
});
const multiExternalSelect = z.strictObject({
  type: z.literal('multi_external_select'),
  ...several,
  ...queryLength,
  initial_options: z.array(plainOption).min(1).optional(),
});
const usersSelect = z.strictObject({ type: z.literal('users_select'), ...menu, initial_user: z.string().optional() });
const multiUsersSelect = z.strictObject({
  type: z.literal('multi_users_select'),
  ...several,
  initial_users: z.array(z.string()).optional(),
});
const conversationsSelect = z.strictObject({
  type: z.literal('conversations_select'),
  ...menu,
  ...conversations,
  ...respondable,
  initial_conversation: z.string().optional(),
});
const multiConversationsSelect = z.strictObject({
  type: z.literal('multi_conversations_select'),
  ...several,
  ...conversations,
  initial_conversations: z.array(z.string()).optional(),
});
const channelsSelect = z.strictObject({
  type: z.literal('channels_select'),
  ...menu,
  ...respondable,
  initial_channel: z.string().optional(),
});
const multiChannelsSelect = z.strictObject({
  type: z.literal('multi_channels_select'),
  ...several,
  initial_channels: z.array(z.string()).optional(),
});

const field = { ...action, ...focus, ...placeholder, ...dispatch };
const plainTextInput = z.strictObject({
  type: z.literal('plain_text_input'),
  ...field,
  initial_value: z.string().max(3000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.number().int().min(0).max(3000).optional(),
  max_length: z.number().int().min(1).max(3000).optional(),
});
const numberInput = z.strictObject({
  type: z.literal('number_input'),
  ...field,
  is_decimal_allowed: z.boolean(),
  initial_value: z.string().optional(),
  min_value: z.string().optional(),
  max_value: z.string().optional(),
});
const emailInput = z.strictObject({ type: z.literal('email_text_input'), ...field, initial_value: z.string().optional() });
const urlInput = z.strictObject({ type: z.literal('url_text_input'), ...field, initial_value: z.string().optional() });
const richTextInput = z.strictObject({ type: z.literal('rich_text_input'), ...field, initial_value: richText.optional() });

const selects = [staticSelect, externalSelect, usersSelect, conversationsSelect, channelsSelect] as const;
const multiSelects = [multiStaticSelect, multiExternalSelect, multiUsersSelect, multiConversationsSelect, multiChannelsSelect] as const;
const pickers = [checkboxes, radioButtons, datepicker, timepicker, datetimepicker] as const;

/** What an `actions` block may hold. */
export const actionsElement = z.discriminatedUnion('type', [button, overflow, ...selects, ...multiSelects, ...pickers, richTextInput]);

/** What may stand beside a section's text. */
export const accessory = z.discriminatedUnion('type', [
  imageElement,
  button,
  overflow,
  ...selects,
  ...multiSelects,
  checkboxes,
  radioButtons,
  datepicker,
  timepicker,
]);

/** What an `input` block may hold. */
export const inputElement = z.discriminatedUnion('type', [
  ...selects,
  ...multiSelects,
  ...pickers,
  plainTextInput,
  numberInput,
  emailInput,
  urlInput,
  richTextInput,
]);
