import type { Payload } from './payload.ts';

/** Events that say that a channel may no longer serve: archived, deleted, or left by the app. Private channels have names of their own. */
const GONE: ReadonlySet<string> = new Set(['channel_archive', 'channel_deleted', 'channel_left', 'group_archive', 'group_deleted', 'group_left']);

/** The channel that an event tells such a thing of; `null` for every other payload. */
export function goneChannel(payload: Payload): { readonly channel: string; readonly name: string } | null {
  if (payload.kind !== 'event') return null;
  const { event } = payload.body;
  return GONE.has(event.type) && typeof event.channel === 'string' ? { channel: event.channel, name: `event ${event.type}` } : null;
}
