import { fill, h, icon, iconButton, keepingFocus } from './dom.js';
import { guarded } from './overlays.js';
import { brokenCount } from './platforms.js';
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
export function renderTopbar(root, handlers) {
  keepingFocus(root, () => fillTopbar(root, handlers));
  tick();
}

function fillTopbar(root, { toggleTool, toggleSidebar, triesDone }) {
  time = h('time', {});
  const step = ([label, minutes]) =>
    h(
      'button',
      {
        type: 'button',
        id: `clock-${minutes}`,
        'aria-label': `Move the clock ${label}`,
        title: `Move the workspace's time ${label}`,
        onclick: guarded(() => advanceClock(minutes * 60_000)),
      },
      label,
    );
  const dark = theme() === 'dark';
  const broken = brokenCount();
  fill(
    root,
    iconButton('menu', 'Channels and people', toggleSidebar, {
      id: 'sidebar-toggle',
      'aria-expanded': String(ui.sidebarOpen),
      'aria-controls': 'sidebar',
    }),
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
      state.thingsToTry.length > 0 && tool('try', 'list', 'Things to try', h('span', {}, ` ${triesDone}/${state.thingsToTry.length}`)),
      state.platforms.length > 0 && tool('break', 'bolt', 'Break something', broken > 0 && badge(broken)),
      h(
        'button',
        {
          type: 'button',
          id: 'theme',
          'aria-label': dark ? 'Light theme' : 'Dark theme',
          title: dark ? 'Light theme' : 'Dark theme',
          onclick: () => setTheme(dark ? 'light' : 'dark'),
        },
        icon(dark ? 'sun' : 'moon', 17),
      ),
    ),
  );

  function tool(name, sign, label, more) {
    const open = String(ui.tool === name && !ui.thread);
    return h(
      'button',
      { type: 'button', id: `tool-${name}`, title: label, 'aria-expanded': open, 'aria-controls': 'panel', onclick: () => toggleTool(name) },
      icon(sign, 17),
      h('span', { class: 'name' }, label),
      more,
    );
  }

  function setTheme(name) {
    remember('theme', name);
    applyTheme();
    renderTopbar(root, { toggleTool, toggleSidebar, triesDone });
  }
}

function badge(count) {
  return h('span', { class: 'badge' }, String(count), h('span', { class: 'sr' }, ' broken'));
}

/** Shows the time again; once a second. */
export function tick() {
  if (!time || !state.loaded) return;
  fill(time, h('span', { class: 'date' }, `${shortDay(now())}, `), clockTime(now(), true));
  time.dateTime = now().toISOString();
}

function theme() {
  return remembered('theme', null) ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
}

/** The chosen theme, or the system's. */
export function applyTheme() {
  document.documentElement.dataset.theme = theme();
}
