import { z } from 'zod';
import type { EventType, IncidentRecord } from '../../domain/incident/events.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import {
  CARD_MESSAGE,
  EVENT_MESSAGE,
  isOfPage,
  UNDELIVERED_MESSAGE,
  UPDATE_DRAFT_MESSAGE,
  UPDATE_REMINDER_MESSAGE,
} from '../../domain/messages/messages.ts';
import type { Run } from '../../ports/runs.ts';
import type { SentMessage, StoreTx } from '../../ports/store.ts';
import { destinationOf } from '../incidents/destination.ts';
import { sendMessage } from '../incidents/incidents.ts';
import { type Destination, goesToRoom, type ServiceChannels } from '../incidents/notice.ts';
import { ROOM, ROOM_CHECK, UNDELIVERED } from '../run-kinds.ts';
import { resend } from './carry-over.ts';
import type { ReachDeps } from './ports.ts';
import { isGoingOn } from './room-check.ts';

/** What a person has to act on: who cannot be written to is asked in the room instead. */
const TO_ACT_ON: ReadonlySet<string> = new Set([UPDATE_DRAFT_MESSAGE.name, UPDATE_REMINDER_MESSAGE.name]);

/** What becomes of an action item that somebody has to act on. */
const ITEM_TO_ACT_ON: ReadonlySet<EventType> = new Set(['follow-up.undone', 'follow-up.overdue', 'follow-up.unsynced', 'follow-up.lost']);
/** Outside of the incident's room. */
type Place = Extract<Destination, { kind: 'channel' | 'person' }>;

const itemNumber = z.object({ number: z.number() });

/**
 * What follows when Slack refuses a message for good: nothing that was to be told is lost in silence. A refused message to the room makes the
 * room be looked at; one to a person or to another channel is told of in the room. Pages have their own ways (engine/reach/person.ts).
 */
export function undeliveredRun(deps: ReachDeps): Run {
  return UNDELIVERED.does(async (run, { incident: id, key, error }) => {
    await run.writeAfter(
      'next',
      async () => ({ incident: await deps.incidents.find(id), message: await deps.store.message(key) }),
      async (tx, { incident, message }) => {
        if (incident === null || message === null || message.state !== 'failed') return false;
        const to = destinationOf(message);
        if (to === null) return false;
        if (goesToRoom(to)) await lookAtRoom(deps, tx, run.id, incident, message, error);
        else if (!isOfPage(message) && !(await tellOthers(deps, tx, incident, message, to, error)))
          await tellRoom(tx, run.id, incident, message, to, error);
        return true;
      },
    );
  });
}

async function lookAtRoom(deps: ReachDeps, tx: StoreTx, run: string, incident: Incident, message: SentMessage, error: string): Promise<void> {
  const { room } = incident;
  // Where the refusal came from a room that was given up meanwhile, the message goes to the present one.
  if (room !== null && room.channel !== message.channel) await resend(tx, [message]);
  else if (room !== null && !isGoingOn(incident)) await tellApart(deps, tx, incident, message);
  else if (room !== null) {
    const refused = { incident: incident.id, channel: room.channel, refused: error };
    await tx.startRun({ id: `${run}:room-check`, ...ROOM_CHECK.with(refused) });
  }
}

/** What is over meets nowhere any more, and its channel may be an archive: what somebody has to act on is told to who owns it, or where the service's updates are. */
async function tellApart({ channelsOf }: ReachDeps, tx: StoreTx, incident: Incident, { key, seq }: SentMessage): Promise<void> {
  const found = await itemToActOn(tx, incident, seq);
  if (found === null) return;
  const { record, owner } = found;
  // Who did it, or is told of it anyway, needs no second word.
  if (owner !== undefined && (owner === record.actor.id || record.type === 'follow-up.overdue')) return;
  const to: Place | null = owner === undefined ? nobodysPlace(incident, channelsOf(incident.service)) : { kind: 'person', user: owner };
  if (to === null) return;
  await sendMessage(tx, { key: `${key}:apart`, stream: incident.id, seq, lane: laneOf(to), to, ...EVENT_MESSAGE.with({ apart: true }) });
}

/** The same where who owns it cannot be written to, such as who has left: others have to hear of it. `false` where that is for the room to hear. */
async function tellOthers(
  { channelsOf }: ReachDeps,
  tx: StoreTx,
  incident: Incident,
  { key, seq }: SentMessage,
  refused: Destination,
  error: string,
): Promise<boolean> {
  if (refused.kind !== 'person' || isGoingOn(incident) || (await itemToActOn(tx, incident, seq)) === null) return false;
  const to = nobodysPlace(incident, channelsOf(incident.service));
  if (to === null || (to.kind === 'person' && to.user === refused.user)) return false;
  const about = EVENT_MESSAGE.with({ apart: true, unreached: { user: refused.user, error } });
  await sendMessage(tx, { key: `${key}:others`, stream: incident.id, seq, lane: laneOf(to), to, ...about });
  return true;
}

/** The record of what became of an action item that somebody has to act on, and who owns that; `null` where a message is about something else, or a drill. */
async function itemToActOn(tx: StoreTx, { id, followUps, drill }: Incident, seq: number) {
  const record = ((await tx.records(id)) as IncidentRecord[]).find((one) => one.seq === seq);
  if (record === undefined || !ITEM_TO_ACT_ON.has(record.type) || drill !== undefined) return null;
  const number = itemNumber.safeParse(record.data).data?.number;
  return number === undefined ? null : { record, owner: followUps[number - 1]?.owner };
}

function laneOf(to: Place): string {
  return to.kind === 'person' ? to.user : to.channel;
}

/** Where it is told what is to be done and nobody's: of a private incident to its commander alone. */
function nobodysPlace({ private: isPrivate, roles }: Incident, { updates }: ServiceChannels): Place | null {
  if (!isPrivate) return { kind: 'channel', channel: updates };
  const commander = roles['incident-commander'];
  return commander === undefined ? null : { kind: 'person', user: commander };
}

async function tellRoom(
  tx: StoreTx,
  run: string,
  incident: Incident,
  { key, template, seq, data }: SentMessage,
  to: Exclude<Destination, { kind: 'room' | 'under' }>,
  error: string,
): Promise<void> {
  // In thread mode the card is the room: without it there must be another.
  if (template === CARD_MESSAGE.name && incident.room === null) {
    await tx.startRun({ id: `${incident.id}:room:card`, ...ROOM.with({ incident: incident.id }) });
  }
  const room = { stream: incident.id, lane: incident.id, to: { kind: 'room' } };
  const about = UNDELIVERED_MESSAGE.with({ ...to, what: template, error });
  await sendMessage(tx, { ...room, key: `${run}:told`, seq: 0, ...about });
  if (to.kind === 'person' && TO_ACT_ON.has(template)) await sendMessage(tx, { ...room, key: `${key}:room`, seq, template, data });
}
