import type { EventData } from './events.ts';
import type { Incident } from './incident.ts';

export const TARGETS = ['acknowledgement', 'update', 'review', 'notice'] as const;
export type TargetName = (typeof TARGETS)[number];

/** What is counted over many incidents and that the rest of the state does not keep: it remembers the newest of each only. */
export interface Tally {
  /** Each of them, in order: a reopening that pages the responders asks for one more. Ms. */
  readonly acknowledgements: readonly EventData['incident.acknowledged'][];
  /** When a person posted the first update (ms); `null` while none has. */
  readonly firstUpdateAt: number | null;
  /** By people, and how many of those were late. */
  readonly updates: number;
  readonly lateUpdates: number;
  /** By Tocsin in place of a late one. */
  readonly automaticUpdates: number;
  readonly breaches: Readonly<Record<TargetName, number>>;
}

export const NOTHING_COUNTED: Tally = {
  acknowledgements: [],
  firstUpdateAt: null,
  updates: 0,
  lateUpdates: 0,
  automaticUpdates: 0,
  breaches: perTarget(() => 0),
};

/** A number for each target. */
export function perTarget(of: (target: TargetName) => number): Readonly<Record<TargetName, number>> {
  return Object.fromEntries(TARGETS.map((target) => [target, of(target)])) as Record<TargetName, number>;
}

export function withAcknowledgement(state: Incident, data: EventData['incident.acknowledged']): Incident {
  return { ...state, tally: { ...state.tally, acknowledgements: [...state.tally.acknowledgements, data] } };
}

/** `at`: ms. */
export function withUpdate(state: Incident, { automatic, late_ms: late }: EventData['update.posted'], at: number): Incident {
  const { tally } = state;
  if (automatic) return { ...state, tally: { ...tally, automaticUpdates: tally.automaticUpdates + 1 } };
  const lateUpdates = tally.lateUpdates + (late > 0 ? 1 : 0);
  return { ...state, tally: { ...tally, updates: tally.updates + 1, lateUpdates, firstUpdateAt: tally.firstUpdateAt ?? at } };
}

export function withBreach(state: Incident, target: TargetName): Incident {
  const { tally } = state;
  return { ...state, breaches: state.breaches + 1, tally: { ...tally, breaches: { ...tally.breaches, [target]: tally.breaches[target] + 1 } } };
}
