import type { Incident } from '../../domain/incident/incident.ts';
import { CARD_MESSAGE, isOfPage, UNDELIVERED_MESSAGE, UPDATE_DRAFT_MESSAGE, UPDATE_REMINDER_MESSAGE } from '../../domain/messages/messages.ts';
import type { Run } from '../../ports/runs.ts';
import type { SentMessage, StoreTx } from '../../ports/store.ts';
import { destinationOf } from '../incidents/destination.ts';
import { sendMessage } from '../incidents/incidents.ts';
import { type Destination, goesToRoom } from '../incidents/notice.ts';
import { ROOM, ROOM_CHECK, UNDELIVERED } from '../run-kinds.ts';
import { resend } from './carry-over.ts';
import type { ReachDeps } from './ports.ts';

/** What a person has to act on: who cannot be written to is asked in the room instead. */
const TO_ACT_ON: ReadonlySet<string> = new Set([UPDATE_DRAFT_MESSAGE.name, UPDATE_REMINDER_MESSAGE.name]);

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
        if (goesToRoom(to)) await lookAtRoom(tx, run.id, incident, message, error);
        else if (!isOfPage(message)) await tellRoom(tx, run.id, incident, message, to, error);
        return true;
      },
    );
  });
}

async function lookAtRoom(tx: StoreTx, run: string, incident: Incident, message: SentMessage, error: string): Promise<void> {
  const { room } = incident;
  // Where the refusal came from a room that was given up meanwhile, the message goes to the present one.
  if (room !== null && room.channel !== message.channel) await resend(tx, [message]);
  else if (room !== null) {
    const refused = { incident: incident.id, channel: room.channel, refused: error };
    await tx.startRun({ id: `${run}:room-check`, ...ROOM_CHECK.with(refused) });
  }
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
