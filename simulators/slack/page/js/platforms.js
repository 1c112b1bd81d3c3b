import { fill, h, iconButton, keepingFocus } from './dom.js';
import { guarded } from './overlays.js';
import { setPlatformFault, state } from './store.js';

/** Faults that are being set now, by id: whether they are being broken. */
const setting = new Map();

let shown = '';

/** How many things are broken. */
export function brokenCount() {
  return state.platforms.filter((fault) => fault.active).length;
}

/** The column where people break and mend simulated platforms. Drawn again only when something about them changed. */
export function renderPlatforms(root, { close, redraw }) {
  const now = JSON.stringify([state.platforms, [...setting]]);
  if (now === shown && root.classList.contains('break')) return;
  shown = now;
  const broken = state.platforms.filter((fault) => fault.active);
  const scrolled = root.querySelector('.scroll')?.scrollTop ?? 0;
  root.hidden = false;
  root.className = 'panel break';
  root.setAttribute('aria-label', 'Platforms');
  keepingFocus(root, () => fill(root, content()), 'panel-title');
  root.querySelector('.scroll').scrollTop = scrolled;

  function content() {
    return [
      h(
        'header',
        {},
        h('h2', { id: 'panel-title', tabindex: '-1' }, 'Platforms'),
        iconButton('close', 'Close platforms', close, { id: 'panel-close' }),
      ),
      h(
        'div',
        { class: 'scroll' },
        h(
          'p',
          { class: 'intro' },
          `Break a simulated platform: ${state.bot.name} meets it as it would the real one. Fix it with a runbook, or here.`,
        ),
        h(
          'div',
          { class: `health${broken.length > 0 ? ' broken' : ''}` },
          h('span', {}, health(broken.length)),
          broken.length > 1 && h('button', { type: 'button', class: 'btn', id: 'mend-all', onclick: mendAll }, 'Fix all failures'),
        ),
        [...Map.groupBy(state.platforms, (fault) => fault.platform)].map(group),
      ),
    ];
  }

  function group([platform, faults], index) {
    const count = faults.filter((fault) => fault.active).length;
    return h(
      'section',
      { 'aria-labelledby': `platform-${index}` },
      h(
        'h3',
        { id: `platform-${index}` },
        platform,
        h('span', { class: `chip${count > 0 ? ' broken' : ''}` }, count > 0 ? `${count} broken` : 'works'),
      ),
      h('ul', {}, faults.map(row)),
    );
  }

  function row(fault) {
    const index = state.platforms.indexOf(fault);
    const busy = setting.has(fault.id);
    const word = busy ? (setting.get(fault.id) ? 'Breaking…' : 'Fixing…') : fault.active ? 'Broken' : '';
    return h(
      'li',
      {},
      h(
        'button',
        {
          type: 'button',
          role: 'switch',
          id: `fault-${index}`,
          class: 'fault',
          'aria-checked': String(fault.active),
          // Not `disabled`: that would take the focus away from who has just pressed it.
          'aria-disabled': busy ? 'true' : undefined,
          'aria-labelledby': `fault-${index}-title`,
          'aria-describedby': word ? `fault-${index}-word` : undefined,
          onclick: () => set(fault.id, !fault.active),
        },
        h(
          'span',
          { class: 'what' },
          h('span', { id: `fault-${index}-title` }, fault.title),
          word && h('span', { class: 'word', id: `fault-${index}-word` }, word),
        ),
        h('span', { class: 'track', 'aria-hidden': 'true' }),
      ),
    );
  }

  /** What does not work is said; the switch then stands as the platform does. */
  async function set(id, on) {
    if (setting.has(id)) return;
    setting.set(id, on);
    redraw();
    try {
      await guarded(setPlatformFault)(id, on);
    } finally {
      setting.delete(id);
      redraw();
    }
  }

  /** One after the other: platforms need not bear more than one hand at a time. */
  async function mendAll() {
    for (const { id } of broken) await set(id, false);
  }
}

function health(count) {
  if (count === 0) return 'Everything works.';
  return count === 1 ? '1 thing is broken.' : `${count} things are broken.`;
}
