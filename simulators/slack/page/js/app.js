import { onOpen } from './messages.js';
import { renderModal } from './modal.js';
import { refreshDates } from './mrkdwn.js';
import { isOutside, outsideLabel } from './outside.js';
import { guarded, toast } from './overlays.js';
import { renderPanel, tickTries, triesDone } from './panel.js';
import { insertText, renderPlace } from './place.js';
import { renderSidebar } from './sidebar.js';
import { become, onChange, state } from './store.js';
import { applyTheme, renderTopbar, tick } from './topbar.js';
import { readUntil, remember, remembered, ui } from './ui.js';

const roots = Object.fromEntries(['topbar', 'sidebar', 'main', 'panel', 'modals'].map((id) => [id, document.getElementById(id)]));

const regions = {
  topbar: () => renderTopbar(roots.topbar, { toggleTool, toggleSidebar, triesDone: triesDone().length }),
  sidebar: () => renderSidebar(roots.sidebar, { openPlace, become: switchTo }),
  place: () => renderPlace(roots.main, { openPlace, sent }),
  panel: () => renderPanel(roots.panel, { close: closePanel, sent, take, redraw: () => draw('panel') }),
  modal: () => renderModal(roots.modals),
};

/** Which regions each kind of change touches. */
const touched = {
  all: Object.keys(regions),
  messages: ['place', 'panel', 'sidebar'],
  channels: ['sidebar', 'place', 'panel'],
  connections: ['sidebar', 'place', 'panel'],
  views: ['modal'],
  home: ['place'],
  clock: ['topbar', 'place'],
  platforms: ['topbar', 'panel'],
  outside: ['sidebar', 'place'],
};

const pending = new Set();

function draw(...names) {
  if (pending.size === 0) {
    requestAnimationFrame(() => {
      const now = [...pending];
      pending.clear();
      if (!state.loaded) return;
      // The place first: it marks as read what the sidebar counts.
      for (const name of ['place', 'panel', 'modal', 'sidebar', 'topbar']) if (now.includes(name)) regions[name]();
    });
  }
  for (const name of names) pending.add(name);
}

onChange((what, detail) => {
  if (what === 'notice') return noticed(detail);
  if (what === 'home' && ui.place.kind !== 'home') return;
  draw(...touched[what]);
});

/** What Slackbot says: in its channel, for this person only. */
function noticed({ text, channel }) {
  if (channel === undefined) return toast(text);
  const newest = Math.max(
    Date.now() + state.clockAhead,
    ...(state.messages.get(channel) ?? []).slice(-1).map((message) => Number(message.ts) * 1000),
  );
  const message = { type: 'message', user: 'USLACKBOT', text, ts: (newest / 1000).toFixed(6), is_ephemeral: true };
  ui.notices.push({ channel, message });
  draw('place');
}

const hashes = {
  home: ({ tab }) => `#/app/${tab}`,
  outside: ({ id }) => `#/outside/${id}`,
  channel: ({ id }) => `#/${id}`,
};
const titles = {
  home: () => state.bot.name,
  outside: ({ id }) => outsideLabel(id),
  channel: ({ id }) => state.channels.get(id)?.name ?? '',
};

/** Goes somewhere, and to a message there. */
function openPlace(place, messageTs) {
  ui.place = place;
  ui.linked = messageTs ?? null;
  if (ui.thread?.channel !== place.id) ui.thread = null;
  if (ui.sidebarOpen) toggleSidebar();
  const hash = hashes[place.kind](place);
  if (location.hash !== hash) history.pushState(null, '', hash);
  document.title = `${titles[place.kind](place)} – ${state.team.name}`;
  draw('place', 'sidebar', 'panel', 'topbar');
}

function openThread(channel, message) {
  ui.thread = { channel: channel.id, ts: message.thread_ts ?? message.ts };
  draw('panel', 'topbar');
}

onOpen({ openThread, openPlace });

