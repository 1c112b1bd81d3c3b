import { SYSTEM_STREAM } from '../../domain/streams.ts';
import type { StoreTx } from '../../ports/store.ts';

/**
 * Notes that an alert was said to fire, or to be over, at a time (ms, by the event itself), and says whether that is news: what is older than
 * what was told before it comes late, and changes nothing. `null`: the sender does not say when, so what comes last counts. `goesOn`: its sender
 * tells of an alert with its first beginning for as long as it goes on, also after an end that was none.
 */
export async function isNews(tx: StoreTx, key: string, state: 'firing' | 'resolved', at: number | null, goesOn = false): Promise<boolean> {
  if (at === null) return true;
  // Whoever tells of this alert waits here, so that none of them reads what another is about to write.
  await tx.lockStream(SYSTEM_STREAM);
  const { firedAt, resolvedAt } = await tx.told(key);
  // A sender whose clock is ahead silences nothing that is yet to come.
  const when = Math.min(at, await tx.now());
  if (state === 'firing') {
    if (resolvedAt !== null && when <= resolvedAt) {
      if (!goesOn || when !== firedAt) return false;
      await tx.setTold(key, { firedAt, resolvedAt: null });
      return true;
    }
    await tx.setTold(key, { firedAt: Math.max(when, firedAt ?? when), resolvedAt });
    return true;
  }
  if (firedAt !== null && when < firedAt) return false;
  await tx.setTold(key, { firedAt, resolvedAt: Math.max(when, resolvedAt ?? when) });
  return true;
}
