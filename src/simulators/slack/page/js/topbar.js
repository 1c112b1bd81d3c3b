import { fill, h, icon } from './dom.js';
import { guarded } from './overlays.js';
import { advanceClock, state } from './store.js';
import { clockTime, duration, now, shortDay, zoneName } from './time.js';
import { remember, remembered, ui } from './ui.js';

const steps = [
  ['+5 min', 5],
  ['+30 min', 30],
  ['+1 h', 60],
];

let time;

/** Workspace, its clock, and what concerns the page itself. */
export function renderTopbar(root, { toggleTry, triesDone }) {
  time = h('time', {});
  const step = ([label, minutes]) =>
    h(
      'button',
      {
        type: 'button',
        'aria-label': `Move the clock ${label}`,
        title: `Move the workspace's time ${label}`,
        onclick: guarded(() => advanceClock(minutes * 60_000)),
      },
      label,
    );
  const dark = theme() === 'dark';
  fill(
    root,
    h('div', { class: 'brand' }, h('img', { src: 'icon.svg', alt: '' }), state.bot.name, h('span', { class: 'tag' }, 'local workspace')),
    h(
      'div',
      { class: 'clock', role: 'group', 'aria-label': 'Workspace time' },
      icon('clock', 16),
      time,
      state.offsetMs > 0 && h('span', { class: 'ahead' }, `+${duration(state.offsetMs)}`),
      h('span', { class: 'zone' }, zoneName(now())),
      steps.map(step),
    ),
    h(
      'div',
      { class: 'tools' },
      state.thingsToTry.length > 0 &&
        h(
          'button',
          { type: 'button', 'aria-pressed': String(ui.tryOpen && !ui.thread), onclick: toggleTry },
          icon('list', 17),
          `Things to try ${triesDone}/${state.thingsToTry.length}`,
        ),
      h(
        'button',
        {
          type: 'button',
          'aria-label': dark ? 'Light theme' : 'Dark theme',
          title: dark ? 'Light theme' : 'Dark theme',
          onclick: () => setTheme(dark ? 'light' : 'dark'),
        },
        icon(dark ? 'sun' : 'moon', 17),
      ),
    ),
  );
  tick();

  function setTheme(name) {
    remember('theme', name);
    applyTheme();
    renderTopbar(root, { toggleTry, triesDone });
  }
}

/** Shows the time again; once a second. */
export function tick() {
  if (!time || !state.loaded) return;
  time.textContent = `${shortDay(now())}, ${clockTime(now(), true)}`;
  time.dateTime = now().toISOString();
}

function theme() {
  return remembered('theme', null) ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
}

/** The chosen theme, or the system's. */
export function applyTheme() {
  document.documentElement.dataset.theme = theme();
}
