import { sayBlocked } from '../change/completing.ts';
import { sayRoles } from '../change/deciding.ts';
import { planEnds, planEvolves } from '../change/on-plan.ts';
import type { Approval, Plan } from '../change/plans.ts';
import type { RecordOf } from '../incident/events.ts';
import { APPROVAL_DATA } from './data/approvals.ts';
import type { RecordTypes, Words } from './record-type.ts';

/** Who decided about a plan, and who still has to. */
export const APPROVALS: RecordTypes<keyof typeof APPROVAL_DATA> = {
  'approval.given': { data: APPROVAL_DATA['approval.given'], evolve: planEvolves(afterApproval), says: sayGiven },
  'approval.blocked': {
    data: APPROVAL_DATA['approval.blocked'],
    evolve: planEvolves((plan, { data: { plan: _of, ...blocked } }) => ({ ...plan, blocked })),
    says: ({ data }, { titled }) => `Nobody can complete ${titled(data.plan)} now. ${sayBlocked(data)}`,
  },
  'approval.possible': {
    data: APPROVAL_DATA['approval.possible'],
    evolve: planEvolves(unblocked),
    says: ({ data }, { titled }) => `${titled(data.plan)} can be completed again`,
  },
  'approval.rejected': {
    data: APPROVAL_DATA['approval.rejected'],
    evolve: planEnds((plan, { data, actor }, at) => ({ ...plan, status: 'rejected', reason: data.reason, endedAt: at, endedBy: actor.id })),
    says: ({ data }, { by, titled }) => `${by} rejected ${titled(data.plan)}: ${data.reason}`,
  },
  'approval.withdrawn': {
    data: APPROVAL_DATA['approval.withdrawn'],
    evolve: planEnds((plan, { data, actor }, at) => ({
      ...plan,
      status: 'voided',
      reason: `withdrawn: ${data.reason}`,
      endedAt: at,
      endedBy: actor.id,
    })),
    says: ({ data }, { by, titled }) => `${by} withdrew ${titled(data.plan)}: ${data.reason}`,
  },
  'approval.reminded': {
    data: APPROVAL_DATA['approval.reminded'],
    evolve: planEvolves((plan, _, at) => ({ ...plan, remindedAt: at })),
    says: ({ data }, { titled }) => `${titled(data.plan)} still waits for ${sayRoles(data.missing)}`,
  },
  'approval.expired': {
    data: APPROVAL_DATA['approval.expired'],
    evolve: planEnds((plan, _, at) => ({ ...plan, status: 'expired', endedAt: at })),
    says: ({ data }, { titled, confirmed }) =>
      `${titled(data.plan)} expired: ${sayRoles(data.missing)} did not ${confirmed(data.plan) ? 'confirm' : 'approve'} in time`,
  },
};

function unblocked(plan: Plan): Plan {
  const { blocked: _, ...possible } = plan;
  return possible;
}

function afterApproval(plan: Plan, { data, actor }: RecordOf<'approval.given'>, at: number): Plan {
  const { roles, missing, by_asking: byAsking = false } = data;
  const given: Approval = { user: actor.id, roles, at, ...(byAsking ? { byAsking: true } : {}) };
  // What is missing was decided when it was given, by who held which role then.
  return { ...plan, approvals: withApproval(plan.approvals, given), status: missing.length === 0 ? 'approved' : plan.status };
}

/** One person has one approval: a second one adds the roles that they hold by now. */
function withApproval(approvals: readonly Approval[], given: Approval): readonly Approval[] {
  const before = approvals.find(({ user }) => user === given.user);
  if (before === undefined) return [...approvals, given];
  const both = { ...before, ...given, roles: [...new Set([...before.roles, ...given.roles])] };
  return approvals.map((approval) => (approval === before ? both : approval));
}

function sayGiven({ data }: RecordOf<'approval.given'>, { by, titled, confirmed }: Words): string {
  if (confirmed(data.plan)) return `${by} confirmed ${titled(data.plan)} (${sayRoles(data.roles)})`;
  const approved = data.by_asking === true ? `${by} has the command and asked for it, which approves` : `${by} approved`;
  const left = data.missing.length === 0 ? ', the last approval that it needed' : `; ${sayRoles(data.missing)} is still missing`;
  return `${approved} ${titled(data.plan)} (${sayRoles(data.roles)})${left}`;
}
