import type { Plan } from '../../../domain/change/plans.ts';
import { largest } from '../../../lib/numbers.ts';
import { sayMoment } from '../../../lib/time.ts';
import type { RunbookDeps } from '../deps.ts';
import type { Runbook } from '../load/runbook.ts';
import type { Finding } from './judging.ts';
import { type OwnChange, ownChanges, sayChange, targetsOfSteps, withWorkloads } from './own-changes.ts';

/** What Tocsin's own changes mean for a diagnosis that begins now. */
export interface Standing {
  /** Changes in force on what the diagnosis looks at, the oldest first. */
  readonly inForce: readonly ChangeInForce[];
  /** When the last lasting remedy of the service was verified, ms; `null` when there was none. */
  readonly mendedAt: number | null;
}

/** A change in force, as far as a diagnosis speaks of it: it is kept in the journal of its run. */
type ChangeInForce = Pick<OwnChange, 'incident' | 'private'> & { readonly plan: Pick<Plan, 'title' | 'runbook' | 'remedy' | 'revertAt' | 'stake'> };

/** Looks for changes of Tocsin's own, in any open incident of the service. */
export async function standingOf(deps: RunbookDeps, runbook: Runbook): Promise<Standing> {
  const targets = withWorkloads(deps, runbook.service, targetsOfSteps(deps, runbook, Object.keys(runbook.diagnose)));
  const own = await ownChanges(deps, { service: runbook.service, plan: '', targets, since: 0 });
  const mended = own.filter(({ plan }) => isLasting(plan)).map(({ plan }) => plan.verification?.at ?? 0);
  const inForce = own.filter(({ plan }) => isInForce(plan)).sort((one, other) => (one.plan.intendedAt ?? 0) - (other.plan.intendedAt ?? 0));
  return { inForce: inForce.map(speakable), mendedAt: mended.length === 0 ? null : largest(mended) };
}

/** What is in force, said before all that it makes look well. */
export function standingFindings({ inForce }: Standing, incident: string | null): readonly Finding[] {
  return inForce.map((change) => {
    const { revertAt, stake } = change.plan;
    const until = revertAt === null ? '' : ` until ${sayMoment(revertAt)}`;
    return { says: `${sayChange(change, incident)} is in force${until}${stake === undefined ? '' : `: ${stake}`}.`, suggests: [] };
  });
}

/** Remedies of a runbook that are in force: to ask for them again changes nothing. One with arguments may be asked for something else. */
export function remediesInForce({ inForce }: Standing, runbook: Runbook): readonly string[] {
  const mine = inForce.filter(({ plan }) => plan.runbook === runbook.id).map(({ plan }) => plan.remedy);
  return mine.filter((name) => Object.keys(runbook.remedies[name]?.arguments ?? {}).length === 0);
}

function speakable({ incident, private: isPrivate, plan }: OwnChange): ChangeInForce {
  const { title, runbook, remedy, revertAt, stake } = plan;
  return { incident, private: isPrivate, plan: { title, runbook, remedy, revertAt, ...(stake === undefined ? {} : { stake }) } };
}

function isInForce({ status, revertAt }: Plan): boolean {
  return status === 'applied' && revertAt !== null;
}

/** It mended something for good: what is in force for a while only bridges its cause. */
function isLasting({ status, risk, verified, revertAt, revert }: Plan): boolean {
  return status === 'applied' && verified === true && risk !== 'emergency' && revert === null && revertAt === null;
}
