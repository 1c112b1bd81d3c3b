import { z } from 'zod';
import { clamp } from '../../domain/clamp.ts';
import type { Json } from '../../domain/record.ts';
import { toIso } from '../../domain/time.ts';
import type { RunContext, RunKind } from '../ports.ts';
import type { RunbookDeps } from './deps.ts';
import { judge, readDiagnosis } from './diagnosis.ts';
import { tellChange } from './plan-state.ts';
import type { Runbook } from './runbook.ts';

const recurrenceInput = z.object({ incident: z.string(), plan: z.string() });
/** After a remedy the world needs a moment until the findings are gone, ms. */
const SETTLES = 30_000;

/** After a remedy's success: looks at the findings for a while and says whether the trouble came back (AU-08). */
export function recurrenceRun(deps: RunbookDeps): RunKind {
  return async function recurrence(run: RunContext, input: Json): Promise<void> {
    const { incident: id, plan: planId } = recurrenceInput.parse(input);
    const terms = await run.step('terms', async () => {
      const incident = await deps.incidents.find(id);
      const plan = incident?.plans[planId];
      const runbook = plan === undefined ? null : deps.catalogue.get(plan.runbook);
      const watch = runbook?.remedies[plan?.remedy ?? '']?.watch;
      if (runbook === null || watch === undefined) return null;
      return {
        runbook: runbook.id,
        every: watch.every,
        rounds: Math.max(1, Math.floor(watch.for / watch.every)),
        until: (await deps.store.now()) + watch.for,
      };
    });
    if (terms === null) return;
    await run.write('watching', async (tx) => {
      await tellChange(deps, tx, id, { type: 'recurrence.watched', data: { plan: planId, until: toIso(terms.until) } });
      return true;
    });
    for (let round = 1; round <= terms.rounds; round += 1) {
      await run.sleep(`wait:${round}`, round === 1 ? Math.min(terms.every, SETTLES) : terms.every);
      const seen = await run.step(`look:${round}`, () => look(terms.runbook, id));
      if (seen === null) continue;
      await run.write('seen', async (tx) => {
        await tellChange(deps, tx, id, { type: 'recurrence.seen', outcome: 'failed', data: { plan: planId, summary: seen } });
        return true;
      });
      return;
    }
    await run.write('clear', async (tx) => {
      await tellChange(deps, tx, id, {
        type: 'recurrence.clear',
        data: { plan: planId, summary: `Looked ${terms.rounds} times: nothing of it came back.` },
      });
      return true;
    });
  };

  /** The findings that suggest a remedy, in words; `null` while there are none. */
  async function look(runbookId: string, incident: string): Promise<string | null> {
    const runbook: Runbook | null = deps.catalogue.get(runbookId);
    if (runbook === null) return null;
    const { findings } = judge(runbook, await readDiagnosis(deps, runbook, Object.keys(runbook.diagnose), incident));
    const bad = findings.filter(({ suggests }) => suggests.length > 0);
    return bad.length === 0 ? null : clamp(bad.map(({ says }) => says).join(' '), 600);
  }
}
