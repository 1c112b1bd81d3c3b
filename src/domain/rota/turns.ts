import { dayIn, daysAfter, daysBetween, momentIn, nextWeekday, weekdayOf } from '../../lib/zoned.ts';
import { type Holiday, type Hours, type Layer, type OwnRota, WEEKDAYS, type Weekday } from './rota.ts';

/** What of a rota says when a layer’s turns and windows begin. */
type Calendar = Pick<OwnRota, 'timeZone' | 'holidays'>;

/** Whose turn it is in a layer at a moment (ms), counted from its first: 0 for the first person’s first turn, before it less. */
export function turnAt({ timeZone }: Calendar, layer: Layer, at: number): number {
  const guess = Math.floor(daysBetween(firstDay(layer), dayIn(timeZone, at)) / layer.days);
  // The clock may stand before the hand-over of its day.
  if (turnBegins(timeZone, layer, guess) > at) return guess - 1;
  return turnBegins(timeZone, layer, guess + 1) <= at ? guess + 1 : guess;
}

/** Who has a turn. */
export function personOfTurn({ people }: Layer, turn: number): string {
  const { length } = people;
  return people[((turn % length) + length) % length] ?? '';
}

/** When a turn begins (ms). */
export function turnBegins(timeZone: string, layer: Layer, turn: number): number {
  return momentIn(timeZone, daysAfter(firstDay(layer), turn * layer.days), layer.handover.time);
}

/** The day of the first hand-over. */
function firstDay({ starts, handover: { weekday } }: Layer): string {
  return weekday === null ? starts : nextWeekday(starts, WEEKDAYS.indexOf(weekday));
}

/** Whether a layer is on at a moment (ms). */
export function isOn(calendar: Calendar, layer: Layer, at: number): boolean {
  if (isAlwaysOn(layer)) return true;
  const day = dayIn(calendar.timeZone, at);
  return [daysAfter(day, -1), day].some((one) => windowsOn(calendar, layer, one).some(({ from, until }) => from <= at && at < until));
}

export function isAlwaysOn({ hours, on }: Layer): boolean {
  return hours === undefined && on === undefined;
}

/** When a layer is on that begins to be on that day: once or not at all; ms. */
export function windowsOn({ timeZone, holidays }: Calendar, { hours, on }: Layer, day: string): readonly { from: number; until: number }[] {
  if (on !== undefined && !on.includes(kindOf(day, holidays))) return [];
  const { from, to }: Hours = hours ?? { from: '00:00', to: '00:00' };
  const window = { from: momentIn(timeZone, day, from), until: momentIn(timeZone, to > from ? day : daysAfter(day, 1), to) };
  return window.from < window.until ? [window] : [];
}

/** A holiday counts as a Sunday. */
function kindOf(day: string, holidays: readonly Holiday[]): Weekday {
  return holidays.some((holiday) => holiday.day === day) ? 'sunday' : (WEEKDAYS[weekdayOf(day)] ?? 'sunday');
}
