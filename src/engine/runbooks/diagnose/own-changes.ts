import type { Plan } from '../../../domain/change/plans.ts';
import type { Incident } from '../../../domain/incident/incident.ts';
import type { TargetKind } from '../../../ports/targets.ts';
import type { RunbookDeps, StepContext } from '../deps.ts';
import { needsOf } from '../load/needs.ts';
import type { Runbook } from '../load/runbook.ts';
import { diagnosisStep, parsable } from '../load/steps.ts';
import { readPlan } from '../remedy/applying.ts';
import { targetsIn } from '../remedy/reservation.ts';

/** After a change the world needs a moment until what it did to pods is over, ms. */
export const SETTLES = 30_000;

/** Kinds of targets that name the workload behind them. */
const POINTING = ['volume', 'http', 'postgres', 'redis', 'secret'] as const satisfies readonly TargetKind[];

/** A change of Tocsin's own on the same targets. */
export interface OwnChange {
  readonly incident: string;
  /** Whether that incident is private: elsewhere nothing that is said names it, or what was done in it. */
  readonly private: boolean;
  readonly plan: Plan;
  /** When it ended, ms; `null` while it is carried out, verified or put back. */
  readonly endedAt: number | null;
}

/** What a sentence needs to name a change. */
type Named = Pick<OwnChange, 'incident' | 'private'> & { readonly plan: Pick<Plan, 'title'> };

/** What changes are looked for: those of other plans than this one, on these targets. */
export interface Ground {
  readonly service: string;
  readonly plan: string;
  readonly targets: ReadonlySet<string>;
  /** Changes that were over before this moment (ms) are left out. */
  readonly since: number;
}

/** Changes of any incident of the service on these targets, the newest end last. What cannot be read counts as one of them. */
export async function ownChanges(deps: RunbookDeps, ground: Ground): Promise<readonly OwnChange[]> {
  const context = lookingContext(deps, ground.service);
  const found: OwnChange[] = [];
  for (const incident of await deps.incidents.list({ service: ground.service, closed: false, drills: true })) {
    for (const plan of Object.values(incident.plans)) {
      if (plan.id === ground.plan || !hasBegun(plan) || (endOf(plan) ?? ground.since) < ground.since) continue;
      if (await meets(deps, context, ground.targets, incident, plan))
        found.push({ incident: incident.id, private: incident.private, plan, endedAt: endOf(plan) });
    }
  }
  return found.sort((one, other) => (one.endedAt ?? Number.POSITIVE_INFINITY) - (other.endedAt ?? Number.POSITIVE_INFINITY));
}

/** `“Restart” of INC-2026-0007`, as the beginning of a sentence in the incident `here`; without the incident where it is the same. */
export function sayChange({ incident, private: isPrivate, plan }: Named, here: string | null): string {
  if (incident === here) return `“${plan.title}”`;
  return isPrivate ? 'A change of another incident, which is private,' : `“${plan.title}” of ${incident}`;
}

/** Whether a change may still be seen in the world at a moment. */
export function isFelt({ endedAt }: OwnChange, at: number): boolean {
  return endedAt === null || at < endedAt + SETTLES;
}

/** Names of targets with the workloads behind them: two names of one workload meet. */
export function withWorkloads(deps: Pick<RunbookDeps, 'context'>, service: string, names: readonly string[]): ReadonlySet<string> {
  const context = lookingContext(deps, service);
  return new Set(names.flatMap((name) => [name, ...workloadsOf(context, name)]));
}

/** The targets that diagnosis steps look at, and those of the steps that they need. */
export function targetsOfSteps(deps: Pick<RunbookDeps, 'actions'>, runbook: Runbook, names: readonly string[]): readonly string[] {
  const steps = new Set(names);
  // A set is walked to its end, with what is added on the way.
  for (const name of steps) for (const needed of needsOf(runbook.diagnose[name]?.with ?? {}, runbook.needs)) steps.add(needed);
  return [...steps].flatMap((name) => {
    const step = diagnosisStep(runbook, name);
    const action = step === null ? undefined : deps.actions.get(step.uses);
    const given = step === null || action === undefined ? null : parsable(action, step.input);
    return action === undefined || given === null ? [] : action.targets(given.data);
  });
}

function hasBegun({ kind, intendedAt }: Plan): boolean {
  return kind === 'change' && intendedAt !== null;
}

/** When the last of what a plan does was over: applied and verified, or put back. */
function endOf({ status, intendedAt, appliedAt, verification, endedAt }: Plan): number | null {
  if (status === 'applying' || status === 'reverting') return null;
  return Math.max(intendedAt ?? 0, appliedAt ?? 0, verification?.at ?? 0, endedAt ?? 0);
}

async function meets(deps: RunbookDeps, context: StepContext, targets: ReadonlySet<string>, incident: Incident, plan: Plan): Promise<boolean> {
  try {
    const names = targetsIn(deps, await readPlan(deps, incident, plan));
    return names.some((name) => targets.has(name) || workloadsOf(context, name).some((one) => targets.has(one)));
  } catch {
    return true;
  }
}

function workloadsOf(context: StepContext, name: string): readonly string[] {
  return POINTING.flatMap((kind) => {
    try {
      const target = context.target(name, kind);
      if ('workloads' in target) return target.workloads;
      const place = 'postgres' in target ? target.postgres : 'redis' in target ? target.redis : target;
      if ('workload' in place && place.workload !== undefined) return [place.workload];
      return 'from' in place && place.from !== undefined ? [place.from] : [];
    } catch {
      return [];
    }
  });
}

function lookingContext(deps: Pick<RunbookDeps, 'context'>, service: string): StepContext {
  return deps.context({ service, incident: null, signal: new AbortController().signal });
}
