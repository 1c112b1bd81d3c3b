import type { Actor } from './record.ts';

/** The stream of what belongs to no incident: alerts, keys, packs, refusals outside of an incident. */
export const SYSTEM_STREAM = 'system';

/** The stream of the other streams' heads: the global log. */
export const LOG_STREAM = 'log';

/** Whether a stream is a drill's. */
export function isDrillStream(stream: string): boolean {
  return stream.startsWith('DRL-');
}

/** Who is named in the record of what Tocsin does by itself. */
export const TOCSIN: Actor = { kind: 'tocsin', id: 'tocsin' };
