import { type BoardName, boardName, storedBoard } from '../../domain/messages/messages.ts';
import type { Json } from '../../domain/record.ts';
import type { SentMessage } from '../../ports/store.ts';

/** A message that shows how work goes on: what it shows is stored with it, and `rev` grows with it (engine/runbooks/board.ts). */
export interface StoredBoard {
  readonly template: BoardName;
  readonly rev: number;
  readonly view: Json;
}

/** The board that a message shows; `null` for any other message. */
export function boardOf(message: Pick<SentMessage, 'template' | 'data'>): StoredBoard | null {
  const template = boardName(message.template);
  return template === null ? null : { template, ...storedBoard.parse(message.data) };
}
