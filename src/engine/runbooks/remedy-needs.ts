import { type Check, causesOf } from '../../domain/checks.ts';
import { UserError } from '../../domain/errors.ts';
import type { Runbook } from './runbook.ts';
import { createLooker, type LookDeps, type Looker } from './step-check.ts';
import { diagnosisStep, remedySteps } from './steps.ts';

/** What was looked at of a remedy besides its steps. */
export interface AroundCheck {
  readonly step: string;
  readonly uses: string;
  readonly checks: readonly Check[];
}

/** What a remedy needs besides its steps: that its evidence can be read and kept, and the guard that reverts it without the bot. */
export async function lookAround(looker: Looker, runbook: Runbook, name: string): Promise<readonly AroundCheck[]> {
  const remedy = runbook.remedies[name];
  if (remedy === undefined) return [];
  // There is no evidence of what is not there, and the plan says so.
  const captured = remedy.capture.flatMap((name) => diagnosisStep(runbook, name) ?? []).map((step) => ({ ...step, optional: true }));
  const guarded = remedy.revert === undefined ? [] : remedySteps(runbook, name);
  const [evidence, guards] = await Promise.all([
    Promise.all([...(remedy.risk === 'safe' ? [] : [looker.evidence()]), ...captured.map((step) => looker.step(step, 'needs'))]),
    Promise.all(guarded.map((step) => looker.guard(step))),
  ]);
  const found = [
    { step: `${name}, evidence`, uses: 'evidence', checks: evidence.flat() },
    { step: `${name}, guard`, uses: 'guard', checks: guards.flat() },
  ];
  return found.filter(({ checks }) => checks.length > 0);
}

/**
 * Refuses a plan whose remedy could not be carried out once it is approved: a target, a right, the evidence or the guard is missing. The
 * state of the world is not judged: that is what the remedy is for.
 * @throws UserError `plan-needs`
 */
export async function assertWorkable(deps: LookDeps, runbook: Runbook, name: string, given: Readonly<Record<string, string>>): Promise<void> {
  const looker = createLooker(deps, runbook.service);
  const steps = remedySteps(runbook, name, given).map(async (step) => ({ step: step.name, checks: await looker.step(step, 'needs') }));
  const found = [...(await Promise.all(steps)), ...(await lookAround(looker, runbook, name))];
  const missing = causesOf(found.map(({ step, checks }) => ({ place: step, checks }))).filter(({ state }) => state === 'failure');
  if (missing.length === 0) return;
  const said = missing.map(({ what, advice, places }) => `${places.join('; ')}: ${what}${advice === null ? '' : ` → ${advice}`}`);
  throw new UserError('plan-needs', `It could not be carried out. ${said.join(' ')}`);
}
