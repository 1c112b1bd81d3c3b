import { z } from 'zod';
import type { Actor, NewRecord } from '../domain/record.ts';
import { LOG_STREAM, SYSTEM_STREAM } from '../domain/streams.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { MAX_SEQ } from './layout.ts';
import { hexSchema, streamSchema, timeSchema } from './record.ts';

const sizeSchema = z.int().min(1).max(MAX_SEQ);

/** `log.head`: the global log saw this checkpoint of another stream. A stream that later lacks it was shortened or removed. */
export const logHeadSchema = z.strictObject({ incident_id: streamSchema, size: sizeSchema, head: hexSchema, checkpoint_sha256: hexSchema });
export type LogHead = Readonly<z.infer<typeof logHeadSchema>>;

/** `log.anchored`: this checkpoint of the global log was published outside, where nobody who holds the store can change it. */
export const logAnchoredSchema = z.strictObject({
  checkpoint: sizeSchema,
  checkpoint_sha256: hexSchema,
  where: z.strictObject({ kind: z.literal('slack'), channel: z.string().min(1), ts: z.string().min(1) }),
});
export type LogAnchored = Readonly<z.infer<typeof logAnchoredSchema>>;

/** `key.introduced`, in the stream `system`: checkpoints may be signed by this key from now on. */
export const keyIntroducedSchema = z.strictObject({ key_id: hexSchema, replaces: hexSchema.nullable() });
export type KeyIntroduced = Readonly<z.infer<typeof keyIntroducedSchema>>;

/** `key.revoked`, in the stream `system`: nothing this key signed after `since` counts. */
export const keyRevokedSchema = z.strictObject({ key_id: hexSchema, since: timeSchema, reason: z.string().min(1) });
export type KeyRevoked = Readonly<z.infer<typeof keyRevokedSchema>>;

/** The record in the global log for another stream's checkpoint. */
export function logHead(signed: SignedCheckpoint, actor: Actor): NewRecord<'log.head', LogHead> {
  const { incident_id, size, head } = signed.checkpoint;
  const data = logHeadSchema.parse({ incident_id, size, head, checkpoint_sha256: signed.sha256 });
  return { type: 'log.head', v: 1, actor, subject: incident_id, outcome: 'done', data };
}

/** The record in the global log that says where one of its own checkpoints was published. */
export function logAnchored(signed: SignedCheckpoint, where: LogAnchored['where'], actor: Actor): NewRecord<'log.anchored', LogAnchored> {
  const data = logAnchoredSchema.parse({ checkpoint: signed.checkpoint.size, checkpoint_sha256: signed.sha256, where });
  return { type: 'log.anchored', v: 1, actor, subject: LOG_STREAM, outcome: 'done', data };
}

/** The record in `system` that brings in a signing key, and says which one it replaces. */
export function keyIntroduced(keyId: string, replaces: string | null, actor: Actor): NewRecord<'key.introduced', KeyIntroduced> {
  return {
    type: 'key.introduced',
    v: 1,
    actor,
    subject: SYSTEM_STREAM,
    outcome: 'done',
    data: keyIntroducedSchema.parse({ key_id: keyId, replaces }),
  };
}

/** The record in `system` that revokes a signing key from a moment on. */
export function keyRevoked(keyId: string, since: string, reason: string, actor: Actor): NewRecord<'key.revoked', KeyRevoked> {
  return {
    type: 'key.revoked',
    v: 1,
    actor,
    subject: SYSTEM_STREAM,
    outcome: 'done',
    data: keyRevokedSchema.parse({ key_id: keyId, since, reason }),
  };
}

/** A published anchor: a checkpoint of the global log. `size` is `null` when only the digest is known. */
export interface Anchor {
  readonly size: number | null;
  readonly sha256: string;
}

/** How an anchor is written in Slack and on the command line: `42:<sha256>`. */
export function formatAnchor(signed: SignedCheckpoint): string {
  return `${signed.checkpoint.size}:${signed.sha256}`;
}

/** Reads `42:<sha256>` or `<sha256>`; `null` for anything else. */
export function parseAnchor(text: string): Anchor | null {
  const match = /^(?:0*([1-9]\d{0,7}):)?([0-9a-f]{64})$/.exec(text.trim().toLowerCase());
  if (match?.[2] === undefined) return null;
  return { size: match[1] === undefined ? null : Number(match[1]), sha256: match[2] };
}
