import { sayBlocked } from '../src/domain/change/completing.ts';
import { sayRoles } from '../src/domain/change/deciding.ts';
import { bestFilling, isConfirmed, type Plan, type Risk } from '../src/domain/change/plans.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { sayDuration } from '../src/lib/time.ts';
import { safe, sentence } from './outside.ts';
import { clamp, user, when } from './text.ts';

/** Mentions of who holds a role, in mrkdwn, e.g. `<!subteam^S0SEC>`. */
export type Holders = (role: string) => string;

const RISK_MARKS: Readonly<Record<Risk, string>> = {
  safe: ':white_circle:',
  change: ':large_blue_circle:',
  destructive: ':warning:',
  emergency: ':rotating_light:',
};

const RISK_NAMES: Readonly<Record<Risk, string>> = { safe: 'Safe', change: 'Change', destructive: 'Destructive', emergency: 'Emergency' };

/** What is at stake where the runbook does not say it. */
const STAKES: Readonly<Record<Risk, string | null>> = {
  safe: 'nothing is lost',
  change: null,
  destructive: null,
  emergency: 'a safeguard is switched off',
};

const CONSENT: Readonly<Record<Risk, string | null>> = {
  safe: null,
  change: 'one confirmation',
  destructive: 'two people approve',
  emergency: 'two people approve, and it reverts by itself',
};

/** What people do about a plan, in words. */
interface Consent {
  readonly verb: 'Confirm' | 'Approve';
  readonly noun: 'Confirmation' | 'Approval';
  readonly past: 'confirmed' | 'approved';
}

/** One person confirms, who may be the one that asked; where others decide, they approve. */
export function consentOf(plan: Pick<Plan, 'needs'>): Consent {
  return isConfirmed(plan) ? { verb: 'Confirm', noun: 'Confirmation', past: 'confirmed' } : { verb: 'Approve', noun: 'Approval', past: 'approved' };
}

/** How dangerous a remedy is, and what the runbook says is at stake. `revertAfterMs`: where nothing beside it says when it reverts. */
export interface AtStake {
  readonly risk: Risk;
  readonly stake?: string | null | undefined;
  readonly revertAfterMs?: number | null | undefined;
}

/** `:warning: Destructive: takes effect for all users; reverts in 4 h; two people approve`. */
export function sayRisk(atStake: AtStake): string {
  return `${RISK_MARKS[atStake.risk]} ${safe(sayRiskPlain(atStake))}`;
}

/** What is at stake; `null` where that is nothing in particular. */
export function stakeOf({ risk, stake }: Pick<AtStake, 'risk' | 'stake'>): string | null {
  return stake ?? STAKES[risk];
}

/** The same without its mark, for dialogs and menus. */
export function sayRiskPlain({ risk, stake, revertAfterMs }: AtStake): string {
  const reverts = typeof revertAfterMs === 'number' && risk !== 'emergency' ? `reverts in ${sayDuration(revertAfterMs)}` : null;
  const words = [stakeOf({ risk, stake }), reverts, CONSENT[risk]].filter((part) => part !== null);
  return `${RISK_NAMES[risk]}: ${words.join('; ')}`;
}

/** Who approves, in words: `incident commander and security`. */
export function sayNeeds(needs: readonly string[]): string {
  return needs.length === 0 ? 'no approval' : sayRoles(needs);
}

/** One line a needed role: who filled it, or who can. Roles are filled by different people. */
export function approvalLines(incident: Incident, plan: Plan, holders: Holders): string[] {
  const filling = bestFilling(plan.needs, plan.approvals);
  return plan.needs.map((role, i) => {
    const by = filling[i] ?? null;
    const name = sayRoles([role]);
    if (by === null && plan.confirms === true) return `:white_large_square: *${name}*: still missing, ${user(plan.requester)} can confirm it`;
    if (by === null) return `:white_large_square: *${name}*: still missing, ${whoCan(incident, role, holders)}`;
    // Whoever clicked later did not approve by asking, though they asked.
    const byAsking =
      by === plan.requester && plan.approvals.some(({ user: who, at, byAsking: asked }) => who === by && (at === plan.madeAt || asked === true));
    return `:white_check_mark: *${name}*: ${user(by)}${byAsking ? ', by asking' : ''}`;
  });
}

/** For the commander's role only the incident's own commander counts, whoever else is in the group (ADR 9). */
function whoCan(incident: Incident, role: string, holders: Holders): string {
  if (role !== 'incident-commander') return holders(role);
  const commander = incident.roles['incident-commander'];
  return commander === undefined ? `there is no commander yet, \`/incident assign commander\` (${holders(role)})` : user(commander);
}

/** Who filled the roles, on one line. */
export function sayApprovers(plan: Plan): string {
  if (plan.needs.length === 0) return 'no approval was needed';
  const { past } = consentOf(plan);
  const filling = bestFilling(plan.needs, plan.approvals);
  const filled = plan.needs.flatMap((role, i) => {
    const by = filling[i] ?? null;
    return by === null ? [] : [`${user(by)} (${sayRoles([role])})`];
  });
  return filled.length === 0 ? `nobody has ${past} it` : `${past} by ${filled.join(' and ')}`;
}

/** `reverts by itself at 15:02`; `null` when nothing reverts by itself any more. */
export function sayRevertAt(plan: Plan): string | null {
  return plan.revertAt === null ? null : `reverts by itself at ${when(plan.revertAt)}`;
}

/** Ids of the people of a plan that stand in what was seen, as mentions: nobody else is called by what comes from outside. */
export function naming(text: string, { requester, approvals }: Pick<Plan, 'requester' | 'approvals'>): string {
  const ids = new Set([requester, ...approvals.map(({ user: id }) => id)].filter((id) => /^[UW][A-Z0-9]{2,20}$/.test(id)));
  return [...ids].reduce((said, id) => said.replaceAll(new RegExp(`(?<![\\w@])${id}(?!\\w)`, 'g'), user(id)), text);
}

/** The sign of a change that is applied: it shows whether that had its effect. */
export function effectMark({ verified }: Pick<Plan, 'verified'>): string {
  if (verified === false) return ':warning:';
  return verified === 'unknown' ? ':grey_question:' : ':white_check_mark:';
}

/** How much of what was seen a sentence shows, in characters. */
const SEEN = 200;

/** Whether the effect is there, with what was seen; empty where nothing was looked at. */
export function sayVerified(plan: Plan): string {
  const { verified, verification } = plan;
  if (verified === null) return '';
  const seen = naming(safe(clamp((verification?.says ?? '').trim(), SEEN)), plan).replace(/[.:]$/, '');
  const after = seen === '' ? '.' : `: ${seen}.`;
  if (verified === 'unknown') return `:grey_question: *It could not be verified*${after}`;
  return verified ? `:white_check_mark: *Verified*${seen === '' ? ': the effect is there.' : after}` : `:warning: *The effect did not show*${after}`;
}

/** The same with the time that is left: for answers, which are read at once. */
export function sayTimeLeft(plan: Pick<Plan, 'revertAt'>, now: number): string | null {
  if (plan.revertAt === null) return null;
  const left = plan.revertAt - now;
  return left > 0
    ? `reverts by itself at ${when(plan.revertAt)}, in ${sayDuration(left)}`
    : `:warning: should have reverted at ${when(plan.revertAt)}`;
}

/** Nobody waits for what nobody can give. */
export function blockedLine({ blocked }: Plan): string[] {
  return blocked === undefined ? [] : [`:no_entry: *Nobody can complete this now.* ${sentence(sayBlocked(blocked))}`];
}
