import type { IncidentRecord } from '../../domain/incident/events.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import { DIAGNOSIS_BOARD, PLAN_MESSAGE, PROGRESS_BOARD, storedBoard } from '../../domain/messages/messages.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { SentMessage, Store, StoreTx } from '../../ports/store.ts';
import { destinationOf } from '../incidents/destination.ts';
import { deliverMessage, type Incidents } from '../incidents/incidents.ts';
import { goesToRoom } from '../incidents/notice.ts';

/**
 * What the new room needs of the old one: messages that were refused there, plans that wait for approval, and work that goes on. They are
 * sent again, in order, as what they are: each message has one key, so each stands once in the new room.
 */
export async function carryOver(store: Store, incidents: Incidents, id: string, lost: string): Promise<(tx: StoreTx) => Promise<number>> {
  const incident = await incidents.find(id);
  if (incident === null) throw new RetryLater(1_000);
  const again: SentMessage[] = [];
  for (const message of await store.messages({ stream: id })) {
    const to = destinationOf(message);
    if (message.channel !== lost || to === null || !goesToRoom(to)) continue;
    if (message.state === 'failed' || (message.state === 'sent' && (await isStillNeeded(store, incident, message)))) again.push(message);
  }
  return (tx) => resend(tx, again);
}

/** Sends messages to where the room is by now. */
export async function resend(tx: StoreTx, messages: readonly SentMessage[]): Promise<number> {
  for (const message of messages) {
    await tx.updateMessage(message.key, { state: 'waiting', channel: null, ts: null, shownSeq: 0 });
    await deliverMessage(tx, message);
  }
  return messages.length;
}

/** Boards of work that may still go on are shown again, and edited in the new place from then on. */
async function isStillNeeded(store: Store, incident: Incident, { template, seq, data }: SentMessage): Promise<boolean> {
  if (template === PROGRESS_BOARD.name) return !PROGRESS_BOARD.read(storedBoard.parse(data).view).over;
  if (template === DIAGNOSIS_BOARD.name) return DIAGNOSIS_BOARD.read(storedBoard.parse(data).view).findings === null;
  if (template !== PLAN_MESSAGE.name) return false;
  const [record] = (await store.records(incident.id, { from: seq, to: seq })) as IncidentRecord[];
  return record?.type === 'plan.made' && incident.plans[record.data.plan]?.status === 'waiting';
}
