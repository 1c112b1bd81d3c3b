import type { Logger } from 'pino';
import type { Message } from '../../../blocks/kit.ts';
import type { UserError } from '../../domain/errors.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import { REPLY_MESSAGE } from '../../domain/messages/messages.ts';
import { SYSTEM_STREAM } from '../../domain/streams.ts';
import { type Incidents, sendMessage } from '../../engine/incidents/incidents.ts';
import type { Store, StoreTx } from '../../ports/store.ts';
import type { EphemeralDestination } from '../deliver/ephemeral.ts';
import type { Views } from '../views.ts';
import type { Payload } from './payload.ts';
import { type Asked, replyTo } from './requests.ts';
import type { SeenIncidents } from './seen-incidents.ts';

/** The outcome of one payload, as it is stored: every payload has exactly one. */
export type InboxOutcome = {
  readonly outcome: 'done' | 'refused' | 'mistaken' | 'ignored' | 'failed';
  readonly name: string;
  readonly code?: string;
};

export interface OutcomeDeps {
  readonly store: Store;
  readonly views: Views;
  readonly incidents: Incidents;
  readonly redact: (text: string) => string;
  readonly logger: Logger;
}

/** How a payload ends when nothing is done: each with one answer, written with the outcome. */
export interface Outcomes {
  refuse(inboxId: string, payload: Payload, asked: Asked | null, incident: Incident | null, error: UserError): Promise<InboxOutcome>;
  fail(inboxId: string, payload: Payload, asked: Asked | null): Promise<InboxOutcome>;
  ignore(inboxId: string, name: string): Promise<InboxOutcome>;
  finish(inboxId: string, outcome: InboxOutcome, reply?: { to: EphemeralDestination; message: Message }): Promise<void>;
}

export function createOutcomes(deps: OutcomeDeps, { whereItWent }: SeenIncidents): Outcomes {
  const { store, views, incidents } = deps;

  /** What a person was not allowed is a record; a slip of the keyboard is only answered. */
  async function refuse(inboxId: string, payload: Payload, asked: Asked | null, incident: Incident | null, error: UserError): Promise<InboxOutcome> {
    const name = asked?.name ?? payload.kind;
    const outcome: InboxOutcome = { outcome: error.refusal ? 'refused' : 'mistaken', name, code: error.code };
    const to = asked?.reply ?? replyTo(payload);
    // The person reads what to do; the reason is for whoever runs Tocsin.
    if (error.cause !== undefined) deps.logger.warn({ err: error.cause, name, code: error.code }, 'a request could not be done');
    const isMerged = error.code === 'merged' && asked !== null && incident !== null && incident.mergedInto !== null;
    const said = isMerged ? await whereItWent(incident, asked) : error.message;
    await store.transaction(async (tx) => {
      if ((await tx.takeInbox(inboxId)) === null) return;
      if (error.refusal) await incidents.refuse(tx, incident?.id ?? null, to.user, name, error);
      await sendReply(tx, inboxId, to, views.problem(deps.redact(said), error.code === 'change-pending' ? incident : null));
      await tx.finishInbox(inboxId, { ...outcome });
    });
    return outcome;
  }

  async function fail(inboxId: string, payload: Payload, asked: Asked | null): Promise<InboxOutcome> {
    const outcome: InboxOutcome = { outcome: 'failed', name: asked?.name ?? payload.kind, code: 'internal' };
    const message = views.problem(
      `That failed on Tocsin’s side and nothing was changed. Try again; if it fails again, give whoever runs Tocsin this reference: \`${inboxId}\`.`,
    );
    await finish(inboxId, outcome, { to: asked?.reply ?? replyTo(payload), message });
    return outcome;
  }

  async function ignore(inboxId: string, name: string): Promise<InboxOutcome> {
    await finish(inboxId, { outcome: 'ignored', name });
    return { outcome: 'ignored', name };
  }

  async function finish(inboxId: string, outcome: InboxOutcome, reply?: { to: EphemeralDestination; message: Message }): Promise<void> {
    await store.transaction(async (tx) => {
      if ((await tx.takeInbox(inboxId)) === null) return;
      if (reply !== undefined) await sendReply(tx, inboxId, reply.to, reply.message);
      await tx.finishInbox(inboxId, { ...outcome });
    });
  }

  return { refuse, fail, ignore, finish };
}

/** Answers whoever asked, where they asked. */
export async function sendReply(tx: StoreTx, inboxId: string, to: EphemeralDestination, message: Message): Promise<void> {
  await sendMessage(tx, {
    key: `${inboxId}:reply`,
    stream: SYSTEM_STREAM,
    seq: 0,
    lane: `reply:${to.user}`,
    to: { ...to },
    ...REPLY_MESSAGE.with(message),
  });
}
