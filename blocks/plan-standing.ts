import { isConfirmed, type Plan } from '../src/domain/change/plans.ts';
import { plural } from '../src/lib/plural.ts';
import { noticeStanding } from './notice.ts';
import { safe } from './outside.ts';
import { nothingDone, sayMissing, withdrawal } from './plan-decided.ts';
import { consentOf, effectMark, sayRevertAt, sayVerified } from './plan-words.ts';
import { user, when } from './text.ts';

/** Where a plan stands: a word for the title, and what there is to say about it. */
export function standing(plan: Plan): { readonly word: string; readonly says: string | null } {
  const because = plan.reason === null ? '' : safe(plan.reason);
  const withdrawn = withdrawal(plan.reason ?? '');
  switch (plan.status) {
    case 'waiting':
      return { word: asking(plan), says: null };
    case 'approved':
      return { word: isConfirmed(plan) ? 'Confirmed' : 'Approved', says: ':hourglass_flowing_sand: It is checked once more, then applied.' };
    case 'applying':
      return { word: 'Being applied', says: `:hourglass_flowing_sand: ${sayStepsDone(plan)}` };
    case 'applied':
      return plan.kind === 'notice' ? noticeStanding(plan) : inForce(plan);
    case 'reverting':
      return plan.conflict === null
        ? { word: 'Being reverted', says: ':leftwards_arrow_with_hook: Tocsin retries until it is done.' }
        : { word: 'Revert waits for a decision', says: `:warning: Somebody changed ${safe(plan.conflict.object)} meanwhile.` };
    case 'reverted':
      return { word: 'Reverted', says: plan.endedAt === null ? null : `:leftwards_arrow_with_hook: Reverted at ${when(plan.endedAt)}.` };
    case 'kept':
      return plan.kind === 'extend'
        ? { word: 'Granted', says: ':white_check_mark: The extra time is granted.' }
        : { word: 'Kept', says: 'The current value was kept, as decided.' };
    case 'failed':
      return { word: 'Failed', says: `:x: ${plan.applied.length === 0 ? nothingDone(plan) : `After ${sayStepsDone(plan)}`}: ${because}` };
    case 'rejected':
      return { word: 'Rejected', says: `:no_entry_sign: *Rejected*${sayBy(plan)}: ${because}\n${nothingDone(plan)}.` };
    case 'expired':
      return {
        word: 'Expired',
        says: `:hourglass: ${sayMissing(plan)} ${nothingDone(plan)}; ask again if you still need it.`,
      };
    case 'voided':
      if (plan.wouldHave !== undefined)
        return {
          word: 'Rehearsed',
          says: `:performing_arts: *Rehearsed*: it is approved, and nothing is applied, because this is a drill. It would have done:\n${plan.wouldHave.map((step) => `• ${safe(step)}`).join('\n')}`,
        };
      return withdrawn === null
        ? { word: 'Void', says: `:no_entry_sign: *Void*: ${because}\n${nothingDone(plan)}, and its approvals do not count for another plan.` }
        : { word: 'Withdrawn', says: `:no_entry_sign: *Withdrawn*${sayBy(plan)}: ${safe(withdrawn)}\n${nothingDone(plan)}.` };
  }
}

/** What is asked of whoever decides: `Approval needed`. */
export function asking(plan: Plan): string {
  return `${consentOf(plan).noun} needed`;
}

function sayBy({ endedBy }: Plan): string {
  return endedBy === undefined ? '' : ` by ${user(endedBy)}`;
}

/** What became of it comes first: whether it had its effect, or that what it was for is there again. */
function inForce(plan: Plan): { word: string; says: string } {
  const revert = sayRevertAt(plan);
  const since = lasted(plan);
  const first = since?.says ?? sayVerified(plan);
  if (revert !== null) {
    const mark = plan.risk === 'emergency' ? ':rotating_light:' : ':hourglass_flowing_sand:';
    return { word: 'In force', says: lines(first, `${mark} It is in force and ${revert}.`) };
  }
  return { word: since?.word ?? 'Applied', says: first === '' ? `${effectMark(plan)} It is applied.` : first };
}

function lines(...all: readonly string[]): string {
  return all.filter((line) => line !== '').join('\n');
}

/** Whether the card says first what was verified, and not what came of it later. */
export function isVerifiedFirst(plan: Plan): boolean {
  return plan.status === 'applied' && lasted(plan) === null;
}

/** Where what a change was for did not stay away; `null` while nobody has seen that. */
function lasted({ watch }: Plan): { word: string; says: string } | null {
  switch (watch?.outcome) {
    case 'again':
      return { word: 'Applied, but it came back', says: ':warning: It is applied, but what it was for *came back*. Diagnose again.' };
    case 'another':
      return { word: 'Applied, but it fails again', says: ':warning: It is applied, but it *fails again, differently*. Diagnose again.' };
    case 'still':
      return { word: 'Applied without success', says: ':warning: It is applied, but what it was for is *still there*. Diagnose again.' };
    default:
      return null;
  }
}

function sayStepsDone(plan: Plan): string {
  return `${plan.applied.length} of ${plural(plan.steps, 'step')} done`;
}
