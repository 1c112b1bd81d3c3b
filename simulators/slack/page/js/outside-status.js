import { fill, h, icon } from './dom.js';
import { state } from './store.js';

/** What of each page was seen: its version. */
const seen = new Map();
let chosen = null;
let drawn = '';

/** Whether a page changed since it was looked at. */
export function isStatusNew() {
  for (const { id, version } of state.outside.statusPages) if (!seen.has(id)) seen.set(id, version);
  return state.outside.statusPages.some(({ id, version }) => seen.get(id) !== version);
}

/** The status pages as the public reads them. */
export function renderStatus(root, { isNew, topic }) {
  const { statusPages } = state.outside;
  const fresh = (page) => seen.has(page.id) && seen.get(page.id) !== page.version;
  // What changed is what one has come for.
  if (isNew) chosen = (statusPages.find(fresh) ?? statusPages.find(({ id }) => id === chosen) ?? statusPages[0])?.id;
  const page = statusPages.find(({ id }) => id === chosen);
  if (!page) return;
  seen.set(page.id, page.version);
  const key = JSON.stringify([statusPages, chosen, statusPages.map(fresh)]);
  if (key === drawn && !isNew) return;
  drawn = key;
  topic('What the public reads');
  const redraw = () => renderStatus(root, { isNew: false, topic });
  const before = root.querySelector('iframe');
  const frame = before?.dataset.page === page.id && !isNew ? before : make(page);
  if (frame.dataset.version !== page.version) {
    frame.dataset.version = page.version;
    frame.src = `_sim/outside/status/${page.id}?version=${encodeURIComponent(page.version)}`;
  }
  const head = h(
    'div',
    { class: 'status-head' },
    h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Status page' }, statusPages.map(tab)),
    h('a', { href: page.url, target: '_blank', rel: 'noopener noreferrer' }, icon('open', 15), 'Open in a tab'),
  );
  const focused = root.contains(document.activeElement) ? document.activeElement.id : '';
  if (frame === before) root.firstChild.replaceWith(head);
  else fill(root, head, frame);
  if (focused) document.getElementById(focused)?.focus();

  function tab(one) {
    const choose = () => {
      chosen = one.id;
      redraw();
    };
    const selected = String(one.id === chosen);
    const sign = fresh(one) && [' ', h('span', { class: 'changed' }, 'changed')];
    return h(
      'button',
      { type: 'button', role: 'tab', id: `status-${one.id}`, 'aria-selected': selected, 'aria-controls': 'status-page', onclick: choose },
      one.title,
      sign,
    );
  }
}

function make({ id, title }) {
  const sandbox = 'allow-popups allow-popups-to-escape-sandbox';
  return h('iframe', { id: 'status-page', role: 'tabpanel', class: 'sent', sandbox, title: `Status page of ${title}`, dataset: { page: id } });
}
