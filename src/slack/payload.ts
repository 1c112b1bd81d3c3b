import { createHash } from 'node:crypto';
import { z } from 'zod';

/** What Slack sends, as far as Tocsin reads it. Anything else in a payload is ignored; anything missing is malformed. */
const id = z.string().min(1).max(64);
const person = z.looseObject({ id, team_id: id.optional() });
const stateValue = z.looseObject({ type: z.string() });
const values = z.record(z.string(), z.record(z.string(), stateValue));

const command = z.looseObject({
  command: z.string().startsWith('/').max(64),
  text: z.string().max(40_000).default(''),
  team_id: id,
  user_id: id,
  channel_id: id,
  trigger_id: z.string().min(1).max(200),
  response_url: z.url().optional(),
});

const action = z.looseObject({
  action_id: z.string().max(255),
  block_id: z.string().max(255).default(''),
  action_ts: z.string().max(64),
  value: z.string().max(2_000).optional(),
  selected_option: z.looseObject({ value: z.string().max(2_000) }).nullish(),
});

const container = z.looseObject({ type: z.string(), channel_id: id.optional(), message_ts: z.string().optional() });

const blockActions = z.looseObject({
  type: z.literal('block_actions'),
  team: z.looseObject({ id }).nullable(),
  user: person,
  channel: z.looseObject({ id }).optional(),
  container,
  trigger_id: z.string().min(1).max(200),
  response_url: z.url().optional(),
  actions: z.array(action).min(1).max(25),
});

const viewSubmission = z.looseObject({
  type: z.literal('view_submission'),
  team: z.looseObject({ id }).nullable(),
  user: person,
  trigger_id: z.string().max(200).optional(),
  view: z.looseObject({
    id,
    hash: z.string().max(200).optional(),
    callback_id: z.string().max(255),
    private_metadata: z.string().max(3_000).default(''),
    state: z.looseObject({ values }),
  }),
});

const shortcut = z.looseObject({
  type: z.enum(['message_action', 'shortcut']),
  team: z.looseObject({ id }).nullable(),
  user: person,
  callback_id: z.string().max(255),
  trigger_id: z.string().min(1).max(200),
  response_url: z.url().optional(),
  action_ts: z.string().max(64),
  channel: z.looseObject({ id }).optional(),
  message: z.looseObject({ ts: z.string(), text: z.string().max(40_000).default(''), user: id.optional() }).optional(),
});

const event = z.looseObject({
  type: z.literal('event_callback'),
  team_id: id,
  event_id: z.string().min(1).max(100),
  event: z.looseObject({ type: z.string().max(100), user: id.optional() }),
});

export type CommandPayload = z.infer<typeof command>;
export type ActionPayload = z.infer<typeof blockActions>;
export type ViewPayload = z.infer<typeof viewSubmission>;
export type ShortcutPayload = z.infer<typeof shortcut>;
export type EventPayload = z.infer<typeof event>;

export type Payload =
  | { readonly kind: 'command'; readonly body: CommandPayload }
  | { readonly kind: 'action'; readonly body: ActionPayload }
  | { readonly kind: 'view'; readonly body: ViewPayload }
  | { readonly kind: 'shortcut'; readonly body: ShortcutPayload }
  | { readonly kind: 'event'; readonly body: EventPayload };

/** Reads a verified body. `null`: a kind that Tocsin does not use, such as `view_closed`; `undefined`: malformed. */
export function readPayload(body: unknown): Payload | null | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const type = 'type' in body ? body.type : undefined;
  if ('command' in body) return parsed('command', command, body);
  if (type === 'block_actions') return parsed('action', blockActions, body);
  if (type === 'view_submission') return parsed('view', viewSubmission, body);
  if (type === 'message_action' || type === 'shortcut') return parsed('shortcut', shortcut, body);
  if (type === 'event_callback') return parsed('event', event, body);
  return type === undefined ? undefined : null;
}

/** The workspace a payload says it comes from; `null` when it says none. */
export function teamOf(payload: Payload): string | null {
  if (payload.kind === 'command' || payload.kind === 'event') return payload.body.team_id;
  return payload.body.team?.id ?? payload.body.user.team_id ?? null;
}

export function userOf(payload: Payload): string | null {
  if (payload.kind === 'command') return payload.body.user_id;
  if (payload.kind === 'event') return payload.body.event.user ?? null;
  return payload.body.user.id;
}

/** What a redelivery has in common with the first delivery, and nothing else has (DESIGN, Slack: Redelivery). */
export function keyOf(payload: Payload): string {
  const parts = [teamOf(payload), userOf(payload), payload.kind, ...mark(payload)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function mark(payload: Payload): readonly (string | undefined)[] {
  if (payload.kind === 'command') return [payload.body.command, payload.body.trigger_id];
  if (payload.kind === 'event') return [payload.body.event_id];
  if (payload.kind === 'view') return [payload.body.view.id, payload.body.view.hash ?? payload.body.trigger_id];
  if (payload.kind === 'shortcut') return [payload.body.callback_id, payload.body.action_ts];
  return payload.body.actions.flatMap((one) => [one.action_id, one.action_ts]);
}

/** A view's inputs by block id: text, the chosen value or values, or `null` where nothing was chosen. */
export function inputsOf(state: ViewPayload['view']['state']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(state.values).map(([block, elements]) => [block, valueOf(Object.values(elements)[0] as ElementState | undefined)]),
  );
}

interface ElementState {
  readonly value?: unknown;
  readonly selected_option?: { readonly value?: unknown } | null;
  readonly selected_options?: readonly { readonly value?: unknown }[];
  readonly selected_user?: unknown;
}

function valueOf(element: ElementState | undefined): unknown {
  if (element === undefined) return null;
  if (element.selected_options !== undefined) return element.selected_options.map((one) => one.value);
  if (element.selected_option !== undefined) return element.selected_option?.value ?? null;
  return element.selected_user ?? element.value ?? null;
}

function parsed<K extends Payload['kind']>(kind: K, schema: z.ZodType, body: object): Payload | undefined {
  const result = schema.safeParse(body);
  return result.success ? ({ kind, body: result.data } as Payload) : undefined;
}
