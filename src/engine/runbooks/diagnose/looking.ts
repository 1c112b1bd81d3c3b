import type { Incident } from '../../../domain/incident/incident.ts';
import { clamp } from '../../../lib/clamp.ts';
import { largest } from '../../../lib/numbers.ts';
import type { RunbookDeps } from '../deps.ts';
import type { Runbook } from '../load/runbook.ts';
import { judge } from './judging.ts';
import { isFelt, type OwnChange, ownChanges, sayChange, targetsOfSteps, withWorkloads } from './own-changes.ts';
import { readDiagnosis } from './steps.ts';

/** What is looked at again: what a remedy was for. */
export interface Matter {
  readonly runbook: string;
  readonly remedy: string;
  readonly incident: string;
  readonly plan: string;
  /** Only what is newer counts, ms. */
  readonly from: number;
}

/** How it is with the matter. `unknown`: nobody could see, or a change of Tocsin's own is what is seen. */
export type Look = { readonly state: 'good' | 'bad' | 'unknown'; readonly summary: string };

/** How it is with what a remedy was for, by what is newer than it and than Tocsin's own changes on the same targets: the findings that suggest it. */
export async function lookAgain(deps: RunbookDeps, matter: Matter): Promise<Look> {
  const runbook: Runbook | null = deps.catalogue.get(matter.runbook);
  if (runbook === null) return { state: 'unknown', summary: `The runbook ${matter.runbook} no longer exists.` };
  const begun = await deps.store.now();
  const own = await ownChangesOn(deps, runbook, matter);
  const newerThan = Math.max(matter.from, largest(own.map(({ endedAt }) => endedAt ?? begun)));
  const results = await readDiagnosis(deps, runbook, Object.keys(runbook.diagnose), matter.incident, {}, newerThan);
  const { findings, unjudged } = judge(runbook, results);
  const isFor = matterOf(runbook, matter.remedy);
  const bad = findings.filter(isFor);
  if (bad.length > 0) {
    // One that began meanwhile counts too.
    const felt = (await ownChangesOn(deps, runbook, matter)).findLast((change) => isFelt(change, begun));
    return felt === undefined
      ? { state: 'bad', summary: clamp(bad.map(({ says }) => says).join(' '), 600) }
      : { state: 'unknown', summary: sayFelt(felt, matter) };
  }
  if (!unjudged.some(isFor)) return { state: 'good', summary: '' };
  const blind = [...results].filter(([, { state }]) => state === 'unknown');
  return {
    state: 'unknown',
    summary: clamp(blind.map(([name, { summary }]) => `${runbook.diagnose[name]?.title ?? name}: ${summary}`).join(' '), 600),
  };
}

/** A later remedy for the same matter that Tocsin watches itself, in whichever incident; `null` when there is none. */
export async function laterRemedy(deps: RunbookDeps, matter: Matter, incident: Incident): Promise<OwnChange | null> {
  const runbook = deps.catalogue.get(matter.runbook);
  const intended = incident.plans[matter.plan]?.intendedAt ?? null;
  if (runbook === null || intended === null) return null;
  const own = await ownChangesOn(deps, runbook, matter);
  const later = own.filter(({ plan }) => plan.runbook === matter.runbook && tells(plan) && (plan.intendedAt ?? 0) > intended);
  return later.at(-1) ?? null;
}

/** Whether its watch goes on, or has told of a return. */
function tells({ watch }: OwnChange['plan']): boolean {
  return watch !== null && watch.outcome !== 'clear' && watch.outcome !== 'unknown';
}

function sayFelt(change: OwnChange, matter: Matter): string {
  const said = sayChange(change, matter.incident);
  return change.endedAt === null ? `${said} changes the same target now.` : `${said} has just changed the same target.`;
}

function ownChangesOn(deps: RunbookDeps, runbook: Runbook, { remedy, plan, from }: Matter): Promise<readonly OwnChange[]> {
  const targets = withWorkloads(deps, runbook.service, targetsOf(deps, runbook, remedy));
  return ownChanges(deps, { service: runbook.service, plan, targets, since: from });
}

/** The targets that the findings of the matter look at. */
function targetsOf(deps: Pick<RunbookDeps, 'actions'>, runbook: Runbook, remedy: string): readonly string[] {
  const findings = runbook.findings.filter(matterOf(runbook, remedy));
  return targetsOfSteps(
    deps,
    runbook,
    findings.flatMap(({ when }) => runbook.needs.of(when).steps),
  );
}

/**
 * Which findings are what a remedy was for: those that suggest it, and those that say the same without suggesting it, because it cannot help this
 * time. Another gap that was there before has not come back. Where none suggests it, those that suggest any.
 */
function matterOf(runbook: Runbook, remedy: string): (finding: { readonly says: string; readonly suggests: readonly string[] }) => boolean {
  const named = runbook.findings.filter(({ suggests }) => suggests.includes(remedy));
  const said = new Set(named.map(({ says }) => says));
  return ({ says, suggests }) => (named.length > 0 ? suggests.includes(remedy) || said.has(says) : suggests.length > 0);
}
