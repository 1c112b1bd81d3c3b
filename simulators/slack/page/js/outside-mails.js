import { fill, h, iconButton, keepingFocus } from './dom.js';
import { guarded } from './overlays.js';
import { state } from './store.js';
import { fromMs, fullMoment, shortMoment } from './time.js';

/** Mails that were opened on this page. */
const read = new Set();
/** The mail that is open, and in which form: `html` or `text`. */
let open = null;
let form = 'html';
let listed = '';
let drawn = '';

export function unreadMails() {
  return state.outside.mails.filter(({ id }) => !read.has(id)).length;
}

/** The mails on the left, the open one on the right; on narrow screens one of the two. */
export function renderMails(root, { isNew, topic }) {
  const { mails } = state.outside;
  if (isNew) {
    fill(root, h('div', { class: 'mails' }, h('div', { class: 'list scroll' }), h('section', { class: 'reader', 'aria-label': 'Mail' })));
    [listed, drawn] = ['', ''];
    if (open !== null && !mails.some(({ id }) => id === open)) open = null;
    // Where there is room for both, the newest is open at once.
    if (open === null && innerWidth > 720 && mails[0]) choose(mails[0].id);
  }
  const frame = root.firstChild;
  topic('What stakeholders and customers got');
  frame.classList.toggle('reading', open !== null);
  const redraw = () => renderMails(root, { isNew: false, topic });
  fillList(frame.querySelector('.list'), mails, redraw);
  fillReader(
    frame.querySelector('.reader'),
    mails.find(({ id }) => id === open),
    redraw,
  );
}

function choose(id) {
  open = id;
  read.add(id);
}

function fillList(list, mails, redraw) {
  const key = JSON.stringify([mails, open, [...read]]);
  if (key === listed) return;
  listed = key;
  const scrolled = list.scrollTop;
  const item = ({ id, subject, to, at }) =>
    h(
      'li',
      {},
      h(
        'button',
        {
          type: 'button',
          id: `mail-${id}`,
          class: read.has(id) ? '' : 'unread',
          'aria-current': id === open ? 'true' : undefined,
          onclick: () => {
            choose(id);
            redraw();
            document.dispatchEvent(new CustomEvent('mail-read'));
            if (innerWidth <= 720) document.getElementById('mail-back')?.focus();
          },
        },
        h('span', { class: 'subject' }, subject || '(no subject)', !read.has(id) && h('span', { class: 'sr' }, ', unread')),
        h('span', { class: 'to' }, h('span', {}, `To ${to.join(', ')}`), h('time', { datetime: fromMs(at).toISOString() }, shortMoment(fromMs(at)))),
      ),
    );
  keepingFocus(list, () =>
    fill(
      list,
      mails.length === 0
        ? h('p', { class: 'none' }, 'No mail was sent yet. A P0 or P1 mails the stakeholders, an approved notice the customers.')
        : h('ul', { 'aria-label': 'Mails, the newest first' }, mails.map(item)),
    ),
  );
  list.scrollTop = scrolled;
}

function fillReader(reader, mail, redraw) {
  const key = JSON.stringify([mail, form]);
  if (key === drawn) return;
  drawn = key;
  if (!mail) {
    fill(reader, h('p', { class: 'none' }, state.outside.mails.length > 0 && 'Choose a mail to read it.'));
    return;
  }
  const back = () => {
    const button = `mail-${open}`;
    open = null;
    redraw();
    document.getElementById(button)?.focus();
  };
  const shown = mail.hasHtml ? form : 'text';
  keepingFocus(reader, () =>
    fill(
      reader,
      h('header', {}, iconButton('back', 'Back to all mails', back, { id: 'mail-back' }), h('h3', {}, mail.subject)),
      h(
        'dl',
        {},
        line('From', mail.from),
        line('To', mail.to.join(', ')),
        line('Sent', h('time', { datetime: fromMs(mail.at).toISOString() }, fullMoment(fromMs(mail.at)))),
      ),
      h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Version' }, mail.hasHtml && tab('html', 'HTML', shown), tab('text', 'Text', shown)),
      content(mail, shown),
    ),
  );

  function tab(name, label, chosen) {
    const choice = () => {
      form = name;
      redraw();
    };
    const selected = String(name === chosen);
    return h(
      'button',
      { type: 'button', role: 'tab', id: `mail-${name}`, 'aria-selected': selected, 'aria-controls': 'mail-content', onclick: choice },
      label,
    );
  }
}

/** The HTML without scripts, in a frame that has no part in this page; the text as it is. */
function content(mail, shown) {
  const at = `_sim/outside/mails/${mail.id}/${shown}`;
  if (shown === 'html') {
    const sandbox = 'allow-popups allow-popups-to-escape-sandbox';
    return h('iframe', { id: 'mail-content', role: 'tabpanel', class: 'sent', src: at, sandbox, title: `HTML of “${mail.subject}”` });
  }
  const text = h('pre', { id: 'mail-content', role: 'tabpanel', class: 'sent scroll', tabindex: '0', 'aria-label': `Text of “${mail.subject}”` });
  void guarded(async () => fill(text, await (await fetch(at)).text()))();
  return text;
}

function line(name, value) {
  return h('div', {}, h('dt', {}, name), h('dd', {}, value));
}
