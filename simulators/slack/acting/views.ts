import { z } from 'zod';
import { parseView } from '../blocks/validate.ts';
import { fieldErrors, interactives } from '../form.ts';
import { changeView, clearModals, modalsOf, popModal, pushModal } from '../modals.ts';
import { viewClosed, viewSubmission } from '../payloads.ts';
import type { Outcome, PersonActions } from '../person.ts';
import { SlackError } from '../slack-error.ts';
import type { Json, OpenView, User } from '../state.ts';
import { fromAnswer, type Stage } from './actor.ts';
import { fill, viewOf } from './elements.ts';

const trouble = 'We had some trouble connecting. Try again?';

/** docs.slack.dev/surfaces/modals#response_actions */
const answerSchema = z.union([
  z.strictObject({}),
  z.strictObject({ response_action: z.literal('errors'), errors: z.record(z.string(), z.string().min(1)) }),
  z.strictObject({ response_action: z.literal('update'), view: z.unknown() }),
  z.strictObject({ response_action: z.literal('push'), view: z.unknown() }),
  z.strictObject({ response_action: z.literal('clear') }),
]);

/** A person submits the modal in front of them. Slack checks its own rules first, then asks the app. */
export async function submitView(stage: Stage, user: User, args: PersonActions['submitView']): Promise<Outcome> {
  const { workspace } = stage;
  const open = viewOf(stage, user, args.view);
  fill(stage, user, open, args.values ?? {});
  const errors = fieldErrors(open.view.blocks, open.values);
  if (Object.keys(errors).length > 0) return showErrors(stage, open, errors);

  const trigger_id = stage.triggers.issue({ user: user.id, view: open.id, channel: open.channel });
  const payload = viewSubmission(workspace, { user, open, trigger_id, response_urls: responseUrls(stage, user, open) });
  const { id, answer } = await stage.deliveries.send('interactive', payload);
  if (answer.status !== 'acked') {
    workspace.notice(user.id, trouble);
    return { ...fromAnswer(answer, id), error: trouble };
  }
  return { ...apply(stage, user, open, answer.body), ack: answer.body, delivery: id };
}

/** A person closes a modal: the X (or `all`), or the close button, which goes back to the one beneath. */
export async function closeView(stage: Stage, user: User, args: PersonActions['closeView']): Promise<Outcome> {
  const { workspace } = stage;
  const open = viewOf(stage, user, args.view);
  const all = args.all === true || (open.view.type === 'modal' && open.view.clear_on_close === true);
  const gone = all ? modalsOf(workspace, user.id) : [open];
  const told = gone.filter(({ view }) => view.type === 'modal' && view.notify_on_close === true);
  const payloads = told.map((view) => viewClosed(workspace, { user, open: view, is_cleared: all }));
  if (all) clearModals(workspace, user.id);
  else popModal(workspace, user.id);
  const sent = await Promise.all(payloads.map((payload) => stage.deliveries.send('interactive', payload)));
  const last = sent.at(-1);
  return last === undefined ? { status: 'ok' } : fromAnswer(last.answer, last.id);
}

function apply(stage: Stage, user: User, open: OpenView, body: Json): Outcome {
  const { workspace } = stage;
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return invalid(stage, user, `Slack knows no such answer to a submission: ${JSON.stringify(body)}`);
  const answer = parsed.data;
  try {
    if (!('response_action' in answer)) popModal(workspace, user.id);
    else if (answer.response_action === 'clear') clearModals(workspace, user.id);
    else if (answer.response_action === 'push') pushModal(workspace, user.id, parseView(answer.view, 'modal'));
    else if (answer.response_action === 'update') changeView(workspace, open, parseView(answer.view, 'modal'));
    else return appErrors(stage, user, open, answer.errors);
    return { status: 'ok' };
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    return invalid(stage, user, `${error.code} ${JSON.stringify(error.extra)}`);
  }
}

/** Errors must name input blocks: others Slack does not take. */
function appErrors(stage: Stage, user: User, open: OpenView, errors: Record<string, string>): Outcome {
  const inputs = open.view.blocks.filter((block) => block.type === 'input').map((block) => block.block_id);
  const unknown = Object.keys(errors).filter((key) => !inputs.includes(key));
  if (unknown.length > 0) return invalid(stage, user, `errors name no input block: ${unknown.join(', ')}`);
  return showErrors(stage, open, errors);
}

function showErrors(stage: Stage, open: OpenView, errors: Record<string, string>): Outcome {
  open.errors = errors;
  stage.workspace.changed({ kind: 'views', user: open.user });
  return { status: 'errors', errors };
}

function invalid(stage: Stage, user: User, error: string): Outcome {
  stage.workspace.notice(user.id, trouble);
  return { status: 'invalid_answer', error };
}

function responseUrls(stage: Stage, user: User, open: OpenView): Json[] {
  return interactives(open.view.blocks).flatMap(({ block, element }) => {
    const value = open.values[block.block_id ?? '']?.[element.action_id];
    const channel = value?.['selected_conversation'] ?? value?.['selected_channel'];
    if (element['response_url_enabled'] !== true || typeof channel !== 'string') return [];
    const response_url = stage.responseUrls.issue('actions', { channel, user: user.id });
    return [{ block_id: block.block_id, action_id: element.action_id, channel_id: channel, response_url }];
  });
}
