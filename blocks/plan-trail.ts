import { sayRoles } from '../src/domain/change/deciding.ts';
import type { Plan, Watch } from '../src/domain/change/plans.ts';
import { safe } from './outside.ts';
import { isVerifiedFirst } from './plan-standing.ts';
import { consentOf, naming } from './plan-words.ts';
import { clamp, user, when } from './text.ts';

/** How much of what was seen a line shows, in characters. */
const SEEN = 200;

/** Something that happened with a plan, and when (ms). */
interface Entry {
  readonly at: number;
  readonly text: string;
}

const MINUTE = 60_000;

/** How a plan went so far, a line each minute: asked, approved, begun, applied, verified, watched, ended. */
export function planTrail(plan: Plan): readonly string[] {
  const entries = [
    { at: plan.madeAt, text: `asked for by ${user(plan.requester)}` },
    ...plan.approvals.filter((approval) => !isByAsking(plan, approval)).map((approval) => sayApproval(plan, approval)),
    ...(plan.intendedAt === null ? [] : [{ at: plan.intendedAt, text: plan.kind === 'notice' ? 'released' : 'begun' }]),
    ...(plan.appliedAt === null ? [] : [{ at: plan.appliedAt, text: sayApplied(plan) }]),
    ...verified(plan),
    ...(plan.watch === null || plan.watch.outcome === null ? [] : [watched(plan.watch, plan.watch.outcome)]),
    ...ended(plan),
  ];
  const lines = entries.reduce<Entry[]>((said, entry) => {
    const last = said.at(-1);
    if (last === undefined || Math.floor(last.at / MINUTE) !== Math.floor(entry.at / MINUTE)) return [...said, entry];
    return [...said.slice(0, -1), { at: last.at, text: `${last.text}; ${entry.text}` }];
  }, []);
  const watching =
    plan.watch !== null && plan.watch.outcome === null ? [`:eyes: Tocsin watches until ${when(plan.watch.until)} whether it comes back`] : [];
  return [...lines.map(({ at, text }) => `${when(at)}  ${text}`), ...watching];
}

/** Whether the trail names everybody who approved: nobody did by asking. */
export function isInTrail(plan: Plan): boolean {
  return plan.approvals.length > 0 && !plan.approvals.some((approval) => isByAsking(plan, approval));
}

function isByAsking({ requester, madeAt }: Plan, { user: by, at }: Plan['approvals'][number]): boolean {
  return by === requester && at === madeAt;
}

/** Whether all of it was done; while it is being applied, or where it failed, nobody can say so. */
function isWhole({ status }: Plan): boolean {
  return status !== 'applying' && status !== 'failed';
}

function sayApplied(plan: Plan): string {
  if (plan.kind === 'notice') return plan.reason === null ? 'sent' : 'sent in part';
  return isWhole(plan) ? 'applied' : 'applied in part';
}

function sayApproval(plan: Plan, { user: by, roles, at }: Plan['approvals'][number]): Entry {
  return { at, text: `${consentOf(plan).past} by ${user(by)} (${sayRoles(roles)})` };
}

function verified(plan: Plan): readonly Entry[] {
  const { verified: is, verification } = plan;
  if (is === null || verification === null) return [];
  // What was seen stands at the top of the card.
  const seen = verification.says === '' || isVerifiedFirst(plan) ? '' : `: ${naming(safe(clamp(verification.says, SEEN)), plan)}`;
  if (is === 'unknown') return [{ at: verification.at, text: `:grey_question: it could not be verified${seen}` }];
  return [{ at: verification.at, text: `${is ? ':white_check_mark: verified' : ':warning: the effect did not show'}${seen}` }];
}

function watched({ until, endedAt }: Watch, outcome: NonNullable<Watch['outcome']>): Entry {
  return { at: endedAt ?? until, text: WATCHED[outcome] };
}

const WATCHED: Readonly<Record<NonNullable<Watch['outcome']>, string>> = {
  clear: ':white_check_mark: it did not come back',
  again: ':warning: it came back',
  another: ':warning: it fails again, differently',
  still: ':warning: it is still there',
  unknown: ':grey_question: not known whether it came back',
};

function ended(plan: Plan): readonly Entry[] {
  const { status, endedAt } = plan;
  if (endedAt === null || (status !== 'reverted' && status !== 'kept' && status !== 'failed')) return [];
  return [{ at: endedAt, text: endedAs(plan) }];
}

function endedAs({ kind, status, revertAsked: asked }: Plan): string {
  if (status === 'kept') return kind === 'extend' ? 'granted' : 'the current value was kept, by decision';
  return status === 'reverted' && asked !== undefined ? `reverted by ${user(asked.by)}` : status;
}
