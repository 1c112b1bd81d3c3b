import { blocks } from './blocks.js';
import { fill, h, iconButton } from './dom.js';
import { plain } from './mrkdwn.js';
import { avatar } from './names.js';
import { guarded, toast, trapTab } from './overlays.js';
import { act, state } from './store.js';

let shown = '';
let shownView = '';
let form = new Map();
/** What had the focus before the modal took it. */
let before;

/** Shows the modal in front, if there is one. Drawn again only when the app or Slack changed it. */
export function renderModal(root) {
  const view = state.views.at(-1);
  const version = view ? `${view.id}/${view.hash}/${JSON.stringify(view.errors)}/${state.views.length}` : '';
  if (version === shown) return;
  shown = version;
  if (!view) {
    shownView = '';
    root.replaceChildren();
    (before?.isConnected ? before : document.querySelector('.main textarea'))?.focus();
    before = undefined;
    return;
  }
  before ??= document.activeElement;
  // Only a view that was not there rises into sight; changes to it just happen.
  const isNew = view.id !== shownView;
  shownView = view.id;
  form = new Map();
  const surface = { view: view.id };
  const trouble = h('span', { class: 'trouble', role: 'alert' });
  const submitButton = view.submit && h('button', { type: 'button', class: 'btn primary', onclick: submit }, plain(view.submit));
  const close = guarded((all) => act('closeView', { view: view.id, all }));
  const content = blocks(view.blocks, { surface, values: view.state.values, errors: view.errors, before: keep, form });
  const stacked = state.views.length > 1;
  const dialog = h(
    'div',
    { class: isNew ? 'modal new' : 'modal', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'modal-title' },
    h(
      'header',
      {},
      stacked && iconButton('back', 'Back', () => close(false)),
      avatar(state.bot.userId, 'medium'),
      h('h2', { id: 'modal-title' }, plain(view.title)),
      iconButton('close', 'Close', () => close(true)),
    ),
    h('div', { class: 'content scroll' }, content),
    h(
      'footer',
      {},
      trouble,
      h('button', { type: 'button', class: 'btn', onclick: () => close(false) }, view.close ? plain(view.close) : view.submit ? 'Cancel' : 'Close'),
      submitButton,
    ),
  );
  fill(
    root,
    h('div', { class: 'scrim', tabindex: '-1', onkeydown: (event) => (event.key === 'Escape' ? close(false) : trapTab(dialog, event)) }, dialog),
  );
  focusFirst(dialog);

  function values() {
    return Object.fromEntries([...form].map(([block, read]) => [block, read()]));
  }
  /** What was typed is told before the app acts on the view, so that an update does not lose it. */
  function keep() {
    return act('fillView', { view: view.id, values: values() });
  }
  async function submit() {
    submitButton.classList.add('busy');
    trouble.textContent = '';
    try {
      const outcome = await act('submitView', { view: view.id, values: values() });
      if (outcome.status === 'invalid_answer') toast(`The app's answer is not valid: ${outcome.error}`);
      if (outcome.status !== 'ok' && outcome.status !== 'errors') trouble.textContent = 'We had some trouble connecting. Try again?';
    } catch (error) {
      trouble.textContent = error.message;
    } finally {
      submitButton.classList.remove('busy');
    }
  }
}

function focusFirst(dialog) {
  const target =
    dialog.querySelector('.invalid input, .invalid select, .invalid textarea') ??
    dialog.querySelector('[autofocus]') ??
    dialog.querySelector('.content input, .content select, .content textarea') ??
    dialog.querySelector('footer .btn:last-child');
  target?.focus();
}
