import { pause } from '../../lib/pause.ts';

/**
 * Reads until what is read is as wanted, and answers what was read last: AWS may answer for a while with what was there before.
 * Waits `everyMs` between, `times` at most.
 */
export async function readUntil<T>(
  read: () => Promise<T>,
  wanted: (value: T) => boolean,
  signal: AbortSignal,
  times = 10,
  everyMs = 1_000,
): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    const value = await read();
    if (wanted(value) || tried >= times || signal.aborted) return value;
    await pause(everyMs, signal);
  }
}
