/** Resolves after `ms`, or at once when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}

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
