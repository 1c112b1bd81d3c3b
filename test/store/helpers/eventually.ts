import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition and returns what it gives; gives up loudly after `limitMs`, which measures nothing but a hang. */
export async function eventually<T>(
  what: string,
  condition: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  limitMs = 40_000,
): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value !== null && value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`This never happened: ${what}.`);
    await sleep(10);
  }
}
