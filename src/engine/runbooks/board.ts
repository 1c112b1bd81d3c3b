import type { Json } from '../../domain/record.ts';
import type { StoreTx } from '../../ports/store.ts';
import type { Destination } from '../incidents/notices.ts';
import { MESSAGE } from '../queues.ts';

/** A message that shows how work goes on: posted once, edited in place. */
export interface Board {
  readonly key: string;
  readonly stream: string;
  readonly to: Destination;
  readonly template: 'diagnosis' | 'diagnosis-details' | 'progress' | 'preflight' | 'alert' | 'alert-call';
}

/** What a diagnosis saw, once, in the thread of its board. */
export async function putDetails(tx: StoreTx, { key, stream }: Board, view: Json): Promise<void> {
  await putBoard(tx, { key: `${key}:details`, stream, to: { kind: 'under', message: key }, template: 'diagnosis-details' }, 1, view);
}

/**
 * Puts or changes a board. `rev` grows with what is shown; an edit that is overtaken by a later one is left out. The view is plain data:
 * blocks/ draws it.
 */
export async function putBoard(tx: StoreTx, board: Board, rev: number, view: Json): Promise<void> {
  const lane = `board:${board.key}`;
  const data: Json = { rev, view };
  await tx.addMessage({ key: board.key, stream: board.stream, seq: 0, lane, template: board.template, to: { ...board.to }, data });
  await tx.updateMessage(board.key, { data });
  await tx.enqueue(MESSAGE.job({ key: board.key }, { key: lane }));
}
