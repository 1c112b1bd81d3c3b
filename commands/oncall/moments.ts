import { UserError } from '../../src/domain/errors.ts';
import { WEEKDAYS } from '../../src/domain/rota/rota.ts';
import { typed } from '../../src/lib/echo.ts';
import { parseDuration } from '../../src/lib/time.ts';
import { dayIn, daysAfter, isDay, isTimeOfDay, momentIn, nextWeekday } from '../../src/lib/zoned.ts';

/** How times may be written, for people. */
export const TIMES = 'Write a time as `18:00`, `tomorrow 09:00`, `Friday 18:00`, `2030-12-27 09:00` or `4h`, in the time zone of the rota';

/**
 * The moment (ms) that somebody means, by the clocks of a time zone: the next one from `now` on that fits. A time that comes twice is the first; one that
 * never comes is the first moment after it. @throws UserError `not-a-time`
 */
export function momentMeant(text: string, timeZone: string, now: number): number {
  const words = text.trim().toLowerCase().split(/\s+/);
  const length = words.length === 1 ? parseDuration(words[0] ?? '') : null;
  if (length !== null) return now + length;
  const found = ofClock(words, timeZone, now);
  if (found === null) throw new UserError('not-a-time', `“${typed(text.trim())}” is not a time. ${TIMES}.`);
  return found;
}

function ofClock([first = '', second]: readonly string[], timeZone: string, now: number): number | null {
  const today = dayIn(timeZone, now);
  const [day, given] = second === undefined ? [null, first] : [first, second];
  const time = given.padStart(5, '0');
  if (!isTimeOfDay(time)) return null;
  const next = (from: string, step: number) => {
    const moment = momentIn(timeZone, from, time);
    return moment > now ? moment : momentIn(timeZone, daysAfter(from, step), time);
  };
  if (day === null) return next(today, 1);
  if (day === 'today') return momentIn(timeZone, today, time);
  if (day === 'tomorrow') return momentIn(timeZone, daysAfter(today, 1), time);
  if (isDay(day)) return momentIn(timeZone, day, time);
  const weekday = WEEKDAYS.findIndex((one) => one === day || one.slice(0, 3) === day);
  return weekday === -1 ? null : next(nextWeekday(today, weekday), 7);
}
