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

interface Named {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
}

/** A rota of the file: by turns, holidays and swaps. The first layer is always on, so there is one person at any moment. */
export interface OwnRota extends Named {
  readonly layers: readonly [Layer, ...Layer[]];
  readonly holidays: readonly Holiday[];
}

/** Where a rota is kept that is not kept here. */
export const ROTA_SOURCES = ['calendar', 'pagerduty'] as const;
export type RotaSource = (typeof ROTA_SOURCES)[number];

/** A rota that is kept elsewhere, as it was read last: there may be nobody on call, or several at once. */
export interface ListedRota extends Named {
  readonly source: RotaSource;
  /** `null`: it was never read. */
  readonly list: TurnList | null;
  /** Since when (ms) it cannot be read, and why; `null` while it can. */
  readonly away: { readonly since: number; readonly why: string } | null;
}

/** Turns as they were read. */
export interface TurnList {
  /** By their beginnings. */
  readonly turns: readonly ListedTurn[];
  /** What is known begins and ends here (ms): nothing is said of other times. */
  readonly from: number;
  readonly until: number;
  /** When it was read (ms). */
  readonly readAt: number;
}

/** A turn of somebody; ms, `until` exclusive. */
export interface ListedTurn {
  /** `null`: nobody in Slack is whom it names. */
  readonly user: string | null;
  /** Whom it names, as it is written there. */
  readonly says: string;
  readonly from: number;
  readonly until: number;
}

/** Who is on call when. */
export type Rota = OwnRota | ListedRota;

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

/** Why somebody is on call, or nobody: `missing` is a turn of somebody who is not in Slack; `null` where there is no turn. */
export type Because =
  | { readonly swap: Swap }
  | { readonly holiday: Holiday }
  | { readonly layer: Layer }
  | { readonly turn: ListedTurn }
  | { readonly missing: ListedTurn | null };

/** Who is on call at a moment, and why; `null` for nobody. */
export interface Duty {
  readonly user: string | null;
  readonly because: Because;
}

/** A time that one person is on call without a break, or nobody; ms, `until` exclusive. */
export interface Shift {
  readonly user: string | null;
  readonly from: number;
  readonly until: number;
}

/** Everybody whom a rota names. */
export function peopleOf(rota: Rota): readonly string[] {
  if (isListed(rota)) return [...new Set((rota.list?.turns ?? []).flatMap(({ user }) => user ?? []))];
  return [...new Set([...rota.layers.flatMap(({ people }) => people), ...rota.holidays.flatMap(({ user }) => user ?? [])])];
}

export function isListed(rota: Rota): rota is ListedRota {
  return 'source' in rota;
}
