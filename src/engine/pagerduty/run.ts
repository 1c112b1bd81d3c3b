import { z } from 'zod';
import type { IncidentRecord } from '../../domain/incident/events.ts';
import { type PagerDutyTold, pageKey } from '../../domain/incident/pagerduty.ts';
import { asJson, readBack } from '../../domain/json.ts';
import { PAGERDUTY_ACTIONS, PAGERDUTY_CAUSES } from '../../domain/records/data/pagerduty.ts';
import { sha256 } from '../../lib/hash.ts';
import { PagerDutyError, type PagerDutyEvent } from '../../ports/pagerduty.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Run, RunContext } from '../../ports/runs.ts';
import { PATIENCE } from '../mail/hand-over.ts';
import { PAGERDUTY } from '../run-kinds.ts';
import { FOR_EVER } from '../until.ts';
import type { PagerDutyDeps } from './ports.ts';

/** Waits (ms) between the tries of one event; the last one is repeated. */
const WAITS: readonly number[] = [10, 20, 30, 60, 120, 300, 900].map((seconds) => seconds * 1_000);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const outcome = z.object({ state: z.enum(['taken', 'not']), error: z.string(), at: z.number(), waitMs: z.number().nullable() });
type Outcome = z.output<typeof outcome>;

/** What the records say of an event: why it is due, and the dedup_key of its page. */
const toldSchema = z.object({ cause: z.enum(PAGERDUTY_CAUSES), reason: z.string().nullable(), key: z.string() });
const dueSchema = z.object({
  nth: z.number(),
  action: z.enum(PAGERDUTY_ACTIONS),
  at: z.number(),
  accepted: z.boolean(),
  ended: z.boolean(),
  /** Missing where the release before looked. */
  told: toldSchema.exactOptional(),
});
/** The newest event that is due. */
type Due = z.output<typeof dueSchema>;

interface Work extends PagerDutyDeps {
  readonly run: RunContext;
  readonly id: string;
  readonly episode: number;
}

/** What one page has behind it. */
interface Progress {
  /** The event that was dealt with last. */
  done: number;
  /** A trigger was sent, whether PagerDuty had it or not. */
  tried: boolean;
  /** Tries of the event that is due, and whether the room was told that it waits. */
  fails: number;
  failing: number;
  told: boolean;
}

/**
 * One page, from its trigger to its end: one event at a time, and always the newest one, so that nobody is paged for what is over. Each is sent until
 * PagerDuty takes it; the dedup_key makes a repeat harmless, also after a lost answer or a death in between.
 */
export function pagerDutyRun(deps: PagerDutyDeps): Run {
  return PAGERDUTY.does(async (run, { incident: id, episode }) => {
    const work: Work = { ...deps, run, id, episode };
    const progress: Progress = { done: episode - 1, tried: false, fails: 0, failing: 0, told: false };
    for (let round = 0; ; round += 1) {
      const due = dueSchema.nullable().parse(await run.step(`look:${round}`, () => look(work)));
      if (due === null || due.ended) return;
      if (due.nth > progress.done) {
        if (await deal(work, progress, due, round)) return;
      } else if ((await run.signal(`due:${progress.done + 1}`, FOR_EVER)) === null) return;
    }
  });
}

/** The newest event of this page; `null` where it is another page by now. */
async function look(work: Work): Promise<Due | null> {
  const { incidents, id, episode } = work;
  const incident = await incidents.find(id);
  if (incident === null) throw new RetryLater(1_000);
  const { pagerduty } = incident;
  if (pagerduty === undefined || pagerduty.episode !== episode) return null;
  const { nth, action, accepted = false, ended = false } = pagerduty;
  const { at, ...told } = await toldOf(work, nth);
  return { nth, action, at: at ?? (await work.store.now()), accepted, ended, told };
}

/** Reads the records once for all that an event needs of them. The dedup_key stays once it was tried, whatever release began the page. `at`: ms. */
async function toldOf(
  { store, id, episode, installation }: Work,
  nth: number,
): Promise<z.output<typeof toldSchema> & { readonly at: number | null }> {
  const records = (await store.records(id)) as IncidentRecord[];
  const due = records.filter((record) => record.type === 'pagerduty.due').findLast(({ data }) => data.nth === nth);
  const tried = records
    .filter((record) => record.type === 'pagerduty.sent' || record.type === 'pagerduty.failed')
    .findLast(({ data }) => data.nth >= episode);
  return {
    at: due === undefined ? null : Date.parse(due.time),
    cause: due?.data.cause ?? 'declared',
    reason: due?.data.reason ?? null,
    key: tried?.data.key ?? pageKey(id, await installation()),
  };
}

