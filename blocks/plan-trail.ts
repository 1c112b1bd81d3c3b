import { sayRoles } from '../src/domain/change/deciding.ts';
import type { Plan, Watch } from '../src/domain/change/plans.ts';
import { safe } from './outside.ts';
import { consentOf, naming } from './plan-words.ts';
import { clamp, user, when } from './text.ts';

/** How much of what was seen a line shows, in characters. */
const SEEN = 200;

/** How a plan went so far, a line each with its time: asked, approved, begun, applied, verified, watched, ended. */
export function planTrail(plan: Plan): readonly string[] {
  return [
    line(plan.madeAt, `asked for by ${user(plan.requester)}`),
    ...plan.approvals
      .filter((approval) => approval.user !== plan.requester || approval.at !== plan.madeAt)
      .map((approval) => sayApproval(plan, approval)),
    ...(plan.intendedAt === null ? [] : [line(plan.intendedAt, 'begun')]),
    ...(plan.appliedAt === null ? [] : [line(plan.appliedAt, isWhole(plan) ? 'applied' : 'applied in part')]),
    ...verified(plan),
    ...(plan.watch === null ? [] : [watched(plan.watch)]),
    ...ended(plan),
  ];
}

/** Whether all of it was done; while it is being applied, or where it failed, nobody can say so. */
function isWhole({ status }: Plan): boolean {
  return status !== 'applying' && status !== 'failed';
}

function sayApproval(plan: Plan, { user: by, roles, at }: Plan['approvals'][number]): string {
  return line(at, `${consentOf(plan).past} by ${user(by)} (${sayRoles(roles)})`);
}

function verified(plan: Plan): readonly string[] {
  const { verified: is, verification } = plan;
  if (is === null || verification === null) return [];
  const seen = verification.says === '' ? '' : `: ${naming(safe(clamp(verification.says, SEEN)), plan)}`;
  if (is === 'unknown') return [line(verification.at, `:grey_question: it could not be verified${seen}`)];
  return [line(verification.at, `${is ? ':white_check_mark: verified' : ':warning: the effect did not show'}${seen}`)];
}

function watched({ until, outcome, endedAt }: Watch): string {
  if (outcome === null) return `:eyes: Tocsin watches until ${when(until)} whether it comes back`;
  return line(endedAt ?? until, WATCHED[outcome]);
}

const WATCHED: Readonly<Record<NonNullable<Watch['outcome']>, string>> = {
  clear: ':white_check_mark: it did not come back',
  again: ':warning: it came back',
  still: ':warning: it is still there',
  unknown: ':grey_question: not known whether it came back',
};

function ended({ status, endedAt }: Plan): readonly string[] {
  if (endedAt === null || (status !== 'reverted' && status !== 'kept' && status !== 'failed')) return [];
  return [line(endedAt, status)];
}

function line(at: number, text: string): string {
  return `${when(at)}  ${text}`;
}
