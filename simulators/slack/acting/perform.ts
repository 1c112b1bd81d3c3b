import { z } from 'zod';
import type { Outcome, PersonActions } from '../person.ts';
import type { User } from '../state.ts';
import { actorOf, type Stage } from './actor.ts';
import { runCommand } from './commands.ts';
import { click, fill, suggest, viewOf } from './elements.ts';
import * as messages from './messages.ts';
import { closeView, submitView } from './views.ts';

const onMessage = { channel: z.string(), ts: z.string() };
const surface = z.union([z.strictObject(onMessage), z.strictObject({ view: z.string() })]);
const field = z.union([z.string(), z.number(), z.array(z.string()), z.null()]);
const element = z.union([
  z.string(),
  z.strictObject({
    action_id: z.string().optional(),
    block_id: z.string().optional(),
    value: z.string().optional(),
    text: z.string().optional(),
  }),
]);
const form = z.record(z.string(), field);

/** The arguments of every action, as they come over HTTP. */
const actionSchemas: { [Name in keyof PersonActions]: z.ZodType<PersonActions[Name]> } = {
  command: z.strictObject({ channel: z.string(), command: z.string(), text: z.string().optional(), thread_ts: z.string().optional() }),
  message: z.strictObject({ channel: z.string(), text: z.string().min(1), thread_ts: z.string().optional() }),
  react: z.strictObject({ ...onMessage, name: z.string() }),
  unreact: z.strictObject({ ...onMessage, name: z.string() }),
  pin: z.strictObject(onMessage),
  unpin: z.strictObject(onMessage),
  dismiss: z.strictObject(onMessage),
  click: z.strictObject({ surface, element, input: field.optional(), confirm: z.boolean().optional() }),
  suggest: z.strictObject({ surface, element, query: z.string() }),
  fillView: z.strictObject({ view: z.string(), values: form }),
  submitView: z.strictObject({ view: z.string(), values: form.optional() }),
  closeView: z.strictObject({ view: z.string(), all: z.boolean().optional() }),
  shortcut: z.strictObject({ callback_id: z.string(), on: z.strictObject(onMessage).optional() }),
  openHome: z.strictObject({}),
  openDirect: z.strictObject({ users: z.array(z.string()).optional() }),
  join: z.strictObject({ channel: z.string() }),
  leave: z.strictObject({ channel: z.string() }),
};

type Handlers = { [Name in keyof PersonActions]: (stage: Stage, user: User, args: PersonActions[Name]) => Outcome | Promise<Outcome> };

const handlers: Handlers = {
  command: runCommand,
  message: messages.writeMessage,
  react: (stage, user, args) => messages.react(stage, user, args, true),
  unreact: (stage, user, args) => messages.react(stage, user, args, false),
  pin: (stage, user, args) => messages.pin(stage, user, args, true),
  unpin: (stage, user, args) => messages.pin(stage, user, args, false),
  dismiss: messages.dismiss,
  click,
  suggest,
  fillView(stage, user, args) {
    fill(stage, user, viewOf(stage, user, args.view), args.values);
    return { status: 'ok' };
  },
  submitView,
  closeView,
  shortcut: messages.useShortcut,
  openHome: (stage, user) => messages.openHome(stage, user),
  openDirect: messages.openDirect,
  join: messages.joinChannel,
  leave: messages.leaveChannel,
};

/** Carries out one action of a person. Throws what a person could not even try. */
export async function performAs<Name extends keyof PersonActions>(
  stage: Stage,
  userId: string,
  name: Name,
  args: PersonActions[Name],
): Promise<Outcome> {
  if (!Object.hasOwn(handlers, name)) throw new Error(`Nobody can do ${name}.`);
  return handlers[name](stage, actorOf(stage, userId), actionSchemas[name].parse(args));
}