/** Tries one event once. True when the page is over by that. */
async function deal(work: Work, progress: Progress, due: Due, round: number): Promise<boolean> {
  const { run } = work;
  const { action, nth } = due;
  if (progress.failing !== nth) Object.assign(progress, { failing: nth, fails: 0 });
  if (action !== 'trigger' && !progress.tried && !due.accepted) {
    progress.done = nth;
    return tell(work, `dropped:${round}`, { type: 'pagerduty-dropped', data: { action, nth } });
  }
  progress.tried = true;
  const { event, digest } = readBack<Prepared>(await run.step(`event:${round}`, async () => asJson(await prepare(work, due))));
  const tried = outcome.parse(await run.step(`send:${round}`, () => send(work, event)));
  if (tried.state === 'taken') {
    const late = progress.told ? { late_ms: Math.max(0, tried.at - due.at) } : {};
    Object.assign(progress, { done: nth, told: false });
    return tell(work, `sent:${round}`, { type: 'pagerduty-sent', data: { action, nth, key: event.key, digest, ...late } });
  }
  const failed = { action, nth, key: event.key, error: tried.error };
  if (tried.at - due.at >= PATIENCE) {
    progress.done = nth;
    return tell(work, `given-up:${round}`, { type: 'pagerduty-failed', data: { ...failed, waits: false } });
  }
  if (!progress.told) await tell(work, `waits:${round}`, { type: 'pagerduty-failed', data: { ...failed, waits: true } });
  progress.told = true;
  await run.sleep(`wait:${round}`, waitOf(action, progress.fails, tried.waitMs ?? 0, tried.at - due.at));
  progress.fails += 1;
  return false;
}

/** How long (ms) until the next try. Somebody is to be called: in the first hour a trigger is tried each minute, whatever PagerDuty would like. */
function waitOf(action: Due['action'], fails: number, askedMs: number, sinceMs: number): number {
  const usual = WAITS[Math.min(fails, WAITS.length - 1)] ?? 0;
  if (action !== 'trigger' || sinceMs >= HOUR) return Math.max(usual, askedMs);
  return Math.max(Math.min(usual, MINUTE), Math.min(askedMs, 5 * MINUTE));
}

/** An event as it is sent. */
interface Prepared {
  readonly event: PagerDutyEvent;
  readonly digest: string;
}

/** The event as the incident is by now. */
async function prepare(work: Work, { action, nth, told }: Due): Promise<Prepared> {
  const incident = await work.incidents.find(work.id);
  if (incident === null) throw new RetryLater(1_000);
  const { cause, reason, key } = told ?? (await toldOf(work, nth));
  const room = work.roomOf(incident);
  const written = work.write({ incident, cause, reason, room });
  const page = action === 'trigger' ? { ...written, at: incident.milestones.declared, room: incident.private ? null : room } : null;
  const event: PagerDutyEvent = { action, key, page };
  return { event, digest: sha256(Buffer.from(JSON.stringify(event))) };
}

async function send({ pagerduty, termsOf, store, incidents, id }: Work, event: PagerDutyEvent): Promise<Outcome> {
  const terms = termsOf((await incidents.find(id))?.service ?? '');
  try {
    if (terms === null) throw new PagerDutyError('refused', 'the service has no pagerduty in tocsin.yml any more');
    if (terms.key === null) throw new PagerDutyError('refused', `${terms.variable} is not set. Set it to the integration key and restart Tocsin`);
    await pagerduty.send(terms.key, event);
    return { state: 'taken', error: '', at: await store.now(), waitMs: null };
  } catch (error) {
    if (!(error instanceof PagerDutyError)) throw error;
    const { reason, message, retryAfterMs } = error;
    const isKey = reason === 'refused' && terms?.key != null;
    const advice = isKey ? `. Set ${terms.variable} to the integration key of an Events API v2 integration and restart Tocsin` : '';
    return { state: 'not', error: `${message}${advice}`, at: await store.now(), waitMs: retryAfterMs };
  }
}

/** Records what came of it. True when the page is over by that. */
async function tell({ incidents, run, id, episode }: Work, step: string, told: PagerDutyTold): Promise<boolean> {
  return run.write(step, async (tx) => {
    const change = await incidents.tell(tx, id, told);
    const state = change?.incident.pagerduty;
    return state?.episode !== episode || state.ended === true;
  });
}