function closePanel() {
  if (ui.thread) ui.thread = null;
  else leaveTool();
  draw('panel', 'topbar');
}

/** Opens or closes what stands on the right; a thread there makes way. */
function toggleTool(name) {
  if (!ui.thread && ui.tool === name) return closePanel();
  ui.tool = name;
  ui.thread = null;
  draw('panel', 'topbar');
  // The panel is far from its button in the order of the page.
  afterDrawing(() => document.getElementById('panel-title')?.focus());
}

/** Back to the button that opened it, for who had the focus in it. */
function leaveTool() {
  const button = document.getElementById(`tool-${ui.tool}`);
  const wasInside = roots.panel.contains(document.activeElement);
  ui.tool = null;
  if (wasInside) button?.focus();
}

/** Narrow screens show the sidebar over the place, on request. */
function toggleSidebar() {
  ui.sidebarOpen = !ui.sidebarOpen;
  document.body.classList.toggle('sidebar-open', ui.sidebarOpen);
  draw('topbar');
}

function leaveSidebar() {
  if (!ui.sidebarOpen) return;
  document.getElementById('sidebar-toggle').focus();
  toggleSidebar();
}

function afterDrawing(work) {
  requestAnimationFrame(() => requestAnimationFrame(work));
}

/** Fills the composer with something to try; what is no command is ticked by being clicked. */
function take(text) {
  if (!text.startsWith('/')) {
    sent(text);
    return;
  }
  if (ui.place.kind !== 'channel') openPlace({ kind: 'channel', id: firstChannel() });
  if (innerWidth <= 1180) closePanel();
  afterDrawing(() => insertText(text));
}

function sent(text) {
  if (tickTries(text)) draw('panel', 'topbar');
}

const switchTo = guarded(async (user) => {
  remember('me', user);
  ui.thread = null;
  ui.notices = [];
  await become(user);
  if (ui.place.kind === 'channel' && !state.channels.has(ui.place.id)) openPlace({ kind: 'channel', id: firstChannel() });
});

function firstChannel() {
  const mine = [...state.channels.values()].filter(
    (channel) => channel.kind !== 'im' && channel.kind !== 'mpim' && channel.members.includes(state.me),
  );
  return (mine.find((channel) => channel.name.includes('incident')) ?? mine[0] ?? [...state.channels.values()][0]).id;
}

/** `#/C0INC`, `#/C0INC/p1700000000000100`, `#/app/home`, `#/outside/mail`. */
function followHash() {
  const [, first = '', second = ''] = decodeURIComponent(location.hash.split('?')[0]).split('/');
  if (first === 'app') return openPlace({ kind: 'home', tab: second === 'messages' ? 'messages' : 'home' });
  if (first === 'outside' && isOutside(second)) return openPlace({ kind: 'outside', id: second });
  const digits = /^p(\d+)(\d{6})$/.exec(second);
  openPlace({ kind: 'channel', id: state.channels.has(first) ? first : firstChannel() }, digits ? `${digits[1]}.${digits[2]}` : undefined);
}

async function start() {
  applyTheme();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', applyTheme);
  await become(new URLSearchParams(location.search).get('as') ?? remembered('me', ''));
  readUntil(((Date.now() + state.clockAhead) / 1000).toFixed(6));
  followHash();
  draw(...Object.keys(regions));
  addEventListener('hashchange', followHash);
  addEventListener('popstate', followHash);
  roots.sidebar.addEventListener('keydown', (event) => event.key === 'Escape' && leaveSidebar());
  roots.main.addEventListener('pointerdown', () => ui.sidebarOpen && toggleSidebar());
  roots.panel.addEventListener('keydown', (event) => event.key === 'Escape' && !ui.thread && closePanel());
  document.addEventListener('visibilitychange', () => draw('place', 'sidebar'));
  document.addEventListener('mail-read', () => draw('sidebar'));
  setInterval(everySecond, 1000);
}

function everySecond() {
  tick();
  refreshDates();
}

await start();
