import { numbered } from '../../domain/incident/follow-ups.ts';
import type { ItemTold } from '../../domain/incident/tracking.ts';
import type { Run } from '../../ports/runs.ts';
import type { StoreTx } from '../../ports/store.ts';
import { type TrackedIssue, type Tracker, TrackerError } from '../../ports/tracker.ts';
import { ITEMS_LOOK } from '../run-kinds.ts';
import { sleepUntil } from '../until.ts';
import type { ItemsDeps } from './ports.ts';

/** What is looked at twice (ms): clocks differ, and an index may be late. */
const OVERLAP = 5 * 60_000;
/** How far back (ms) it is looked where nobody has looked before. */
const FIRST = 7 * 24 * 3_600_000;

export interface LookingDeps extends Pick<ItemsDeps, 'store' | 'incidents'> {
  /** Every place where items become issues, once. Those that cannot be used as they are configured are left out. */
  readonly trackers: () => readonly Tracker[];
  /** How often it is looked, ms. */
  readonly every: number;
  readonly onError: (error: TrackerError, place: string) => void;
}

interface Seen {
  readonly incident: string;
  readonly told: Extract<ItemTold, { type: 'issue-seen' }>;
}

/** Looks at its time which issues were closed or reopened where work is tracked: where no webhook tells it, or one was lost. */
export function itemsLookRun(deps: LookingDeps): Run {
  return ITEMS_LOOK.does(async (run, { at, since }) => {
    await sleepUntil(run, deps.store, at);
    await run.writeAfter(
      'look',
      () => lookAround(deps, since),
      async (tx, { seen, next }) => {
        for (const { incident, told } of seen) await deps.incidents.tell(tx, incident, told);
        await startLooking(tx, deps, next);
        return true;
      },
    );
  });
}

/** Starts the next look, once, whoever asks. `since`: what was looked at before. */
export async function startLooking(
  tx: StoreTx,
  { trackers, every }: Pick<LookingDeps, 'trackers' | 'every'>,
  since: Readonly<Record<string, number>> = {},
): Promise<void> {
  if (trackers().length === 0) return;
  const at = (Math.floor((await tx.now()) / every) + 1) * every;
  await tx.startRun({ id: `items-look:${at}`, ...ITEMS_LOOK.with({ at, since }) });
}

async function lookAround(deps: LookingDeps, since: Readonly<Record<string, number>>) {
  const seen: Seen[] = [];
  const next: Record<string, number> = {};
  for (const tracker of deps.trackers()) {
    const { place } = tracker;
    const now = await deps.store.now();
    const from = since[place] ?? now - FIRST;
    try {
      seen.push(...(await news(deps, tracker, from, now)));
      next[place] = now - OVERLAP;
    } catch (error) {
      if (!(error instanceof TrackerError)) throw error;
      deps.onError(error, place);
      next[place] = from;
    }
  }
  return { seen, next };
}

/** Who closed or reopened an issue. Where that may not be read, what they did counts all the same: one issue keeps no other from being seen. */
async function whoSet(tracker: Tracker, issue: TrackedIssue): Promise<string | null> {
  try {
    return await tracker.setBy(issue);
  } catch (error) {
    if (error instanceof TrackerError && (error.reason === 'refused' || error.reason === 'gone')) return null;
    throw error;
  }
}

/** Issues of this place that are otherwise than was known. */
async function news({ incidents }: LookingDeps, tracker: Tracker, since: number, now: number): Promise<readonly Seen[]> {
  const found: Seen[] = [];
  for (const issue of await tracker.changed({ since, now })) {
    const { incident, number } = issue.mark;
    const state = await incidents.find(incident);
    const known = state === null ? undefined : numbered(state)[number - 1]?.issue;
    if (known === undefined || known.id !== issue.id || known.done === issue.done) continue;
    const { id, done, at } = issue;
    found.push({ incident, told: { type: 'issue-seen', data: { number, id, done, by: await whoSet(tracker, issue), at } } });
  }
  return found;
}
