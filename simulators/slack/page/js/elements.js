import { fill, h, icon } from './dom.js';
import { plain, textObject } from './mrkdwn.js';
import { channelLabel } from './names.js';
import { confirmDialog, guarded, openMenu, toast } from './overlays.js';
import { act, state } from './store.js';

/**
 * Interactive elements. `where` says how they reach the app:
 * `{surface, block, value, before}`, the surface as the simulator takes it, the block around the element,
 * what it holds now (`state.values`), and what to do before each action. Inputs of a modal add `input: true`:
 * they only hold a value. Every element gives `{node, read}`; `read` is there where a form needs the value.
 */
export function element(spec, where) {
  const make = makers[spec.type];
  if (!make) return { node: h('span', { class: 'dim' }, `[${spec.type}]`) };
  return make(spec, { ...where, value: where.value ?? initialValue(spec) });
}

/** What an element of a message holds before anybody chose: views bring that in their state. */
function initialValue(spec) {
  return {
    selected_option: spec.initial_option,
    selected_options: spec.initial_options,
    selected_user: spec.initial_user,
    selected_users: spec.initial_users,
    selected_conversation: spec.initial_conversation,
    selected_conversations: spec.initial_conversations,
    selected_channel: spec.initial_channel,
    selected_channels: spec.initial_channels,
    selected_date: spec.initial_date,
    selected_time: spec.initial_time,
    selected_date_time: spec.initial_date_time,
    ...(spec.type === 'rich_text_input' ? { rich_text_value: spec.initial_value } : { value: spec.initial_value }),
  };
}

/** Sends what the person did; `input` is what they chose. */
function acting(spec, where) {
  return guarded(async (input, node) => {
    if (spec.confirm && !(await confirmDialog(spec.confirm))) return false;
    node?.classList.add('busy');
    try {
      await where.before?.();
      const matcher = { action_id: spec.action_id, block_id: where.block.block_id };
      const outcome = await act('click', { surface: where.surface, element: matcher, ...(input === undefined ? {} : { input }) });
      if (outcome.error) toast(outcome.error);
      return outcome.status === 'ok';
    } finally {
      node?.classList.remove('busy');
    }
  });
}

function button(spec, where) {
  const send = acting(spec, where);
  const node = h(
    'button',
    { type: 'button', class: `btn ${spec.style ?? ''}`, 'aria-label': spec.accessibility_label, onclick: click },
    plain(spec.text),
    spec.url && icon('open', 15),
  );
  function click() {
    if (spec.url && /^https?:/.test(spec.url)) window.open(spec.url, '_blank', 'noopener');
    void send(undefined, node);
  }
  return { node };
}

function overflow(spec, where) {
  const send = acting(spec, where);
  const node = h('button', { type: 'button', class: 'btn', 'aria-label': 'More options', 'aria-haspopup': 'menu', onclick: open }, '⋯');
  function open() {
    const choose = (option) => () => {
      if (option.url && /^https?:/.test(option.url)) window.open(option.url, '_blank', 'noopener');
      void send(option.value, node);
    };
    openMenu(
      node,
      spec.options.map((option) => ({ label: option.text.text, hint: option.description?.text, onclick: choose(option) })),
    );
  }
  return { node };
}

const optionOf = (option) => [option.value, option.text.text];

/** Where the options of each menu come from, as `[value, label]`, and which key of the state holds the choice. */
const menus = {
  static_select: { choices: (spec) => (spec.options ?? []).map(optionOf), chosen: (value) => value?.selected_option?.value },
  users_select: { choices: people, chosen: (value) => value?.selected_user },
  conversations_select: { choices: conversations, chosen: (value) => value?.selected_conversation },
  channels_select: { choices: conversations, chosen: (value) => value?.selected_channel },
};
const multiMenus = {
  multi_static_select: {
    choices: (spec) => (spec.options ?? spec.option_groups.flatMap((group) => group.options)).map(optionOf),
    chosen: (value) => value?.selected_options?.map((option) => option.value),
  },
  multi_users_select: { choices: people, chosen: (value) => value?.selected_users },
  multi_conversations_select: { choices: conversations, chosen: (value) => value?.selected_conversations },
  multi_channels_select: { choices: conversations, chosen: (value) => value?.selected_channels },
};

function people() {
  return [...state.users.values()].filter((user) => !user.deleted && !user.is_bot).map((user) => [user.id, user.real_name]);
}

function conversations() {
  return [...state.channels.values()].filter((channel) => !channel.archived).map((channel) => [channel.id, channelLabel(channel)]);
}

function select(spec, where) {
  const menu = menus[spec.type];
  const send = acting(spec, where);
  const option = ([value, label]) => h('option', { value }, label);
  const groups = spec.option_groups?.map((group) =>
    h(
      'optgroup',
      { label: group.label.text },
      group.options.map((one) => option(optionOf(one))),
    ),
  );
  const node = h(
    'select',
    {
      class: 'field-select',
      id: where.id,
      'aria-label': where.id ? undefined : (spec.placeholder?.text ?? 'Choose'),
      onchange: () => !where.input && send(node.value, node),
    },
    h('option', { value: '' }, spec.placeholder?.text ?? 'Choose an option'),
    groups ?? menu.choices(spec).map(option),
  );
  node.value = menu.chosen(where.value) ?? '';
  return { node, read: () => node.value || null };
}

