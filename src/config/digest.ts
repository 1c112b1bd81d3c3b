import { z } from 'zod';
import { WEEKDAYS } from '../domain/rota/rota.ts';
import { isTimeOfDay } from '../lib/zoned.ts';
import { channelId, timeZone } from './values.ts';

const AT = 'expected a day of the week and a time of day, such as Monday 09:00';
/** A day of the week with a time of day: `Monday 09:00`. */
export const weekMoment = z.string({ error: AT }).transform((text, context) => {
  const [day = '', time = '', ...more] = text.trim().toLowerCase().split(/\s+/);
  const weekday = WEEKDAYS.find((one) => one === day);
  if (weekday !== undefined && isTimeOfDay(time) && more.length === 0) return { weekday, time };
  context.addIssue({ code: 'custom', message: AT });
  return z.NEVER;
});

/** Where and when the figures of the week are posted, by the clocks of a time zone. */
export const digestSchema = z.strictObject({ channel: channelId, at: weekMoment.prefault('Monday 09:00'), time_zone: timeZone.default('UTC') });
