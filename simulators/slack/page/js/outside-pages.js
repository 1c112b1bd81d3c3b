import { fill, h, keepingFocus } from './dom.js';
import { userName } from './names.js';
import { guarded } from './overlays.js';
import { answerPage, state } from './store.js';
import { fromMs, fullMoment, shortMoment } from './time.js';

/** Pages that are being answered now, by id. */
const answering = new Set();
const words = { triggered: 'Triggered', acknowledged: 'Acknowledged', resolved: 'Resolved' };

let shown = '';

/** How many pages nobody has acknowledged. */
export function openPages() {
  return state.outside.pages.filter(({ status }) => status === 'triggered').length;
}

/** The pages, as PagerDuty's app shows them to who is on call. */
export function renderPages(root, { isNew, topic }) {
  const now = JSON.stringify([state.outside.pages, [...answering], state.me]);
  if (now === shown && !isNew) return;
  shown = now;
  topic(`You act as ${userName(state.me)}`);
  const scrolled = root.querySelector('.scroll')?.scrollTop ?? 0;
  const { pages } = state.outside;
  keepingFocus(root, () =>
    fill(
      root,
      h(
        'div',
        { class: 'scroll sent-pages', tabindex: '0', role: 'region', 'aria-label': 'Pages' },
        h(
          'p',
          { class: 'intro' },
          `What ${state.bot.name} sent to PagerDuty. A button does what the person on call does in PagerDuty’s app; ${state.bot.name} hears of it by PagerDuty’s webhook.`,
        ),
        pages.length === 0
          ? h('p', { class: 'none' }, 'Nobody was paged yet. A P0 or P1 pages the on-call: ', h('code', {}, '/incident declare P0'))
          : pages.map((page) => card(page, () => renderPages(root, { isNew: true, topic }))),
      ),
    ),
  );
  root.querySelector('.scroll').scrollTop = scrolled;
}

function card(page, redraw) {
  const { id, number, service, title, status, at, changedAt, by, details, url } = page;
  const heading = `page-${id}`;
  const changed = status === 'triggered' && by === null ? '' : `${words[status]} ${by === null ? `by ${state.bot.name}` : `by ${by}`}, `;
  return h(
    'article',
    { class: `page ${status}`, 'aria-labelledby': heading },
    h('header', {}, h('span', { class: `state ${status}` }, words[status]), h('span', { class: 'dim' }, `#${number} · ${service}`)),
    h('h3', { id: heading }, title),
    h('p', { class: 'dim when' }, 'Triggered ', moment(at), changed && [' · ', changed, moment(changedAt)]),
    details.length > 0 &&
      h(
        'dl',
        {},
        details.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
      ),
    h(
      'footer',
      {},
      status === 'triggered' && button('acknowledged', 'Acknowledge', 'primary'),
      status !== 'resolved' && button('resolved', 'Resolve', ''),
      url && h('a', { class: 'link', ...linkTo(url) }, 'Open in Slack'),
    ),
  );

  function button(what, label, kind) {
    const busy = answering.has(id);
    return h(
      'button',
      {
        type: 'button',
        id: `${what}-${id}`,
        class: `btn ${kind}`,
        'aria-disabled': busy ? 'true' : undefined,
        'aria-label': `${label} page #${number}`,
        onclick: () => answer(id, what, redraw),
      },
      label,
    );
  }
}

/** Slack's own links to a channel of this workspace stay here. */
function linkTo(url) {
  const { hostname, pathname, searchParams } = new URL(url);
  const channel = hostname === 'slack.com' && pathname === '/app_redirect' ? searchParams.get('channel') : null;
  return state.channels.has(channel) ? { href: `#/${channel}` } : { href: url, target: '_blank', rel: 'noopener noreferrer' };
}

async function answer(id, what, redraw) {
  if (answering.has(id)) return;
  answering.add(id);
  redraw();
  try {
    await guarded(answerPage)(id, what);
  } finally {
    answering.delete(id);
    redraw();
  }
}

function moment(ms) {
  const date = fromMs(ms);
  return h('time', { datetime: date.toISOString(), title: fullMoment(date) }, shortMoment(date));
}
