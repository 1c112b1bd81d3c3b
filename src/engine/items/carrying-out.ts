import { z } from 'zod';
import { numbered } from '../../domain/incident/follow-ups.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import type { IssueAction } from '../../domain/records/data/tracking.ts';
import { RetryLater } from '../../ports/queue.ts';
import { type ItemMark, type Tracker, TrackerError } from '../../ports/tracker.ts';
import type { Work } from './run.ts';

const issueSchema = z.object({ id: z.string(), key: z.string(), url: z.string(), done: z.boolean(), at: z.number() });

/** What came of one try. */
export const outcome = z.discriminatedUnion('state', [
  z.object({ state: z.literal('done'), issue: issueSchema, found: z.boolean() }),
  z.object({ state: z.literal('gone'), key: z.string() }),
  z.object({ state: z.literal('not'), error: z.string(), at: z.number(), waitMs: z.number().nullable() }),
]);
type Outcome = z.output<typeof outcome>;

/** Clocks of machines differ (ms). */
const MARGIN = 10 * 60_000;
/** A try that begins later (ms) than it was meant to is one after a death: another may have got as far as the tracker. */
const AT_ONCE = 2_000;
/** How long (ms) it waits at least where nobody knows what became of it. */
const UNSURE = 60_000;

/** Does one thing with an item's issue. `meantAt`: when it was decided, ms. */
export async function carryOut(work: Work, what: IssueAction, meantAt: number): Promise<Outcome> {
  const { store, incidents, trackerOf, id, number } = work;
  const incident = await incidents.find(id);
  const item = incident === null ? undefined : numbered(incident)[number - 1];
  if (incident === null || item === undefined) throw new RetryLater(1_000);
  try {
    const tracker = trackerOf(incident.service);
    if (what === 'create') return await create(work, incident, tracker, meantAt);
    if (item.issue === undefined) throw new RetryLater(1_000);
    return { state: 'done', issue: await tracker.set(item.issue, what === 'close'), found: false };
  } catch (error) {
    if (!(error instanceof TrackerError)) throw error;
    if (error.reason === 'gone' && item.issue !== undefined) return { state: 'gone', key: item.issue.key };
    const waitMs = Math.max(error.retryAfterMs ?? 0, error.reason === 'unsure' ? UNSURE : 0);
    return { state: 'not', error: error.message, at: await store.now(), waitMs: waitMs === 0 ? null : waitMs };
  }
}

async function create({ store, write, roomOf, number, id }: Work, incident: Incident, tracker: Tracker, meantAt: number): Promise<Outcome> {
  const item = numbered(incident)[number - 1];
  if (item === undefined) throw new RetryLater(1_000);
  const now = await store.now();
  const late = now - meantAt;
  if (late > AT_ONCE && late < tracker.settlesMs) throw new RetryLater(tracker.settlesMs - late);
  const mark: ItemMark = { incident: id, number, record: await recordOf(store, id, number) };
  const found = await tracker.find(mark, { since: item.at - MARGIN, now });
  if (found !== null) return { state: 'done', issue: found, found: true };
  const written = write({ incident, item, room: roomOf(incident) });
  const { priority = null, due = null, owner = null } = item;
  return { state: 'done', issue: await tracker.create({ ...written, mark, priority, due, owner }), found: false };
}

/** The id of the record that added an item. */
async function recordOf(store: Work['store'], id: string, number: number): Promise<string> {
  const added = (await store.records(id)).filter(({ type }) => type === 'follow-up.added')[number - 1];
  if (added === undefined) throw new RetryLater(1_000);
  return added.event_id;
}
