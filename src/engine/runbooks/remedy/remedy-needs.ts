import { type Check, causesOf } from '../../../domain/checks.ts';
import { UserError } from '../../../domain/errors.ts';
import type { Runbook } from '../load/runbook.ts';
import { diagnosisStep, remedySteps } from '../load/steps.ts';
import { createLooker, type LookDeps, type Looker } from '../preflight/step-check.ts';

/** What stands for the evidence store in the place of an action. */
const STORE = 'evidence-store';

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
  const [store, evidence, guards] = await Promise.all([
    remedy.risk === 'safe' ? [] : looker.evidence(),
    Promise.all(captured.map((step) => looker.step(step, 'needs'))),
    Promise.all(guarded.map((step) => looker.guard(step))),
  ]);
  const found = [
    { step: `${name}, evidence store`, uses: STORE, checks: store },
    { step: `${name}, evidence`, uses: 'evidence', checks: evidence.flat() },
    { step: `${name}, guard`, uses: 'guard', checks: guards.flat() },
  ];
  return found.filter(({ checks }) => checks.length > 0);
}

/**
 * Refuses a plan whose remedy could not be carried out once it is approved: a target, a right or the guard is missing. The state of the world
 * is not judged: that is what the remedy is for. Returns what is not certain of its evidence and its guard, in words.
 * @throws UserError `plan-needs`
 */
export async function assertWorkable(
  deps: LookDeps,
  runbook: Runbook,
  name: string,
  given: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const looker = createLooker(deps, runbook.service);
  const steps = remedySteps(runbook, name, given).map(async (step) => ({ step: step.name, checks: await looker.step(step, 'needs') }));
  const around = await lookAround(looker, runbook, name);
  // A remedy waits for the evidence store before it changes anything: its being away for now refuses none.
  const needed = [...(await Promise.all(steps)), ...around.filter(({ uses }) => uses !== STORE)];
  const missing = causes(needed).filter(({ state }) => state === 'failure');
  if (missing.length > 0) {
    const said = missing.map(({ what, advice, places }) => `${places.join('; ')}: ${what}${advice === null ? '' : ` → ${advice}`}`);
    throw new UserError('plan-needs', `It could not be carried out. ${said.join(' ')}`);
  }
  // Of what is captured, the plan says by itself what there is none of.
  return causes(around.filter(({ uses }) => uses !== 'evidence')).map(({ what }) => `Not certain: ${what}`);
}

function causes(found: readonly { readonly step: string; readonly checks: readonly Check[] }[]) {
  return causesOf(found.map(({ step, checks }) => ({ place: step, checks })));
}
