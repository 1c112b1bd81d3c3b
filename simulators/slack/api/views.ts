import { parseView } from '../blocks/validate.ts';
import { changeView, openModal, publishHome, pushModal, viewObject } from '../modals.ts';
import { SlackError } from '../slack-error.ts';
import type { OpenView } from '../state.ts';
import { arg, type MethodContext, method } from './method.ts';

/** Slack keeps views small: docs.slack.dev/reference/methods/views.open says 250 KB. */
const maxViewBytes = 250_000;

export const viewMethods = [
  method({
    name: 'views.open',
    args: { trigger_id: arg.id(), view: arg.json() },
    run(context, args) {
      const view = checked(args.view, 'modal');
      const trigger = context.triggers.exchange(args.trigger_id);
      return answer(context, openModal(context.workspace, trigger.user, view, trigger.channel));
    },
  }),
  method({
    name: 'views.push',
    args: { trigger_id: arg.id(), view: arg.json() },
    run(context, args) {
      const view = checked(args.view, 'modal');
      const trigger = context.triggers.exchange(args.trigger_id);
      if (trigger.view === undefined) throw new SlackError('invalid_trigger_id');
      return answer(context, pushModal(context.workspace, trigger.user, view));
    },
  }),
  method({
    name: 'views.update',
    args: { view_id: arg.id().optional(), external_id: arg.id().optional(), hash: arg.text().optional(), view: arg.json() },
    run(context, args) {
      const open = find(context, args.view_id, args.external_id);
      const view = checked(args.view, open.type);
      if (args.hash !== undefined && args.hash !== open.hash) throw new SlackError('hash_conflict');
      return answer(context, changeView(context.workspace, open, view));
    },
  }),
  method({
    name: 'views.publish',
    args: { user_id: arg.id(), view: arg.json(), hash: arg.text().optional() },
    run(context, args) {
      const { workspace } = context;
      const view = checked(args.view, 'home');
      if (!workspace.users.has(args.user_id)) throw SlackError.withMessages('invalid_arguments', ['[ERROR] user_id: no such user']);
      const current = workspace.views.get(workspace.homes.get(args.user_id) ?? '');
      if (args.hash !== undefined && args.hash !== current?.hash) throw new SlackError('hash_conflict');
      return answer(context, publishHome(workspace, args.user_id, view));
    },
  }),
];

function checked(view: unknown, type: 'modal' | 'home') {
  if (JSON.stringify(view ?? null).length > maxViewBytes) throw new SlackError('view_too_large');
  return parseView(view, type);
}

function find(context: MethodContext, id: string | undefined, externalId: string | undefined): OpenView {
  const views = [...context.workspace.views.values()];
  const open =
    id === undefined ? views.find((view) => externalId !== undefined && view.view.external_id === externalId) : views.find((view) => view.id === id);
  if (open === undefined) throw new SlackError('not_found');
  return open;
}

function answer(context: MethodContext, open: OpenView): Record<string, unknown> {
  return { view: viewObject(context.workspace, open) };
}
