import { fill, h, icon } from './dom.js';
import { renderMails, unreadMails } from './outside-mails.js';
import { openPages, renderPages } from './outside-pages.js';
import { isStatusNew, renderStatus } from './outside-status.js';
import { state } from './store.js';
import { ui } from './ui.js';

/** The places where one sees what was sent outside of the workspace. */
const places = [
  { id: 'pagerduty', label: 'PagerDuty', sign: 'pager', render: renderPages, count: openPages, said: 'not acknowledged' },
  { id: 'mail', label: 'Mail', sign: 'mail', render: renderMails, count: unreadMails, said: 'unread' },
  { id: 'status', label: 'Status pages', sign: 'globe', render: renderStatus, count: () => 0, isNew: isStatusNew },
];

/** As the sidebar shows them; none where nothing is sent elsewhere. */
export function outsidePlaces() {
  if (!state.outside) return [];
  return places.map(({ id, label, sign, count, said, isNew }) => {
    const number = count();
    return {
      place: { kind: 'outside', id },
      label,
      sign: icon(sign, 17),
      current: ui.place.kind === 'outside' && ui.place.id === id,
      unread: number > 0 || isNew?.() === true,
      mentions: number,
      unreadWord: said,
    };
  });
}

export function outsideLabel(id) {
  return places.find((place) => place.id === id)?.label ?? '';
}

export function isOutside(id) {
  return state.outside !== null && places.some((place) => place.id === id);
}

/** The middle, when it is one of them. Nothing is drawn again that did not change: who reads a mail goes on reading. */
export function renderOutside(root, isNew) {
  const place = places.find(({ id }) => id === ui.place.id);
  if (isNew) {
    const body = h('div', { class: 'outside-body' });
    fill(root, h('header', { class: 'place-header' }, h('h2', {}, place.label), h('div', { class: 'topic' })), body);
  }
  place.render(root.querySelector('.outside-body'), { isNew, topic: (text) => fill(root.querySelector('.topic'), text) });
}
