import { z } from 'zod';
import type { Json } from '../../domain/record.ts';
import type { SentMessage } from '../../ports/store.ts';
import type { Views } from '../views.ts';

export type BoardTemplate = Parameters<Views['renderBoard']>[0];

const BOARDS: readonly BoardTemplate[] = ['diagnosis', 'diagnosis-details', 'progress', 'preflight', 'alert', 'alert-call'];
const schema = z.object({ rev: z.number(), view: z.json() });

/** A message that shows how work goes on: what it shows is stored with it, and `rev` grows with it (engine/runbooks/board.ts). */
export interface StoredBoard {
  readonly template: BoardTemplate;
  readonly rev: number;
  readonly view: Json;
}

/** The board that a message shows; `null` for any other message. */
export function boardOf(message: Pick<SentMessage, 'template' | 'data'>): StoredBoard | null {
  const template = BOARDS.find((one) => one === message.template);
  return template === undefined ? null : { template, ...schema.parse(message.data) };
}
