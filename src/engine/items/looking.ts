import { numbered } from '../../domain/incident/follow-ups.ts';
import type { ItemTold } from '../../domain/incident/tracking.ts';
import { addAll } from '../../lib/add-all.ts';
import type { Run } from '../../ports/runs.ts';
import type { StoreTx } from '../../ports/store.ts';
import { type Changes, type TrackedIssue, type Tracker, TrackerError } from '../../ports/tracker.ts';
import { ITEMS_LOOK } from '../run-kinds.ts';
import { sleepUntil } from '../until.ts';
import type { ItemsDeps } from './ports.ts';

/** What is looked at twice (ms): clocks differ, and an index may be late. */
const OVERLAP = 5 * 60_000;
/** How far back (ms) it is looked where nobody has looked before. */
const FIRST = 7 * 24 * 3_600_000;
/** So many issues of one place that are not understood are remembered as told. */
const MOST_ODD = 200;

export interface LookingDeps extends Pick<ItemsDeps, 'store' | 'incidents'> {
  /** Every place where items become issues, once. Those that cannot be used as they are configured are left out. */
  readonly trackers: () => readonly Tracker[];
  /** How often it is looked, ms. */
  readonly every: number;
  readonly onError: (error: TrackerError, place: string) => void;
  /** Issues there that cannot be understood, each told once: by what people call them. */
  readonly onOdd: (issues: readonly string[], place: string) => void;
}

interface Seen {
  readonly incident: string;
  readonly told: Extract<ItemTold, { type: 'issue-seen' }>;
}

/** Looks at its time which issues were closed or reopened where work is tracked: where no webhook tells it, or one was lost. */
export function itemsLookRun(deps: LookingDeps): Run {
  return ITEMS_LOOK.does(async (run, { at, since, odd }) => {
    await sleepUntil(run, deps.store, at);
    await run.writeAfter(
      'look',
      () => lookAround(deps, { since, odd }),
      async (tx, { seen, next }) => {
        for (const { incident, told } of seen) await deps.incidents.tell(tx, incident, told);
        await startLooking(tx, deps, next);
        return true;
      },
    );
  });
}

/** What was looked at before, for each place: up to when (ms), and which issues were told as not understood. */
interface Known {
  readonly since: Readonly<Record<string, number>>;
  readonly odd: Readonly<Record<string, readonly string[]>>;
}

/** Starts the next look, once, whoever asks. */
export async function startLooking(
  tx: StoreTx,
  { trackers, every }: Pick<LookingDeps, 'trackers' | 'every'>,
  { since, odd }: Known = { since: {}, odd: {} },
): Promise<void> {
  if (trackers().length === 0) return;
  const at = (Math.floor((await tx.now()) / every) + 1) * every;
  await tx.startRun({
    id: `items-look:${at}`,
    ...ITEMS_LOOK.with({ at, since, odd: Object.fromEntries(Object.entries(odd).map(([place, names]) => [place, [...names]])) }),
  });
}

async function lookAround(deps: LookingDeps, before: Known) {
  const seen: Seen[] = [];
  const since: Record<string, number> = {};
  const odd: Record<string, readonly string[]> = {};
  for (const tracker of deps.trackers()) {
    const { place } = tracker;
    const now = await deps.store.now();
    const from = before.since[place] ?? now - FIRST;
    const told = before.odd[place] ?? [];
    odd[place] = told;
    try {
      const found = await tracker.changed({ since: from, clock: () => deps.store.now() });
      addAll(seen, await newsOf(deps, tracker, found.issues));
      // Where there is more, the next look goes on from there.
      since[place] = Math.min(found.through ?? now, now - OVERLAP);
      const untold = [...new Set(found.odd)].filter((name) => !told.includes(name));
      if (untold.length > 0) deps.onOdd(untold, place);
      odd[place] = [...told, ...untold].slice(-MOST_ODD);
    } catch (error) {
      if (!(error instanceof TrackerError)) throw error;
      deps.onError(error, place);
      since[place] = from;
    }
  }
  return { seen, next: { since, odd } };
}

/** Who closed or reopened an issue. Where that may not be read, what they did counts all the same: one issue keeps no other from being seen. */
async function whoSet(tracker: Tracker, issue: TrackedIssue): Promise<string | null> {
  try {
    return await tracker.setBy(issue);
  } catch (error) {
    if (error instanceof TrackerError && (error.reason === 'refused' || error.reason === 'gone' || error.reason === 'odd')) return null;
    throw error;
  }
}

/** Issues that are otherwise than was known. */
async function newsOf({ incidents }: LookingDeps, tracker: Tracker, issues: Changes['issues']): Promise<readonly Seen[]> {
  const found: Seen[] = [];
  for (const issue of new Map(issues.map((one) => [one.id, one])).values()) {
    const { incident, number } = issue.mark;
    const state = await incidents.find(incident);
    const known = state === null ? undefined : numbered(state)[number - 1]?.issue;
    if (known === undefined || known.id !== issue.id || known.done === issue.done) continue;
    const { id, done, at } = issue;
    found.push({ incident, told: { type: 'issue-seen', data: { number, id, done, by: await whoSet(tracker, issue), at } } });
  }
  return found;
}
