import type { ChangeEvent } from '../../../domain/change/events.ts';
import type { Incident } from '../../../domain/incident/incident.ts';
import { plural } from '../../../lib/plural.ts';
import { toIso } from '../../../lib/time.ts';
import type { Run, RunContext } from '../../../ports/runs.ts';
import { RECURRENCE } from '../../run-kinds.ts';
import type { RunbookDeps } from '../deps.ts';
import { incidentIn, tellChange } from '../remedy/plan-state.ts';
import { type Look, laterRemedy, lookAgain, type Matter } from './looking.ts';
import { SETTLES, sayChange } from './own-changes.ts';

/** After a revert: how often it is looked, and how long (ms) between two looks. Pods that the revert replaces need that long. */
const LOOKS_AFTER_REVERT = 6;
const BETWEEN_AFTER_REVERT = 60_000;

/** What a round found: how it is, that the watch is over, or that another watch has taken it over. */
type Round = Look | { readonly state: 'over' } | { readonly state: 'taken-over'; readonly summary: string };

/**
 * After a remedy's success: looks at the findings for a while and says whether the trouble came back (AU-08). After a revert: looks whether the
 * cause is still there.
 */
export function recurrenceRun(deps: RunbookDeps): Run {
  return RECURRENCE.does(async (run, { incident, plan, after }) =>
    after === 'revert' ? afterRevert(run, incident, plan) : watch(run, incident, plan),
  );

  async function watch(run: RunContext, id: string, planId: string): Promise<void> {
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
    await tell(run, 'watching', id, { type: 'recurrence.watched', data: { plan: planId, until: toIso(terms.until) } });
    const matter: Matter = { runbook: terms.runbook, remedy: terms.remedy, incident: id, plan: planId, from: terms.from };
    const looks: Look[] = [];
    for (let round = 1; round <= terms.rounds; round += 1) {
      // By the clock and not one after the other: what a look takes puts off none of the others, and not the end.
      const due = terms.from + Math.min(terms.every, SETTLES) + (round - 1) * terms.every;
      const left = await run.step(`left:${round}`, async () => Math.max(0, due - (await deps.store.now())));
      await run.sleep(`wait:${round}`, left);
      const found: Round = await run.step(`looked:${round}`, () => lookInTime(matter, terms.until));
      if (found.state === 'over') break;
      if (found.state === 'taken-over') {
        await tell(run, 'clear', id, { type: 'recurrence.unknown', data: { plan: planId, summary: found.summary } });
        return;
      }
      const wasGood = terms.good || looks.some(({ state }) => state === 'good');
      looks.push(found);
      if (found.state !== 'bad' || !wasGood) continue;
      await tell(run, 'seen', id, { type: 'recurrence.seen', outcome: 'failed', data: { plan: planId, summary: found.summary } });
      return;
    }
    await tell(run, 'clear', id, ending(planId, looks));
  }

  /** A look while the watch lasts: it ends with what was promised, with its incident, and when the remedy is put back. */
  async function lookInTime(matter: Matter, until: number): Promise<Round> {
    const incident = await deps.incidents.find(matter.incident);
    const plan = incident?.plans[matter.plan];
    if (incident === null || plan === undefined || isOver(incident) || (await deps.store.now()) > until) return { state: 'over' };
    if (plan.status === 'reverting' || plan.status === 'reverted')
      return { state: 'taken-over', summary: 'It was reverted; a check after that says whether the cause is gone.' };
    const later = await laterRemedy(deps, matter, incident);
    if (later === null) return lookAgain(deps, matter);
    return { state: 'taken-over', summary: `${sayChange(later, matter.incident)} has changed the same target since, and is watched itself.` };
  }

  /** Says once whether the cause is gone: by two looks in a row that agree, for pods come and go just after a revert. */
  async function afterRevert(run: RunContext, id: string, planId: string): Promise<void> {
    const matter = await run.step('reverted', async () => {
      const plan = (await deps.incidents.find(id))?.plans[planId];
      const runbook = plan === undefined ? null : deps.catalogue.get(plan.runbook);
      if (plan === undefined || runbook === null || runbook.findings.length === 0) return null;
      return { runbook: plan.runbook, remedy: plan.remedy, incident: id, plan: planId, from: await deps.store.now() };
    });
    if (matter === null) return;
    let before: Look | null = null;
    for (let round = 1; round <= LOOKS_AFTER_REVERT; round += 1) {
      await run.sleep(`wait:${round}`, round === 1 ? SETTLES : BETWEEN_AFTER_REVERT);
      const seen: Look = await run.step(`looked:${round}`, () => lookAgain(deps, matter));
      if (seen.state !== 'unknown' && seen.state === before?.state) {
        await tell(run, 'told', id, causeAfter(planId, seen));
        return;
      }
      before = seen;
    }
    await tell(
      run,
      'told',
      id,
      causeAfter(planId, { state: 'unknown', summary: before?.state === 'unknown' ? before.summary : 'It comes and goes.' }),
    );
  }

  /** Nobody reads on in an incident that is closed: then an alert, or a new incident, says what is wrong. */
  async function tell(run: RunContext, name: string, id: string, event: ChangeEvent): Promise<void> {
    await run.write(name, async (tx) => {
      const incident = await incidentIn(tx, id);
      if (incident !== null && isOver(incident)) return false;
      await tellChange(deps, tx, id, event);
      return true;
    });
  }
}

function isOver({ status }: Incident): boolean {
  return status === 'closed';
}

function causeAfter(plan: string, { state, summary }: Look): ChangeEvent {
  if (state === 'bad') return { type: 'recurrence.seen', outcome: 'failed', data: { plan, summary, again: false, reverted: true } };
  if (state === 'good') return { type: 'recurrence.clear', data: { plan, summary: 'No check finds it any more.', reverted: true } };
  return { type: 'recurrence.unknown', data: { plan, summary, reverted: true } };
}

/** What is said at the end of the watch, where it did not come back: it went away, it never did, or nobody could see. */
function ending(plan: string, looks: readonly Look[]): ChangeEvent {
  const checks = plural(looks.length, 'check');
  const last = looks.findLast(({ state }) => state !== 'unknown');
  const blind = looks.filter(({ state }) => state === 'unknown').length;
  if (looks.length === 0) return { type: 'recurrence.unknown', data: { plan, summary: 'No check was made in time.' } };
  if (last === undefined) {
    return { type: 'recurrence.unknown', data: { plan, summary: `${checks} could not tell. ${looks.at(-1)?.summary ?? ''}`.trim() } };
  }
  if (last.state === 'bad') return { type: 'recurrence.seen', outcome: 'failed', data: { plan, summary: last.summary, again: false } };
  const unseen = blind === 0 ? '' : ` ${blind} of them could not tell.`;
  return { type: 'recurrence.clear', data: { plan, summary: `${checks} found no sign of it.${unseen}` } };
}
