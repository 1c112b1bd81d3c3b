/**
 * Makes an element. `on*` properties become listeners, `dataset` and `style` are objects, `true` sets an empty attribute.
 * Children may be nodes, text, lists of both, or nothing. Text is always text: no HTML is ever parsed.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'dataset') Object.assign(element.dataset, value);
    else if (name === 'style') Object.assign(element.style, value);
    else if (name === 'value') element.value = value;
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...flat(children));
  return element;
}

/** Replaces what is in an element. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

/** Redraws by `work`. What had the focus has it again, by its `id`; when that is gone, what `otherwise` names. */
export function keepingFocus(root, work, otherwise = '') {
  const id = root.contains(document.activeElement) ? document.activeElement.id : '';
  work();
  if (id && document.activeElement?.id !== id) (document.getElementById(id) ?? document.getElementById(otherwise))?.focus({ preventScroll: true });
}

export function fragment(...children) {
  const result = document.createDocumentFragment();
  result.append(...flat(children));
  return result;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false && child !== '');
}

const paths = {
  smile: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm-2.5-8.5h.01M12.5 8.5h.01M7 11.5c.7 1.3 1.7 2 3 2s2.3-.7 3-2',
  thread: 'M3.5 4.5h13v9h-7l-3.5 3v-3H3.5v-9Z',
  more: 'M10 5h.01M10 10h.01M10 15h.01',
  close: 'm5 5 10 10M15 5 5 15',
  back: 'M12 4.5 6.5 10l5.5 5.5',
  send: 'M3.5 4 17 10 3.5 16l1.7-6-1.7-6Zm1.7 6H11',
  bolt: 'M11 2.5 4.5 11.5H10l-1 6 6.5-9H10l1-6Z',
  at: 'M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0Zm0 0v1.2c0 1.1.8 1.8 1.8 1.8S16.5 12 16.5 10A6.5 6.5 0 1 0 14 15.1',
  down: 'm5.5 8 4.5 4.5L14.5 8',
  updown: 'm7 8 3-3 3 3m-6 4 3 3 3-3',
  eye: 'M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5Zm7.5 2a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  canvas: 'M4.5 3h8l3 3v11h-11V3Zm7.5 0v3.5h3.5M7 9.5h6M7 12.5h6',
  pin: 'm12 3 5 5-3 1-3 3-.5 3-6-6 3-.5 3-3 1.5-2.5ZM7 13l-3.5 3.5',
  download: 'M10 3v9m0 0 3.5-3.5M10 12 6.5 8.5M4 15.5h12',
  open: 'M11.5 4H16v4.5M16 4l-7 7M8 5H4v11h11v-4',
  sun: 'M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1',
  moon: 'M16 12.5A6.5 6.5 0 0 1 7.5 4 6.5 6.5 0 1 0 16 12.5Z',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm0-11v4l2.5 2',
  lock: 'M6 9V7a4 4 0 0 1 8 0v2M5 9h10v7.5H5V9Z',
  people: 'M8 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM3 16c0-2.5 2-4.5 5-4.5s5 2 5 4.5M13 4.8a2.5 2.5 0 0 1 0 4.4M14.5 12c1.5.6 2.5 2 2.5 4',
  list: 'm3.5 6 1 1 2-2m-3 7 1 1 2-2M9 6h7.5M9 12h7.5',
  link: 'M8.5 11.5 11.5 8.5M9 6.5l1.5-1.5a3.2 3.2 0 0 1 4.5 4.5L13.5 11m-2.5 2.5L9.5 15A3.2 3.2 0 0 1 5 10.5L6.5 9',
  menu: 'M3.5 5.5h13M3.5 10h13M3.5 14.5h13',
  pager: 'M3.5 5.5h13v9h-13v-9Zm2.5 2.5h8v2.5H6V8Zm0 4.5h.01M9 12.5h.01M12 12.5h2',
  mail: 'M3 5h14v10.5H3V5Zm0 .5 7 5.5 7-5.5',
  globe: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM3 10h14M10 3c2 2 3 4.3 3 7s-1 5-3 7c-2-2-3-4.3-3-7s1-5 3-7Z',
  warn: 'M10 3.5 17.5 16.5h-15L10 3.5Zm0 5v4m0 2v.01',
};

/** A line drawing of 20 by 20. */
export function icon(name, size = 18) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [key, value] of Object.entries({
    viewBox: '0 0 20 20',
    width: size,
    height: size,
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': name === 'more' ? 2.4 : 1.5,
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
    'aria-hidden': 'true',
  })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}

/** A button that shows an icon; `label` is its accessible name and its tooltip. */
export function iconButton(name, label, onclick, more = {}) {
  return h('button', { type: 'button', class: 'icon-btn', 'aria-label': label, title: label, onclick, ...more }, icon(name));
}
