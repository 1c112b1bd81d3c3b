import type { ChangeEvent } from '../../../domain/change/events.ts';
import { clamp } from '../../../lib/clamp.ts';
import { plural } from '../../../lib/plural.ts';
import { toIso } from '../../../lib/time.ts';
import type { Run } from '../../../ports/runs.ts';
import { RECURRENCE } from '../../run-kinds.ts';
import type { RunbookDeps } from '../deps.ts';
import type { Runbook } from '../load/runbook.ts';
import { tellChange } from '../remedy/plan-state.ts';
import { readDiagnosis } from './diagnosis.ts';
import { judge } from './judging.ts';

/** After a remedy the world needs a moment until the findings are gone, ms. */
const SETTLES = 30_000;

/** After a remedy's success: looks at the findings for a while and says whether the trouble came back (AU-08). */
export function recurrenceRun(deps: RunbookDeps): Run {
  return RECURRENCE.does(async (run, { incident: id, plan: planId }) => {
    const terms = await run.step('watched', async () => {
      const incident = await deps.incidents.find(id);
      const plan = incident?.plans[planId];
      const runbook = plan === undefined ? null : deps.catalogue.get(plan.runbook);
      const watch = runbook?.remedies[plan?.remedy ?? '']?.watch;
      if (runbook === null || watch === undefined) return null;
      const now = await deps.store.now();
      return {
        runbook: runbook.id,
        remedy: plan?.remedy ?? '',
        every: watch.every,
        rounds: Math.max(1, Math.floor(watch.for / watch.every)),
        from: now,
        until: now + watch.for,
        // What was verified has been good.
        good: plan?.verified === true,
      };
    });
    if (terms === null) return;
    await run.write('watching', async (tx) => {
      await tellChange(deps, tx, id, { type: 'recurrence.watched', data: { plan: planId, until: toIso(terms.until) } });
      return true;
    });
    const looks: Look[] = [];
    for (let round = 1; round <= terms.rounds; round += 1) {
      await run.sleep(`wait:${round}`, round === 1 ? Math.min(terms.every, SETTLES) : terms.every);
      const seen = await run.step(`looked:${round}`, () => look(terms.runbook, terms.remedy, id, terms.from));
      const wasGood = terms.good || looks.some(({ state }) => state === 'good');
      looks.push(seen);
      if (seen.state !== 'bad' || !wasGood) continue;
      await run.write('seen', async (tx) => {
        const data = { plan: planId, summary: seen.summary };
        await tellChange(deps, tx, id, { type: 'recurrence.seen', outcome: 'failed', data });
        return true;
      });
      return;
    }
    await run.write('clear', async (tx) => {
      await tellChange(deps, tx, id, ending(planId, looks));
      return true;
    });
  });

  /** How it is with what the remedy was for, by what is newer than it: the findings that suggest it. */
  async function look(runbookId: string, remedy: string, incident: string, newerThan: number): Promise<Look> {
    const runbook: Runbook | null = deps.catalogue.get(runbookId);
    if (runbook === null) return { state: 'unknown', summary: `The runbook ${runbookId} no longer exists.` };
    const results = await readDiagnosis(deps, runbook, Object.keys(runbook.diagnose), incident, {}, newerThan);
    const { findings, unjudged } = judge(runbook, results);
    const isFor = matterOf(runbook, remedy);
    const bad = findings.filter(isFor);
    if (bad.length > 0) return { state: 'bad', summary: clamp(bad.map(({ says }) => says).join(' '), 600) };
    if (!unjudged.some(isFor)) return { state: 'good', summary: '' };
    const blind = [...results].filter(([, { state }]) => state === 'unknown');
    return {
      state: 'unknown',
      summary: clamp(blind.map(([name, { summary }]) => `${runbook.diagnose[name]?.title ?? name}: ${summary}`).join(' '), 600),
    };
  }
}

type Look = { readonly state: 'good' | 'bad' | 'unknown'; readonly summary: string };

/** What is said at the end of the watch, where it did not come back: it went away, it never did, or nobody could see. */
function ending(plan: string, looks: readonly Look[]): ChangeEvent {
  const checks = plural(looks.length, 'check');
  const last = looks.findLast(({ state }) => state !== 'unknown');
  const blind = looks.filter(({ state }) => state === 'unknown').length;
  if (last === undefined) {
    return { type: 'recurrence.unknown', data: { plan, summary: `${checks} could not tell. ${looks.at(-1)?.summary ?? ''}`.trim() } };
  }
  if (last.state === 'bad') return { type: 'recurrence.seen', outcome: 'failed', data: { plan, summary: last.summary, again: false } };
  const unseen = blind === 0 ? '' : ` ${blind} of them could not tell.`;
  return { type: 'recurrence.clear', data: { plan, summary: `${checks} found no sign of it.${unseen}` } };
}

/**
 * Which findings are what a remedy was for: those that suggest it. Another gap that was there before has not come back. Where none suggests it,
 * those that suggest any.
 */
function matterOf(runbook: Runbook, remedy: string): (finding: { readonly suggests: readonly string[] }) => boolean {
  const named = runbook.findings.some(({ suggests }) => suggests.includes(remedy));
  return ({ suggests }) => (named ? suggests.includes(remedy) : suggests.length > 0);
}
