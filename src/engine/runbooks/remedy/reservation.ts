import { RetryLater } from '../../../ports/queue.ts';
import type { RunbookDeps } from '../deps.ts';
import type { PlanDocument } from './plan-document.ts';

/** How long (ms) targets stay reserved without a sign of life. */
const RESERVED = 5 * 60_000;

type Deps = Pick<RunbookDeps, 'leases' | 'actions'>;

/**
 * One remedy at a time on a target (ADR 7). The holder, a run, keeps it over a restart.
 * @throws RetryLater while another remedy has one of them
 */
export async function reserve(deps: Deps, holder: string, service: string, document: PlanDocument): Promise<boolean> {
  const held: string[] = [];
  for (const name of leasesOf(deps, service, document)) {
    if (await deps.leases.acquire(name, holder, RESERVED)) {
      held.push(name);
      continue;
    }
    for (const other of held) await deps.leases.release(other, holder);
    throw new RetryLater(1_000);
  }
  return true;
}

/** Gives the targets free. What fails here ends by itself. */
export async function release(deps: Deps, holder: string, service: string, document: PlanDocument): Promise<void> {
  for (const name of leasesOf(deps, service, document)) await deps.leases.release(name, holder).catch(() => undefined);
}

/** In one order for everybody, so that two remedies never wait for each other. */
function leasesOf(deps: Deps, service: string, document: PlanDocument): string[] {
  return targetsIn(deps, document).map((target) => `target:${service}/${target}`);
}

/** The targets that a plan's steps name, each once, sorted. */
export function targetsIn(deps: Pick<Deps, 'actions'>, { steps }: Pick<PlanDocument, 'steps'>): string[] {
  const targets = steps.flatMap((step) => {
    const action = deps.actions.get(step.uses);
    const input = action?.input.safeParse(step.input);
    return action !== undefined && input?.success === true ? action.targets(input.data) : [];
  });
  return [...new Set(targets)].sort();
}
