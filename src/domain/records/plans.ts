import { sayMoment } from '../../lib/time.ts';
import { sayRoles } from '../change/deciding.ts';
import { isLongList } from '../change/listed.ts';
import { onPlan, withoutRun, withPlan } from '../change/on-plan.ts';
import { isConfirmed, missingRoles, type Plan, type Requested } from '../change/plans.ts';
import type { EventData, RecordOf } from '../incident/events.ts';
import type { Incident } from '../incident/incident.ts';
import { mention } from '../mentions.ts';
import { PLAN_DATA } from './data/plans.ts';
import type { RecordTypes } from './record-type.ts';

/** What somebody asked for, and the plan that was made of it. */
export const PLANS: RecordTypes<keyof typeof PLAN_DATA> = {
  'remedy.requested': {
    data: PLAN_DATA['remedy.requested'],
    evolve(state, { data: { run, runbook, remedy, title, risk, roles, proposes }, actor }, at) {
      const asked = { run, runbook, remedy, title, risk, roles, by: actor.id, at, ...(proposes === undefined ? {} : { proposes }) };
      return { ...state, requested: { ...state.requested, [run]: asked } };
    },
    says: ({ data }, { by }) => `${by} asked for “${data.title}” (${data.risk}${sayArguments(data.arguments)}): ${data.reason}`,
  },
  'plan.made': {
    data: PLAN_DATA['plan.made'],
    evolve: (state, record, at) => withPlan(state, { ...planMade(record, at, state.requested[record.data.run]), ...foundFor(state, record.data) }),
    says: ({ data }) => sayPlan(data),
  },
  'plan.voided': {
    data: PLAN_DATA['plan.voided'],
    evolve(state, { data }, at) {
      const next = onPlan(state, data.plan, (plan) => ({
        ...plan,
        status: 'voided',
        // Who approved in a drill stays on its card; a void plan is applied by nobody.
        approvals: data.would_have === undefined ? [] : plan.approvals,
        reason: data.reason,
        endedAt: at,
        ...(data.would_have === undefined ? {} : { wouldHave: data.would_have }),
      }));
      return data.final === true ? withoutRun(next, data.plan) : next;
    },
    says: ({ data }, { titled }) =>
      data.would_have === undefined
        ? `The plan of ${titled(data.plan)} is void: ${data.reason}`
        : `${data.reason}. ${titled(data.plan)} was approved and would have done: ${data.would_have.join('; ')}`,
  },
};

function planMade(record: RecordOf<'plan.made'>, at: number, asked: Requested | undefined): Plan {
  const { data } = record;
  const approvals = data.requester_roles.length === 0 ? [] : [{ user: data.requester, roles: data.requester_roles, at }];
  return {
    id: data.plan,
    seq: record.seq,
    run: data.run,
    kind: data.kind,
    of: data.of,
    runbook: data.runbook,
    remedy: data.remedy,
    title: data.title,
    risk: data.risk,
    ...(data.stake === undefined ? {} : { stake: data.stake }),
    hash: data.plan_hash,
    needs: data.needs,
    requester: data.requester,
    ...(data.replaces === null ? {} : { again: true as const }),
    ...(data.steps.some(isLongList) ? { lists: true as const } : {}),
    ...(confirmsAlone(data, asked) ? { confirms: true as const } : {}),
    ...(data.kind === 'change' && asked?.proposes === true ? { proposes: true as const } : {}),
    approvals,
    status: missingRoles(data.needs, approvals).length === 0 ? 'approved' : 'waiting',
    madeAt: at,
    expiresAt: Date.parse(data.expires),
    remindedAt: null,
    steps: data.steps.length,
    ...oneWay(data),
    applied: [],
    reverted: [],
    revert: data.revert_after_ms === null ? null : { afterMs: data.revert_after_ms, remindMs: data.revert_remind_ms },
    intendedAt: null,
    verified: null,
    verification: null,
    appliedAt: null,
    watch: null,
    revertAt: null,
    revertReminded: false,
    revertFailures: 0,
    turns: 0,
    conflicts: 0,
    conflict: null,
    endedAt: null,
    reason: null,
    ...(data.notice === undefined ? {} : { notice: data.notice }),
  };
}

/** A change of which no step keeps what was there before. */
function oneWay({ kind, steps }: EventData['plan.made']): Pick<Plan, 'oneWay'> {
  if (kind !== 'change' || steps.some(({ snapshot_sha256: snapshot }) => snapshot !== null)) return {};
  return { oneWay: [...new Set(steps.flatMap(({ one_way: why }) => why ?? []))] };
}

/** What the newest diagnosis of its runbook found that the change is for. */
function foundFor({ diagnoses }: Incident, { runbook, remedy, kind }: EventData['plan.made']): Pick<Plan, 'isFor'> {
  const found = kind !== 'change' ? [] : (diagnoses[runbook]?.findings ?? []).filter(({ suggests }) => suggests.includes(remedy));
  return found.length === 0 ? {} : { isFor: found.map(({ says }) => says) };
}

/** A change that one person confirms, asked for by somebody who may. */
function confirmsAlone({ needs, risk }: EventData['plan.made'], asked: Requested | undefined): boolean {
  return risk === 'change' && needs.length === 1 && asked !== undefined && needs.every((role) => asked.roles.includes(role));
}

function sayPlan(data: EventData['plan.made']): string {
  const yes = isConfirmed(data) ? 'confirm' : 'approve';
  const needs = data.needs.length === 0 ? 'it needs no approval' : `${sayRoles(data.needs)} must ${yes} it by ${sayMoment(data.expires)}`;
  if (data.kind === 'extend') return `${mention(data.requester)} asked for ${data.title} (${data.plan}), ${needs}: ${data.reason}`;
  if (data.kind === 'notice') return `${mention(data.requester)} wrote “${data.title}” (${data.plan}), ${needs}`;
  const what = data.replaces === null ? 'The plan' : 'A new plan';
  return `${what} of “${data.title}” (${data.plan}) is ready; ${needs}: ${data.steps.map(({ summary }) => summary).join('; ')}`;
}

function sayArguments(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `, ${name} ${value}`)
    .join('');
}
