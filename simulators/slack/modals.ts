import type { ViewInput } from './blocks/views.ts';
import { initialValues } from './form.ts';
import { newId, secretId } from './ids.ts';
import { SlackError } from './slack-error.ts';
import type { Json, OpenView } from './state.ts';
import type { Workspace } from './workspace.ts';

/** docs.slack.dev/surfaces/modals: at most three views on top of each other. */
const maxStack = 3;

/** Opens a modal in front of a person; one that was open goes away. */
export function openModal(workspace: Workspace, user: string, view: ViewInput, channel?: string): OpenView {
  for (const id of workspace.stacks.get(user) ?? []) workspace.views.delete(id);
  return addToStack(workspace, user, view, [], channel);
}

/** Puts a modal on top of the one in front. Throws `push_limit_reached`, `not_found`. */
export function pushModal(workspace: Workspace, user: string, view: ViewInput): OpenView {
  const stack = workspace.stacks.get(user) ?? [];
  if (stack.length === 0) throw new SlackError('not_found');
  if (stack.length >= maxStack) throw new SlackError('push_limit_reached');
  return addToStack(workspace, user, view, stack, workspace.views.get(stack[0] ?? '')?.channel);
}

/** Replaces what a view shows. What the person has typed stays where block and action ids stay. */
export function changeView(workspace: Workspace, open: OpenView, view: ViewInput): OpenView {
  checkExternalId(workspace, view, open.id);
  open.view = view;
  open.hash = newHash(workspace);
  open.errors = {};
  open.values = initialValues(view.blocks, open, open.values);
  workspace.changed({ kind: open.type === 'home' ? 'home' : 'views', user: open.user });
  return open;
}

/** Sets a person's Home tab. */
export function publishHome(workspace: Workspace, user: string, view: ViewInput): OpenView {
  const existing = workspace.views.get(workspace.homes.get(user) ?? '');
  if (existing !== undefined) return changeView(workspace, existing, view);
  const open = create(workspace, user, view);
  workspace.homes.set(user, open.id);
  workspace.changed({ kind: 'home', user });
  return open;
}

/** Closes the modal in front and shows the one beneath. */
export function popModal(workspace: Workspace, user: string): void {
  const stack = workspace.stacks.get(user) ?? [];
  workspace.views.delete(stack.pop() ?? '');
  workspace.changed({ kind: 'views', user });
}

/** Closes all of a person's modals. */
export function clearModals(workspace: Workspace, user: string): void {
  for (const id of workspace.stacks.get(user) ?? []) workspace.views.delete(id);
  workspace.stacks.delete(user);
  workspace.changed({ kind: 'views', user });
}

/** The person's modals, the one in front last. */
export function modalsOf(workspace: Workspace, user: string): OpenView[] {
  return (workspace.stacks.get(user) ?? []).flatMap((id) => workspace.views.get(id) ?? []);
}

/** docs.slack.dev/reference/views, as answers and payloads carry it. */
export function viewObject(workspace: Workspace, open: OpenView): Json {
  const { view } = open;
  const { team, bot } = workspace.seed;
  return {
    id: open.id,
    team_id: team.id,
    app_id: bot.appId,
    app_installed_team_id: team.id,
    bot_id: bot.botId,
    title: view.type === 'modal' ? view.title : { type: 'plain_text', text: 'View Title', emoji: true },
    type: view.type,
    blocks: view.blocks,
    close: (view.type === 'modal' ? view.close : undefined) ?? null,
    submit: (view.type === 'modal' ? view.submit : undefined) ?? null,
    state: { values: open.values },
    hash: open.hash,
    private_metadata: view.private_metadata ?? '',
    callback_id: view.callback_id ?? '',
    root_view_id: open.rootViewId,
    previous_view_id: open.previousViewId,
    clear_on_close: view.type === 'modal' && view.clear_on_close === true,
    notify_on_close: view.type === 'modal' && view.notify_on_close === true,
    external_id: view.external_id ?? '',
  };
}

function addToStack(workspace: Workspace, user: string, view: ViewInput, stack: readonly string[], channel?: string): OpenView {
  const open = create(workspace, user, view, channel);
  open.rootViewId = stack[0] ?? open.id;
  open.previousViewId = stack.at(-1) ?? null;
  workspace.stacks.set(user, [...stack, open.id]);
  workspace.changed({ kind: 'views', user });
  return open;
}

function create(workspace: Workspace, user: string, view: ViewInput, channel?: string): OpenView {
  checkExternalId(workspace, view);
  const id = newId('V');
  const open: OpenView = {
    id,
    user,
    type: view.type,
    view,
    hash: newHash(workspace),
    rootViewId: id,
    previousViewId: null,
    values: {},
    errors: {},
    ...(channel === undefined ? {} : { channel }),
  };
  open.values = initialValues(view.blocks, open, {});
  workspace.views.set(id, open);
  return open;
}

function checkExternalId(workspace: Workspace, view: ViewInput, own?: string): void {
  if (view.external_id === undefined || view.external_id === '') return;
  for (const open of workspace.views.values()) {
    if (open.view.external_id === view.external_id && open.id !== own) throw new SlackError('duplicate_external_id');
  }
}

function newHash(workspace: Workspace): string {
  return `${workspace.nowSeconds()}.${secretId().slice(0, 8)}`;
}
