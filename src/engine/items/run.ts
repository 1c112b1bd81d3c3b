import { z } from 'zod';
import { numbered } from '../../domain/incident/follow-ups.ts';
import { type ItemTold, isTracked } from '../../domain/incident/tracking.ts';
import { ISSUE_ACTIONS, TRACKERS } from '../../domain/records/data/tracking.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Run, RunContext } from '../../ports/runs.ts';
import { ITEM } from '../run-kinds.ts';
import { FOR_EVER } from '../until.ts';
import { carryOut, outcome } from './carrying-out.ts';
import type { ItemsDeps } from './ports.ts';

/** Waits (ms) between the tries; the last one is repeated. */
const WAITS: readonly number[] = [1, 5, 15, 60].map((minutes) => minutes * 60_000);
/** How long (ms) one thing is tried: work waits days for somebody to give a permission, where a page would not. */
const PATIENCE = 7 * 24 * 3_600_000;

const dueSchema = z.object({ turn: z.number(), what: z.enum([...ISSUE_ACTIONS, 'nothing']), tracker: z.enum(TRACKERS).nullable(), at: z.number() });
/** What is to be done with the item's issue now; `turn`: how often the item was done and opened again by then. */
type Due = z.output<typeof dueSchema>;

export interface Work extends ItemsDeps {
  readonly run: RunContext;
  readonly id: string;
  readonly number: number;
}

/** What an item's issue has behind it. */
interface Progress {
  /** The turn whose work was given up. */
  givenUp: number;
  /** Since when (ms) this is tried and how often it failed; what it is, by its turn and what is done. */
  since: number;
  fails: number;
  trying: string;
  /** The room was told that it waits. */
  told: boolean;
}

/**
 * The issue of one action item: created once, and closed or reopened as the item is. An issue is looked for before it is created, so that a lost answer or
 * a death in between makes no second one.
 */
export function itemRun(deps: ItemsDeps): Run {
  return ITEM.does(async (run, { incident: id, number }) => {
    const work: Work = { ...deps, run, id, number };
    const progress: Progress = { givenUp: -1, since: 0, fails: 0, trying: '', told: false };
    for (let round = 0; ; round += 1) {
      const due = dueSchema.nullable().parse(await run.step(`look:${round}`, () => look(work)));
      if (due === null) return;
      if (due.what === 'nothing' || due.tracker === null || due.turn === progress.givenUp) {
        if ((await run.signal(`turn:${due.turn + 1}`, FOR_EVER)) === null) return;
      } else await deal(work, progress, { ...due, what: due.what, tracker: due.tracker }, round);
    }
  });
}

/** What is to be done; `null` where nothing ever is again. */
async function look({ incidents, kindOf, store, id, number }: Work): Promise<Due | null> {
  const incident = await incidents.find(id);
  if (incident === null) throw new RetryLater(1_000);
  const item = numbered(incident)[number - 1];
  if (item === undefined || item.issue?.lost === true) return null;
  const { issue, done, turns: turn = 0 } = item;
  const kind = kindOf(incident.service);
  const nothing: Due = { turn, what: 'nothing', tracker: kind, at: await store.now() };
  if (kind === null || (issue !== undefined && issue.tracker !== kind)) return nothing;
  if (issue === undefined) return done === undefined && isTracked(incident) ? { ...nothing, what: 'create' } : nothing;
  if (issue.done === (done !== undefined)) return nothing;
  return { ...nothing, what: issue.done ? 'reopen' : 'close' };
}

/** Tries one thing once, and waits where it failed. */
async function deal(
  work: Work,
  progress: Progress,
  due: Due & { what: (typeof ISSUE_ACTIONS)[number]; tracker: (typeof TRACKERS)[number] },
  round: number,
) {
  const { run, number } = work;
  const { what, tracker, turn, at } = due;
  if (progress.trying !== `${turn}:${what}`) Object.assign(progress, { trying: `${turn}:${what}`, since: at, fails: 0 });
  const tried = outcome.parse(await run.step(`do:${round}`, () => carryOut(work, what, at)));
  if (tried.state === 'done') {
    progress.told = false;
    await tell(work, `done:${round}`, toldOf(work, what, tracker, tried));
    return;
  }
  if (tried.state === 'gone') {
    await tell(work, `lost:${round}`, [{ type: 'item-lost', data: { number, tracker, key: tried.key } }]);
    return;
  }
  const failed = { number, tracker, action: what, error: tried.error };
  if (tried.at - progress.since >= PATIENCE) {
    progress.givenUp = turn;
    await tell(work, `given-up:${round}`, [{ type: 'item-unsynced', data: { ...failed, waits: false } }]);
    return;
  }
  if (!progress.told) await tell(work, `waits:${round}`, [{ type: 'item-unsynced', data: { ...failed, waits: true } }]);
  progress.told = true;
  await run.sleep(`wait:${round}`, Math.max(WAITS[Math.min(progress.fails, WAITS.length - 1)] ?? 0, tried.waitMs ?? 0));
  progress.fails += 1;
}

function toldOf(
  { number }: Work,
  what: (typeof ISSUE_ACTIONS)[number],
  tracker: (typeof TRACKERS)[number],
  { issue, found }: Extract<z.output<typeof outcome>, { state: 'done' }>,
): readonly ItemTold[] {
  const { id, key, url, done, at } = issue;
  if (what !== 'create') return [{ type: 'item-synced', data: { number, tracker, key, done, at } }];
  const exported: ItemTold = { type: 'item-exported', data: { number, tracker, id, key, url, at, ...(found ? { found } : {}) } };
  // Somebody may have closed it before it was found.
  return found && done ? [exported, { type: 'issue-seen', data: { number, id, done, by: null, at } }] : [exported];
}

async function tell({ incidents, run, id }: Work, step: string, told: readonly ItemTold[]): Promise<void> {
  await run.write(step, async (tx) => {
    for (const one of told) await incidents.tell(tx, id, one);
    return true;
  });
}
