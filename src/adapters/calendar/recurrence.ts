import ICAL from 'ical.js';
import { type Clocks, shownBy, timeOf, UTC } from './zones.ts';

/** A time as a calendar writes it: what clocks show, and whose. */
export interface Stamp {
  readonly shown: number;
  readonly clocks: Clocks;
  /** A day without a time of day. */
  readonly isDay: boolean;
}

/** How many steps recurrences may take in all: one every hour since 2010 takes 150,000. */
export const MOST_STEPS = 250_000;

/** A calendar repeats more often than any rota does. */
export class TooOften extends Error {}

export interface Stepping {
  steps: number;
}

/** What clocks show at each beginning of an event up to a moment (ms), in order for each rule. @throws TooOften */
export function* beginnings(event: ICAL.Component, start: Stamp, until: number, stepping: Stepping): Generator<number> {
  const rules = event.getAllProperties('rrule');
  if (rules.length === 0) yield start.shown;
  for (const rule of rules) yield* byRule(ruleOf(rule, start), start, until, stepping);
}

function* byRule(rule: ICAL.Recur, start: Stamp, until: number, stepping: Stepping): Generator<number> {
  const iterator = rule.iterator(timeOf(start.shown, start.isDay));
  for (let next: ICAL.Time | null = iterator.next(); next !== null && next !== undefined; next = iterator.next()) {
    stepping.steps += 1;
    if (stepping.steps > MOST_STEPS) throw new TooOften();
    const shown = shownBy(next);
    if (start.clocks.at(shown) >= until) return;
    yield shown;
  }
}

/** The rule, with its end by the same clocks as its beginning: a calendar writes the one in UTC and the other by clocks. */
function ruleOf(property: ICAL.Property, { clocks, isDay }: Stamp): ICAL.Recur {
  const rule = property.getFirstValue();
  if (!(rule instanceof ICAL.Recur)) throw new TypeError('no rule');
  const { until } = rule;
  if (until === null || until === undefined) return rule;
  const shown = shownBy(until);
  const isUtc = until.zone === ICAL.Timezone.utcTimezone;
  const byClocks = isUtc && clocks !== UTC ? clocks.show(shown) : shown;
  // A day without a time is meant as a whole.
  rule.until = until.isDate && !isDay ? timeOf(byClocks + 86_399_000) : timeOf(byClocks, isDay);
  return rule;
}
