import { fill, h, icon } from './dom.js';
import { element } from './elements.js';
import { markdown } from './markdown.js';
import { mrkdwn, plain, textObject } from './mrkdwn.js';
import { richText } from './rich-text.js';

/**
 * Renders blocks. `place` is `{surface, values, errors, before, form}`: how actions travel, what is chosen already,
 * what is wrong, what happens before an action, and in a modal a Map that collects each input's `read`.
 */
export function blocks(list, place) {
  return h(
    'div',
    { class: 'blocks' },
    list.map((block) => renderers[block.type]?.(block, place) ?? unknown(block)),
  );
}

function unknown(block) {
  return h('div', { class: 'dim' }, `[${block.type}]`);
}

function interactive(spec, block, place, more = {}) {
  const value = place.values?.[block.block_id]?.[spec.action_id];
  return element(spec, { surface: place.surface, block, value, before: place.before, ...more });
}

function section(block, place) {
  const fields = block.fields && h('div', { class: 'b-fields' }, block.fields.map(textObject));
  const { accessory } = block;
  return h(
    'div',
    { class: 'b-section' },
    h('div', { class: 'body' }, block.text && textObject(block.text), fields),
    accessory && h('div', { class: 'accessory' }, accessory.type === 'image' ? picture(accessory) : interactive(accessory, block, place).node),
  );
}

function context(block) {
  return h(
    'div',
    { class: 'b-context' },
    block.elements.map((part) => (part.type === 'image' ? picture(part) : textObject(part))),
  );
}

function image(block) {
  return h('figure', { class: 'b-image' }, block.title && h('figcaption', {}, plain(block.title)), picture(block));
}

function picture(part) {
  const source = part.image_url ?? (part.slack_file?.id ? `_sim/files/${part.slack_file.id}` : part.slack_file?.url);
  return h('img', { src: source, alt: part.alt_text, title: part.alt_text, loading: 'lazy', referrerpolicy: 'no-referrer' });
}

let inputs = 0;

function input(block, place) {
  inputs += 1;
  const id = `input-${inputs}`;
  const error = place.errors?.[block.block_id];
  const text = plain(block.label);
  const made = interactive(block.element, block, place, {
    id,
    input: !block.dispatch_action,
    dispatch: block.dispatch_action,
    label: block.label.text,
  });
  const field = made.node.matches('input, select, textarea') ? made.node : made.node.querySelector('[role="combobox"]');
  if (error) {
    field?.setAttribute('aria-invalid', 'true');
    field?.setAttribute('aria-describedby', `${id}-error`);
  }
  if (made.read) place.form?.set(block.block_id, made.read);
  /** What was wrong is not said any more of what is being mended. */
  const mended = (event) => {
    const node = event.currentTarget;
    node.classList.remove('invalid');
    node.querySelector('.field-error')?.remove();
    field?.removeAttribute('aria-invalid');
  };
  const optional = block.optional && h('span', { class: 'optional' }, ' (optional)');
  return h(
    'div',
    { class: `input-block${error ? ' invalid' : ''}`, oninput: error && mended, onchange: error && mended },
    field ? h('label', { for: id }, text, optional) : h('div', { class: 'label' }, text, optional),
    made.node,
    error && h('div', { class: 'field-error', id: `${id}-error`, role: 'alert' }, icon('warn', 18), error),
    block.hint && h('div', { class: 'hint' }, plain(block.hint)),
  );
}

function cell(content) {
  return content.type === 'rich_text' ? richText(content) : content.text;
}

function table(block) {
  const settings = (index) => block.column_settings?.[index] ?? {};
  const look = (content, index) => ({
    class: [settings(index).is_wrapped ? 'wrapped' : '', content.type === 'raw_number' ? 'number' : ''].join(' ').trim(),
    style: settings(index).align ? { textAlign: settings(index).align } : {},
  });
  const row = (cells, tag) =>
    h(
      'tr',
      {},
      cells.map((content, index) => h(tag, look(content, index), cell(content))),
    );
  const [head, ...body] = block.rows;
  return h(
    'div',
    { class: 'table-wrap' },
    h(
      'table',
      {},
      h('thead', {}, row(head, 'th')),
      h(
        'tbody',
        {},
        body.map((cells) => row(cells, 'td')),
      ),
    ),
  );
}

/** A data table turns pages and sorts by the column whose head is clicked. */
function dataTable(block) {
  const [head, ...rows] = block.rows;
  const size = block.page_size ?? 5;
  let [page, sorted, down] = [0, undefined, false];
  const body = h('tbody');
  const pages = h('div', { class: 'pages', hidden: rows.length <= size });
  const heads = head.map((content, index) => h('th', { scope: 'col' }, h('button', { type: 'button', onclick: () => sort(index) }, content.text)));
  const node = h('div', { class: 'table-wrap' }, h('table', {}, h('caption', {}, block.caption), h('thead', {}, h('tr', {}, heads)), body), pages);
  const rowHead = block.row_header_column_index ?? 0;

  function sort(index) {
    down = sorted === index ? !down : false;
    sorted = index;
    heads.forEach(
      (one, at) => one.toggleAttribute('aria-sort', false) || (at === index && one.setAttribute('aria-sort', down ? 'descending' : 'ascending')),
    );
    show();
  }
  function key(cells) {
    const content = cells[sorted];
    return content.type === 'raw_number' ? content.value : (content.text ?? '');
  }
  function compare(a, b) {
    const [x, y] = [key(a), key(b)];
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), 'en', { numeric: true });
    return down ? -order : order;
  }
  function show() {
    const all = sorted === undefined ? rows : [...rows].sort(compare);
    const shown = all.slice(page * size, (page + 1) * size);
    fill(
      body,
      shown.map((cells) =>
        h(
          'tr',
          {},
          cells.map((content, index) =>
            h(
              index === rowHead ? 'th' : 'td',
              { class: content.type === 'raw_number' ? 'number' : '', scope: index === rowHead ? 'row' : undefined },
              cell(content),
            ),
          ),
        ),
      ),
    );
    const last = Math.ceil(rows.length / size) - 1;
    const turn = (by, label, sign) =>
      h(
        'button',
        {
          type: 'button',
          class: 'icon-btn',
          'aria-label': label,
          disabled: page + by < 0 || page + by > last,
          onclick: () => ((page += by), show()),
        },
        sign,
      );
    fill(
      pages,
      `${page * size + 1}–${Math.min((page + 1) * size, rows.length)} of ${rows.length}`,
      turn(-1, 'Previous page', '‹'),
      turn(1, 'Next page', '›'),
    );
  }
  show();
  return node;
}

const renderers = {
  section,
  context,
  image,
  input,
  table,
  data_table: dataTable,
  header: (block) => h('div', { class: 'b-header', role: 'heading', 'aria-level': '3' }, plain(block.text)),
  divider: () => h('hr', { class: 'b-divider' }),
  actions: (block, place) =>
    h(
      'div',
      { class: 'b-actions' },
      block.elements.map((spec) => interactive(spec, block, place).node),
    ),
  rich_text: (block) => richText(block),
  markdown: (block) => markdown(block.text),
  alert: (block) => h('div', { class: `b-alert ${block.level ?? ''}`, role: 'note' }, textObject(block.text)),
  file: (block) => mrkdwn(`:page_facing_up: ${block.external_id}`),
};
