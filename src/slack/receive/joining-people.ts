import type { WebClient } from '@slack/web-api';
import { UserError } from '../../domain/errors.ts';
import type { IncidentRecord } from '../../domain/incident/events.ts';
import { isOpen } from '../../domain/incident/incident.ts';
import { REPLY_MESSAGE } from '../../domain/messages/messages.ts';
import { SYSTEM_STREAM } from '../../domain/streams.ts';
import { catchUpLane, type Incidents, sendMessage } from '../../engine/incidents/incidents.ts';
import type { Store } from '../../ports/store.ts';
import type { EphemeralDestination } from '../deliver/ephemeral.ts';
import type { People } from '../people.ts';
import { selfOf } from '../self.ts';
import type { Views } from '../views.ts';
import type { InboxOutcome, Outcomes } from './outcomes.ts';
import type { Payload } from './payload.ts';

/** That somebody is in a channel from now on. */
export interface Joined {
  readonly channel: string;
  readonly user: string;
  /** Who brought them; `null` for who came by themselves. */
  readonly inviter: string | null;
  readonly name: string;
}

/** How long (ms) after the declaration those whom Tocsin brings have all there is to say from their page. */
const PAGED = 5 * 60_000;

/** The join that an event tells of; `null` for every other payload. */
export function joinedChannel(payload: Payload): Joined | null {
  if (payload.kind !== 'event') return null;
  const { type, user, channel, inviter } = payload.body.event;
  if (type !== 'member_joined_channel' || user === undefined || typeof channel !== 'string') return null;
  return { user, channel, inviter: typeof inviter === 'string' ? inviter : null, name: `event ${type}` };
}

export interface JoiningDeps {
  readonly client: WebClient;
  readonly store: Store;
  readonly incidents: Pick<Incidents, 'list'>;
  readonly people: Pick<People, 'person' | 'idOf'>;
  readonly views: Pick<Views, 'catchUp'>;
}

/** Tells who joins the channel of an open incident what happened so far: once a person and incident, to them alone. */
export function createJoining(deps: JoiningDeps, { ignore }: Pick<Outcomes, 'ignore'>): (inboxId: string, joined: Joined) => Promise<InboxOutcome> {
  const { client, store, incidents, people, views } = deps;

  /** Where Slack does not say who that is, nobody is told anything: they can ask. */
  async function isTrusted(user: string): Promise<boolean> {
    try {
      return (await people.person(user, null)).trusted;
    } catch (error) {
      if (error instanceof UserError) return false;
      throw error;
    }
  }

  return async function join(inboxId, { channel, user, inviter, name }) {
    const [incident] = await incidents.list({ channel, limit: 1 });
    if (incident === undefined || !isOpen(incident)) return ignore(inboxId, name);
    const now = await store.now();
    const { userId: self } = await selfOf(client);
    const isPaged = inviter !== null && inviter === self && now - incident.milestones.declared < PAGED;
    const id = await people.idOf(user);
    if (user === self || isPaged || id === incident.reporter) return ignore(inboxId, name);
    // Guests see what is said in the channel, and nothing by Tocsin but its status (guests.ts).
    if (!(await isTrusted(user))) return ignore(inboxId, name);
    const shown = views.catchUp(incident, (await store.records(incident.id)) as IncidentRecord[], now);
    const to: EphemeralDestination = { kind: 'ephemeral', user, channel, responseUrl: null };
    const outcome: InboxOutcome = { outcome: 'done', name };
    await store.transaction(async (tx) => {
      if ((await tx.takeInbox(inboxId)) === null) return;
      const message = { key: `${incident.id}:catch-up:${id}`, stream: SYSTEM_STREAM, seq: 0, lane: catchUpLane(user), to: { ...to } };
      await sendMessage(tx, { ...message, ...REPLY_MESSAGE.with(shown) });
      await tx.finishInbox(inboxId, { ...outcome });
    });
    return outcome;
  };
}
