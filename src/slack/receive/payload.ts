import { createHash } from 'node:crypto';
import { z } from 'zod';
import { plainJson } from '../../lib/plain-json.ts';
import type { Home } from '../home.ts';

/** What Slack sends, as far as Tocsin reads it. Anything else in a payload is ignored; anything missing is malformed. */
const id = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc}\ufffd]*$/u);
const person = z.looseObject({ id, team_id: id.nullish() });
/** In Enterprise Grid an app may be installed for the organisation; then a payload names no workspace, or any. */
const placed = { team: z.looseObject({ id, enterprise_id: id.nullish() }).nullish(), enterprise: z.looseObject({ id }).nullish() };
const stateValue = z.looseObject({ type: z.string() });
const values = z.record(z.string(), z.record(z.string(), stateValue));

const command = z.looseObject({
  command: z.string().startsWith('/').max(64),
  text: z.string().max(40_000).default(''),
  team_id: id.nullish(),
  enterprise_id: id.nullish(),
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
  ...placed,
  user: person,
  channel: z.looseObject({ id }).optional(),
  container,
  trigger_id: z.string().min(1).max(200),
  response_url: z.url().optional(),
  actions: z.array(action).min(1).max(25),
});

const viewSubmission = z.looseObject({
  type: z.literal('view_submission'),
  ...placed,
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
  ...placed,
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
  team_id: id.nullish(),
  enterprise_id: id.nullish(),
  /** The installation that the event is for; in a shared channel `team_id` may be another's. */
  authorizations: z
    .array(z.looseObject({ team_id: id.nullish(), enterprise_id: id.nullish() }))
    .max(100)
    .optional(),
  event_id: z.string().min(1).max(100),
  event: z.looseObject({ type: z.string().max(100), user: id.optional(), item: z.looseObject({ channel: id.optional() }).nullish() }),
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
  const plain = plainJson(body);
  return typeof plain === 'object' && plain !== null ? ofType(plain) : undefined;
}

function ofType(body: object): Payload | null | undefined {
  const type = 'type' in body ? body.type : undefined;
  if ('command' in body) return parsed('command', command, body);
  if (type === 'block_actions') return parsed('action', blockActions, body);
  if (type === 'view_submission') return parsed('view', viewSubmission, body);
  if (type === 'message_action' || type === 'shortcut') return parsed('shortcut', shortcut, body);
  if (type === 'event_callback') return parsed('event', event, body);
  return type === undefined ? undefined : null;
}

/** The workspace a payload says it comes from, or else the organisation; `null` when it says neither. */
export function teamOf(payload: Payload): string | null {
  if (payload.kind === 'command' || payload.kind === 'event') return payload.body.team_id ?? payload.body.enterprise_id ?? null;
  const { team, user, enterprise } = payload.body;
  return team?.id ?? user.team_id ?? enterprise?.id ?? null;
}

/**
 * Whether a payload is meant for an installation at home. In a channel that is shared with another organisation, what our own people do
 * comes with the other's workspace here and ours there. Who it is that acts is looked up before anything is done.
 */
export function isFor(home: Home, payload: Payload): boolean {
  const { teams, enterprises } = placesOf(payload);
  return (
    teams.some((team) => typeof team === 'string' && home.teams.has(team)) || (home.enterprise !== null && enterprises.includes(home.enterprise))
  );
}

interface Places {
  readonly teams: readonly unknown[];
  readonly enterprises: readonly unknown[];
}

function placesOf(payload: Payload): Places {
  if (payload.kind === 'command') return { teams: [payload.body.team_id], enterprises: [payload.body.enterprise_id] };
  if (payload.kind === 'event') {
    const { team_id, enterprise_id, authorizations } = payload.body;
    // Slack says for whom an event is; what else it names is where it happened.
    const given = authorizations === undefined || authorizations.length === 0 ? [{ team_id, enterprise_id }] : authorizations;
    return { teams: given.map((one) => one.team_id), enterprises: given.map((one) => one.enterprise_id) };
  }
  const { team, user, enterprise } = payload.body;
  const view = 'view' in payload.body ? (payload.body.view as { readonly app_installed_team_id?: unknown }) : {};
  return {
    teams: [team?.id, user.team_id, view.app_installed_team_id],
    enterprises: [enterprise?.id, team?.enterprise_id, view.app_installed_team_id],
  };
}

export function userOf(payload: Payload): string | null {
  if (payload.kind === 'command') return payload.body.user_id;
  if (payload.kind === 'event') return payload.body.event.user ?? null;
  return payload.body.user.id;
}

/** What a redelivery has in common with the first delivery, and nothing else has (ADR 4). */
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
  /** Seconds. */
  readonly selected_date_time?: unknown;
}

function valueOf(element: ElementState | undefined): unknown {
  if (element === undefined) return null;
  if (element.selected_options !== undefined) return element.selected_options.map((one) => one.value);
  if (element.selected_option !== undefined) return element.selected_option?.value ?? null;
  return element.selected_user ?? element.selected_date_time ?? element.value ?? null;
}

function parsed<K extends Payload['kind']>(kind: K, schema: z.ZodType, body: object): Payload | undefined {
  const result = schema.safeParse(body);
  return result.success ? ({ kind, body: result.data } as Payload) : undefined;
}
