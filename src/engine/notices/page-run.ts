import { z } from 'zod';
import type { ChangeEvent } from '../../domain/change/events.ts';
import { whyHeld } from '../../domain/notice/newest.ts';
import type { InputOf, Run, RunContext } from '../../ports/runs.ts';
import { StatusPageError } from '../../ports/status-page.ts';
import { PATIENCE, WAITS } from '../mail/hand-over.ts';
import { NOTICE_PAGE } from '../run-kinds.ts';
import type { NoticeDeps } from './ports.ts';

const outcome = z.object({ state: z.enum(['published', 'failed', 'replaced']), url: z.string().nullable(), error: z.string(), at: z.number() });
type Outcome = z.output<typeof outcome>;

/**
 * Publishes an approved notice on the status page. The page is looked at before it is written to, so a notice whose answer was lost is there once; an older
 * one never comes after a newer one.
 */
export function noticePageRun(deps: NoticeDeps): Run {
  return NOTICE_PAGE.does(async (run, input) => {
    const about = { plan: input.plan, digest: input.digest, place: 'status-page' } as const;
    const tell = (step: string, event: ChangeEvent) => write(deps, run, input.incident, step, event);
    const failed = (error: string, waits: boolean): ChangeEvent => ({ type: 'notice.failed', outcome: 'failed', data: { ...about, error, waits } });
    const replaced = (error: string): ChangeEvent => ({
      type: 'notice.failed',
      outcome: 'failed',
      data: { ...about, error, waits: false, replaced: true },
    });
    const startedAt = await run.step('started', () => deps.store.now());
    let isTold = false;
    for (let round = 0; ; round += 1) {
      const { state, url, error, at } = outcome.parse(await run.step(`publish:${round}`, () => publish(deps, input)));
      if (state === 'published') {
        const late = isTold ? { late_ms: Math.max(0, at - startedAt) } : {};
        return tell('published', { type: 'notice.published', data: { ...about, ...(url === null ? {} : { url }), ...late } });
      }
      if (state === 'replaced') return tell('replaced', replaced(error));
      if (at - startedAt >= PATIENCE) return tell('given-up', failed(error, false));
      if (!isTold) await tell('waits', failed(error, true));
      isTold = true;
      await run.sleep(`wait:${round}`, WAITS[Math.min(round, WAITS.length - 1)] ?? 0);
    }
  });
}

async function write({ incidents }: NoticeDeps, run: RunContext, id: string, step: string, event: ChangeEvent): Promise<void> {
  await run.write(step, async (tx) => {
    await incidents.tell(tx, id, { type: 'change', event });
    return true;
  });
}

async function publish({ incidents, store, pageOf }: NoticeDeps, { incident: id, plan: planId }: InputOf<typeof NOTICE_PAGE>): Promise<Outcome> {
  const incident = await incidents.find(id);
  const at = await store.now();
  const plan = incident?.plans[planId];
  if (incident === null || plan?.notice === undefined) return { state: 'replaced', url: null, error: 'it is no longer known', at };
  const held = whyHeld(incident, planId, 'status-page');
  if (held !== null) return { state: 'replaced', url: null, error: held, at };
  try {
    const page = pageOf(incident.service);
    if (page === null) throw new StatusPageError('refused', 'no status page is configured any more (notices.status_page)');
    const { subject, text, status, state } = plan.notice;
    const { url } = await page.publish({ incident: id, notice: planId, subject, text, status, state, at: plan.intendedAt ?? at });
    return { state: 'published', url, error: '', at: await store.now() };
  } catch (error) {
    if (error instanceof StatusPageError) return { state: 'failed', url: null, error: error.message, at: await store.now() };
    throw error;
  }
}