function multiSelect(spec, where) {
  const menu = multiMenus[spec.type];
  const options = menu.choices(spec).map(([value, label]) => ({ value, text: { type: 'plain_text', text: label } }));
  return choices(spec, where, options, menu.chosen(where.value) ?? [], 'checkbox', 'boxed');
}

function checkboxes(spec, where) {
  return choices(
    spec,
    where,
    spec.options,
    (where.value?.selected_options ?? []).map((option) => option.value),
    'checkbox',
  );
}

function radioButtons(spec, where) {
  const chosen = where.value?.selected_option?.value;
  return choices(spec, where, spec.options, chosen === undefined ? [] : [chosen], 'radio');
}

function choices(spec, where, options, chosen, type, look = '') {
  const send = acting(spec, where);
  const name = `${where.block.block_id}-${spec.action_id}`;
  const inputs = options.map((option) =>
    h('input', { type, name, value: option.value, checked: chosen.includes(option.value), onchange: () => !where.input && send(read(), node) }),
  );
  const label = (option, index) =>
    h('label', {}, inputs[index], h('span', {}, textObject(option.text), option.description && h('small', {}, plain(option.description))));
  const node = h('fieldset', { class: `choices ${look}`, 'aria-label': where.label }, options.map(label));
  function read() {
    const values = inputs.filter((input) => input.checked).map((input) => input.value);
    return type === 'radio' ? (values[0] ?? null) : values;
  }
  return { node, read };
}

const pickers = {
  datepicker: ['date', 'selected_date'],
  timepicker: ['time', 'selected_time'],
  datetimepicker: ['datetime-local', 'selected_date_time'],
};

function picker(spec, where) {
  const [type, key] = pickers[spec.type];
  const send = acting(spec, where);
  const held = where.value?.[key];
  const value = type === 'datetime-local' && held ? new Date(held * 1000).toISOString().slice(0, 16) : held;
  const node = h('input', {
    class: 'field-input',
    type,
    id: where.id,
    'aria-label': where.id ? undefined : (spec.placeholder?.text ?? type),
    onchange: () => !where.input && send(read(), node),
  });
  if (value) node.value = value;
  function read() {
    if (!node.value) return null;
    return type === 'datetime-local' ? Date.parse(`${node.value}Z`) / 1000 : node.value;
  }
  return { node, read };
}

const inputTypes = { email_text_input: 'email', url_text_input: 'url', number_input: 'text', plain_text_input: 'text', rich_text_input: 'text' };

function textInput(spec, where) {
  const tall = spec.multiline || spec.type === 'rich_text_input';
  const send = acting(spec, where);
  const node = h(tall ? 'textarea' : 'input', {
    class: 'field-input',
    type: tall ? undefined : inputTypes[spec.type],
    inputmode: spec.type === 'number_input' ? 'decimal' : undefined,
    id: where.id,
    placeholder: spec.placeholder?.text,
    maxlength: spec.max_length,
    autofocus: spec.focus_on_load,
    autocomplete: 'off',
    onkeydown: (event) => where.dispatch && !tall && event.key === 'Enter' && send(node.value, node),
  });
  const held = where.value?.value ?? where.value?.rich_text_value?.elements?.[0]?.elements?.[0]?.text;
  if (held !== undefined && held !== null) node.value = held;
  return { node, read: () => node.value || null };
}

function externalSelect(spec, where) {
  const send = acting(spec, where);
  let chosen = where.value?.selected_option ?? null;
  const list = h('div', { class: 'suggestions', hidden: true });
  const field = h('input', {
    class: 'field-input',
    id: where.id,
    role: 'combobox',
    autocomplete: 'off',
    placeholder: spec.placeholder?.text ?? 'Type to search',
    oninput: ask,
    onfocus: ask,
  });
  field.value = chosen?.text.text ?? '';
  const node = h('div', { class: 'with-suggestions' }, field, list);

  async function ask() {
    if (field.value.length < (spec.min_query_length ?? 3)) return;
    const matcher = { action_id: spec.action_id, block_id: where.block.block_id };
    const { options = [] } = await act('suggest', { surface: where.surface, element: matcher, query: field.value });
    list.hidden = options.length === 0;
    fill(
      list,
      options.map((option) => h('button', { type: 'button', onclick: () => choose(option) }, option.text.text)),
    );
  }
  function choose(option) {
    chosen = option;
    field.value = option.text.text;
    list.hidden = true;
    if (!where.input) void send(option.value, node);
  }
  return { node, read: () => (field.value ? (chosen?.value ?? null) : null) };
}

const makers = {
  button,
  overflow,
  checkboxes,
  radio_buttons: radioButtons,
  external_select: externalSelect,
  ...Object.fromEntries(Object.keys(menus).map((type) => [type, select])),
  ...Object.fromEntries(Object.keys(multiMenus).map((type) => [type, multiSelect])),
  ...Object.fromEntries(Object.keys(pickers).map((type) => [type, picker])),
  ...Object.fromEntries(Object.keys(inputTypes).map((type) => [type, textInput])),
};
