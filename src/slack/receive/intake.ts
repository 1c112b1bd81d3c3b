import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App, Receiver, ReceiverEvent } from '@slack/bolt';
import type { Logger } from 'pino';
import type { SlashCommand } from '../../../commands/command.ts';
import { TocsinError } from '../../domain/errors.ts';
import { readBack } from '../../domain/json.ts';
import type { Json } from '../../domain/record.ts';
import { own } from '../../lib/own.ts';
import type { Home } from '../home.ts';
import { inputsOf, isFor, keyOf, type Payload, readPayload } from './payload.ts';

/** How long (ms) storing may take: Slack waits for 3 s, and the answer takes its way. */
const STORED_WITHIN = 2_000;

export interface IntakeDeps {
  /** Stores a payload with the job that works on it; false for a redelivery. */
  readonly keep: (entry: { id: string; key: string; kind: string; payload: Json }) => Promise<boolean>;
  /** Whether the database's disk is full. */
  readonly isFull: () => Promise<boolean>;
  readonly commands: readonly SlashCommand[];
  readonly home: Home;
  readonly logger: Logger;
  /** Counts what is turned away before anything is stored: `malformed`, `foreign-team`. */
  readonly onRejected: (reason: 'malformed' | 'foreign-team') => void;
  readonly onStored?: (fresh: boolean) => void;
}

/**
 * A Bolt receiver that stores each verified payload before it is acked: Slack does not redeliver what was acked
 * (ADR 4). The stored payload is worked on from the inbox, by whichever replica gets to it.
 */
export function durableReceiver(inner: Receiver, deps: IntakeDeps): Receiver {
  return {
    init(app: App) {
      const intake = { processEvent: (event: ReceiverEvent) => take(event, deps) };
      inner.init(Object.setPrototypeOf(intake, app) as App);
    },
    start: (...args) => inner.start(...args),
    stop: (...args) => inner.stop(...args),
  };
}

async function take(event: ReceiverEvent, deps: IntakeDeps): Promise<void> {
  const payload = readPayload(event.body);
  if (payload === undefined) {
    deps.onRejected('malformed');
    return event.ack();
  }
  if (payload === null) return event.ack();
  if (!isFor(deps.home, payload)) {
    deps.onRejected('foreign-team');
    return event.ack();
  }
  const errors = payload.kind === 'view' ? viewErrors(payload, deps.commands) : null;
  if (errors !== null) return event.ack({ response_action: 'errors', errors });
  try {
    await inTime(keep(payload, deps));
  } catch (error) {
    deps.logger.error({ err: error, kind: payload.kind }, 'a payload could not be stored');
    return refuse(event, payload, await reasonOf(error, deps));
  }
  await event.ack();
}

/** @throws TocsinError `database-full`, `database-unavailable`, `database-slow` */
async function keep(payload: Payload, deps: IntakeDeps): Promise<void> {
  // What little still fits would not be worked on.
  if (await deps.isFull()) throw new TocsinError('database-full', 'The disk of the database has no space left.');
  const fresh = await deps.keep({ id: randomUUID(), key: keyOf(payload), kind: payload.kind, payload: readBack<Json>(payload.body) });
  deps.onStored?.(fresh);
}

/** Slack shows the person an error of its own when nothing is answered within 3 s. */
async function inTime(storing: Promise<void>): Promise<void> {
  const late = new AbortController();
  try {
    await Promise.race([
      storing,
      sleep(STORED_WITHIN, undefined, { signal: late.signal }).then(() => {
        throw new TocsinError('database-slow', 'The database does not answer in time.');
      }),
    ]);
  } finally {
    late.abort();
  }
}

/** Why nothing was stored: what a person is told, and what they read under the field of a form. */
const REASONS: Readonly<Record<string, { readonly text: string; readonly short: string }>> = {
  'database-full': {
    text: 'The disk of Tocsin’s database is full, so nothing was done. Tell whoever runs Tocsin.',
    short: 'The disk of Tocsin’s database is full. Tell whoever runs Tocsin.',
  },
  'database-slow': {
    text: 'Tocsin’s database did not answer in time. What you asked for may still be done: look before you try again.',
    short: 'Tocsin’s database did not answer in time. It may still be done: look before you try again.',
  },
};
const AWAY = {
  text: 'Tocsin cannot reach its database, so nothing was done. Try again in a minute; if it lasts, tell whoever runs Tocsin.',
  short: 'Tocsin cannot reach its database. Try again in a minute.',
};

/** A database without room fails in many ways, and then that is the reason. */
async function reasonOf(cause: unknown, deps: IntakeDeps): Promise<string> {
  const code = cause instanceof TocsinError ? cause.code : '';
  if (own(REASONS, code) !== undefined) return code;
  return (await deps.isFull().catch(() => false)) ? 'database-full' : code;
}

/** The database is away or full: say so at once where the ack can carry it; leave an event un-acked, so that Slack sends it again. */
async function refuse(event: ReceiverEvent, payload: Payload, code: string): Promise<void> {
  const why = own(REASONS, code) ?? AWAY;
  const text = `:warning: ${why.text}`;
  if (payload.kind === 'command') return event.ack({ response_type: 'ephemeral', text });
  if (payload.kind === 'view') {
    const [block] = Object.keys(payload.body.view.state.values);
    return event.ack(block === undefined ? undefined : { response_action: 'errors', errors: { [block]: why.short } });
  }
  throw new Error('not stored');
}

/** Errors travel in the ack of a submission, so its fields are checked before (ADR 4). */
function viewErrors(payload: Extract<Payload, { kind: 'view' }>, commands: readonly SlashCommand[]): Record<string, string> | null {
  const { view } = payload.body;
  const definition = commands.map((command) => own(command.views, view.callback_id)).find((found) => found !== undefined);
  if (definition === undefined) return null;
  const result = definition.schema.safeParse(inputsOf(view.state));
  if (result.success) return null;
  const errors: Record<string, string> = {};
  for (const issue of result.error.issues) errors[String(issue.path[0] ?? Object.keys(view.state.values)[0])] ??= issue.message;
  return errors;
}
