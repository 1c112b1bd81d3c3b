import type { ShownBoard } from '../../domain/messages/definition.ts';
import { type BoardName, callsPeople, DETAILS_BOARD, type DIAGNOSIS_BOARD, type ShownOf } from '../../domain/messages/messages.ts';
import type { Json } from '../../domain/record.ts';
import type { StoreTx } from '../../ports/store.ts';
import { CALLING } from '../incidents/incidents.ts';
import type { Destination } from '../incidents/notice.ts';
import { MESSAGE } from '../queues.ts';

/** Where a board stands: a message that shows how work goes on, posted once and edited in place. */
export interface Board {
  readonly key: string;
  readonly stream: string;
  readonly to: Destination;
}

/** What a diagnosis saw, once, in the thread of its board. */
export async function putDetails(tx: StoreTx, { key, stream }: Board, view: ShownOf<typeof DIAGNOSIS_BOARD>): Promise<void> {
  await putBoard(tx, { key: `${key}:details`, stream, to: { kind: 'under', message: key } }, 1, DETAILS_BOARD.with(view));
}

/** Puts or changes a board. `rev` grows with what is shown; an edit that is overtaken by a later one is left out. blocks/ draws it. */
export async function putBoard(tx: StoreTx, { key, stream, to }: Board, rev: number, { board, view }: ShownBoard<BoardName>): Promise<void> {
  const lane = `board:${key}`;
  const data: Json = { rev, view };
  await tx.addMessage({ key, stream, seq: 0, lane, template: board, to: { ...to }, data });
  await tx.updateMessage(key, { data });
  await tx.enqueue(MESSAGE.job({ key }, { key: lane, priority: callsPeople(board) ? CALLING : 0 }));
}
