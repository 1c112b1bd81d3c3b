import { WEEKDAYS, type Weekday } from '../../domain/rota/rota.ts';
import { dayIn, daysAfter, momentIn, nextWeekday } from '../../lib/zoned.ts';
import type { StoreTx } from '../../ports/store.ts';
import { DIGEST } from '../run-kinds.ts';

export const WEEK_DAYS = 7;

/** When the figures of a week are posted, by the clocks of a time zone; `time` as `HH:MM`. */
export interface DigestTime {
  readonly weekday: Weekday;
  readonly time: string;
  readonly timeZone: string;
}

/** The first such moment after another (ms). */
export function nextDigest({ weekday, time, timeZone }: DigestTime, after: number): number {
  const today = dayIn(timeZone, after);
  const day = nextWeekday(today, WEEKDAYS.indexOf(weekday));
  const first = momentIn(timeZone, day, time);
  return first > after ? first : momentIn(timeZone, daysAfter(day, WEEK_DAYS), time);
}

/** Whether this moment is one of them still: the setting may have changed while it was waited for. */
export function isDigestTime(when: DigestTime, at: number): boolean {
  return nextDigest(when, at - 1) === at;
}

/** Waits for the next digest: one for each moment, whoever asks. */
export async function startDigest(tx: StoreTx, when: DigestTime, now: number): Promise<void> {
  const at = nextDigest(when, now);
  await tx.startRun({ id: `digest:${at}`, ...DIGEST.with({ at }) });
}
