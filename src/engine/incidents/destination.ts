import { z } from 'zod';
import type { SentMessage } from '../../ports/store.ts';
import type { Destination } from './notice.ts';

const schema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('channel'), channel: z.string() }),
  z.object({ kind: z.literal('room') }),
  z.object({ kind: z.literal('under'), message: z.string() }),
  z.object({ kind: z.literal('person'), user: z.string() }),
]);

/** Where a stored message goes; `null` for an answer that one person alone sees (src/slack/deliver/ephemeral.ts). */
export function destinationOf({ to }: Pick<SentMessage, 'to'>): Destination | null {
  const read = schema.safeParse(to);
  return read.success ? read.data : null;
}
