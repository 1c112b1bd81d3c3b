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

export function fragment(...children) {
  const result = document.createDocumentFragment();
  result.append(...flat(children));
  return result;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false && child !== '');
}

const paths = {
  smile: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm-2.500-8.500h.01M12.500 8.500h.01M7 11.500c.7 1.300 1.700 2 3 2s2.300-.7 3-2',
  thread: 'M3.500 4.500h13v9h-7l-3.500 3v-3H3.500v-9Z',
  more: 'M10 5h.01M10 10h.01M10 15h.01',
  close: 'm5 5 10 10M15 5 5 15',
  back: 'M12 4.500 6.500 10l5.500 5.500',
  send: 'M3.500 4 17 10 3.500 16l1.700-6-1.700-6Zm1.700 6H11',
  bolt: 'M11 2.500 4.500 11.500H10l-1 6 6.500-9H10l1-6Z',
  at: 'M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0Zm0 0v1.200c0 1.100.8 1.800 1.800 1.800S16.500 12 16.500 10A6.500 6.500 0 1 0 14 15.100',
  down: 'm5.500 8 4.500 4.500L14.500 8',
  updown: 'm7 8 3-3 3 3m-6 4 3 3 3-3',
  eye: 'M2.500 10S5 5 10 5s7.500 5 7.500 5-2.500 5-7.500 5-7.500-5-7.500-5Zm7.500 2a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  pin: 'm12 3 5 5-3 1-3 3-.5 3-6-6 3-.5 3-3 1.500-2.500ZM7 13l-3.500 3.500',
  download: 'M10 3v9m0 0 3.500-3.500M10 12 6.500 8.500M4 15.500h12',
  open: 'M11.500 4H16v4.500M16 4l-7 7M8 5H4v11h11v-4',
  sun: 'M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM10 2v1.500M10 16.500V18M2 10h1.500M16.500 10H18M4.300 4.300l1.100 1.100M14.600 14.600l1.100 1.100M4.300 15.700l1.100-1.100M14.600 5.400l1.100-1.100',
  moon: 'M16 12.500A6.500 6.500 0 0 1 7.500 4 6.500 6.500 0 1 0 16 12.500Z',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm0-11v4l2.500 2',
  lock: 'M6 9V7a4 4 0 0 1 8 0v2M5 9h10v7.500H5V9Z',
  people: 'M8 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM3 16c0-2.500 2-4.500 5-4.500s5 2 5 4.500M13 4.800a2.500 2.500 0 0 1 0 4.400M14.500 12c1.500.6 2.500 2 2.500 4',
  list: 'm3.500 6 1 1 2-2m-3 7 1 1 2-2M9 6h7.500M9 12h7.500',
  link: 'M8.500 11.500 11.500 8.500M9 6.500l1.500-1.500a3.200 3.200 0 0 1 4.500 4.500L13.500 11m-2.500 2.500L9.500 15A3.200 3.200 0 0 1 5 10.500L6.500 9',
  warn: 'M10 3.500 17.500 16.500h-15L10 3.500Zm0 5v4m0 2v.01',
};

/** A line drawing of 20 by 20. */
export function icon(name, size = 18) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 20 20', width: size, height: size, fill: 'none', stroke: 'currentColor', 'stroke-width': name === 'more' ? 2.4 : 1.5, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' })) {
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
