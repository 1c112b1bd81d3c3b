/** Days of the week as people write them, beginning with Sunday, as `weekdayOf` counts. */
export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A window of the day by the clocks of the rota's zone, as `HH:MM`; past midnight where `to` is not after `from`. */
export interface Hours {
  readonly from: string;
  readonly to: string;
}

/** People who take turns. A later layer wins over an earlier one while it is on. */
export interface Layer {
  readonly name: string | null;
  /** Slack ids, in the order of their turns; at least one. */
  readonly people: readonly string[];
  /** How many days a turn lasts: 7 is a week. */
  readonly days: number;
  /** When turns change: the time of day by the rota's clocks, and for weeks the day. */
  readonly handover: { readonly weekday: Weekday | null; readonly time: string };
  /** The first turn begins at the first hand-over on this day or after it. */
  readonly starts: string;
  /** When it is on; at all hours and on all days where these are missing. A window belongs to the day on which it begins. */
  readonly hours?: Hours;
  readonly on?: readonly Weekday[];
}

/** A day that counts as a Sunday. `user`: who is on call from midnight to midnight, whosever turn it is. */
export interface Holiday {
  readonly day: string;
  readonly name: string | null;
  readonly user: string | null;
}

/** Who is on call when: by turns, holidays and swaps. The first layer is always on, so there is one person at any moment. */
export interface Rota {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly layers: readonly [Layer, ...Layer[]];
  readonly holidays: readonly Holiday[];
}

/** Somebody stands in, whosever turn it is; ms of the one clock, `until` exclusive. The newest wins. */
export interface Swap {
  readonly id: string;
  readonly rota: string;
  readonly user: string;
  readonly from: number;
  readonly until: number;
  /** Who arranged it. */
  readonly by: string;
}

/** Why somebody is on call. */
export type Because = { readonly swap: Swap } | { readonly holiday: Holiday } | { readonly layer: Layer };

/** Who is on call at a moment, and why. */
export interface Duty {
  readonly user: string;
  readonly because: Because;
}

/** A time that one person is on call without a break; ms, `until` exclusive. */
export interface Shift {
  readonly user: string;
  readonly from: number;
  readonly until: number;
}

/** Everybody whom a rota names. */
export function peopleOf({ layers, holidays }: Rota): readonly string[] {
  return [...new Set([...layers.flatMap(({ people }) => people), ...holidays.flatMap(({ user }) => user ?? [])])];
}
