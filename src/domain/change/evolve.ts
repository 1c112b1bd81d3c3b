import { clamp } from '../../lib/clamp.ts';
import { own } from '../../lib/own.ts';
import type { IncidentRecord } from '../incident/events.ts';
import type { Incident } from '../incident/incident.ts';
import type { ChangeEventData, ChangeEventType } from './events.ts';
import { type Approval, type DiagnosisState, missingRoles, type Plan, planCardKey, type Requested, revertDue, type Watch } from './plans.ts';

type ChangeRecord = Extract<IncidentRecord, { type: ChangeEventType }>;

/** The state after a record of diagnosis, change or approval; `null` when the record is of another sort. Pure. */
export function evolveChange(state: Incident, record: IncidentRecord): Incident | null {
  const at = Date.parse(record.time);
  const change = record as ChangeRecord;
  switch (change.type) {
    case 'diagnosis.requested': {
      const { run, runbook, title } = change.data;
      const needs = needsOf(state.diagnoses[runbook]);
      return { ...state, diagnoses: { ...state.diagnoses, [runbook]: { run, runbook, title, at, endedAt: null, findings: [], ...needs } } };
    }
    case 'diagnosis.finished': {
      const { run, runbook, findings, alert, title = runbook, fills = {}, as_of } = change.data;
      const before = state.diagnoses[runbook];
      if (alert !== undefined) {
        // A record of a release before does not say when it looked: then it was when it came here.
        const looked = as_of === undefined ? at : Date.parse(as_of);
        if (before !== undefined && (before.endedAt ?? Number.POSITIVE_INFINITY) > looked) return state;
        const needs = needsOf(before, change.data.needs);
        return {
          ...state,
          diagnoses: { ...state.diagnoses, [runbook]: { run, runbook, title, at: looked, endedAt: looked, findings, fills, ...needs } },
        };
      }
      if (before === undefined || before.run !== run) return state;
      const needs = needsOf(before, change.data.needs);
      return { ...state, diagnoses: { ...state.diagnoses, [before.runbook]: { ...before, endedAt: at, findings, fills, ...needs } } };
    }
    case 'diagnosis.step':
      return state;
    case 'remedy.requested': {
      const { run, runbook, remedy, title, risk, roles } = change.data;
      return { ...state, requested: { ...state.requested, [run]: { run, runbook, remedy, title, risk, roles, by: change.actor.id, at } } };
    }
    case 'plan.made':
      return withPlan(state, planMade(change, at, state.requested[change.data.run]));
    case 'follow-up.added':
      return { ...state, followUps: [...state.followUps, { text: change.data.text, plan: change.data.plan, by: change.actor.id, at }] };
    case 'remedy.failed':
      if (change.data.plan === null) return { ...state, requested: without(state.requested, change.data.run) };
      return withoutRun(
        onPlan(state, change.data.plan, (plan) => ({ ...plan, status: 'failed', reason: change.data.reason, endedAt: at })),
        change.data.plan,
      );
    case 'revert.extended': {
      const moved = onPlan(state, change.data.plan, (plan) => ({
        ...plan,
        revertAt: Date.parse(change.data.until),
        revertReminded: false,
        turns: plan.turns + 1,
      }));
      return onPlan(moved, change.data.by_plan, (plan) => ({ ...plan, status: 'kept', endedAt: at }));
    }
    default:
      if (!('plan' in change.data) || typeof change.data.plan !== 'string' || state.plans[change.data.plan] === undefined) return null;
      return after(
        onPlan(state, change.data.plan, (plan) => nextPlan(plan, change, at)),
        change,
        change.data.plan,
      );
  }
}

/** A plan whose card Slack did not take, or took without its blocks. */
export function cardRefused(state: Incident, key: string): Incident {
  const plan = Object.values(state.plans).find(({ id }) => planCardKey(id) === key);
  return plan === undefined ? state : withPlan(state, { ...plan, cardless: true });
}

/** What was said before stays said. */
function needsOf(before: DiagnosisState | undefined, more: readonly string[] = []): Pick<DiagnosisState, 'needs'> {
  const needs = [...new Set([...(before?.needs ?? []), ...more])];
  return needs.length === 0 ? {} : { needs };
}

/** Once a remedy's run has come to its end, no plan of it is made any more. */
function after(state: Incident, change: ChangeRecord, plan: string): Incident {
  switch (change.type) {
    case 'approval.rejected':
    case 'approval.withdrawn':
    case 'approval.expired':
    case 'remedy.applied':
      return withoutRun(state, plan);
    case 'plan.voided':
      return change.data.final === true ? withoutRun(state, plan) : state;
    default:
      return state;
  }
}

function withoutRun(state: Incident, id: string): Incident {
  const plan = state.plans[id];
  return plan === undefined || plan.kind !== 'change' ? state : { ...state, requested: without(state.requested, plan.run) };
}

function planMade(record: Extract<ChangeRecord, { type: 'plan.made' }>, at: number, asked: Requested | undefined): Plan {
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
    ...(confirmsAlone(data, asked) ? { confirms: true as const } : {}),
    approvals,
    status: missingRoles(data.needs, approvals).length === 0 ? 'approved' : 'waiting',
    madeAt: at,
    expiresAt: Date.parse(data.expires),
    remindedAt: null,
    steps: data.steps.length,
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
  };
}

function nextPlan(plan: Plan, record: ChangeRecord, at: number): Plan {
  switch (record.type) {
    case 'plan.voided':
      return { ...plan, status: 'voided', approvals: [], reason: record.data.reason, endedAt: at };
    case 'approval.given': {
      const { roles, missing, by_asking: byAsking = false } = record.data;
      const given: Approval = { user: record.actor.id, roles, at, ...(byAsking ? { byAsking: true } : {}) };
      // What is missing was decided when it was given, by who held which role then.
      return { ...plan, approvals: withApproval(plan.approvals, given), status: missing.length === 0 ? 'approved' : plan.status };
    }
    case 'approval.rejected':
      return { ...plan, status: 'rejected', reason: record.data.reason, endedAt: at, endedBy: record.actor.id };
    case 'approval.withdrawn':
      return { ...plan, status: 'voided', reason: `withdrawn: ${record.data.reason}`, endedAt: at, endedBy: record.actor.id };
    case 'approval.reminded':
      return { ...plan, remindedAt: at };
    case 'approval.blocked':
      return { ...plan, blocked: { lacking: record.data.lacking, commanders: record.data.commanders } };
    case 'approval.possible': {
      const { blocked: _, ...possible } = plan;
      return possible;
    }
    case 'approval.expired':
      return { ...plan, status: 'expired', endedAt: at };
    case 'change.intended':
      return { ...plan, status: 'applying', intendedAt: at };
    case 'change.applied':
      return { ...plan, applied: [...plan.applied, record.data.step], appliedAt: at };
    case 'change.verified':
      return {
        ...plan,
        verified: record.data.unknown === true ? 'unknown' : record.data.passed,
        verification: { at, says: clamp(record.data.summary, 300) },
      };
    case 'remedy.applied': {
      const revertAt = revertDue(plan);
      const wayBack = record.data.way_back === true ? { wayBack: true as const } : {};
      return { ...plan, status: 'applied', revertAt, endedAt: revertAt === null ? at : null, ...wayBack };
    }
    case 'revert.reminded':
      return { ...plan, revertReminded: true };
    case 'revert.started':
      return { ...plan, status: 'reverting', endedAt: null };
    case 'revert.failed':
      return { ...plan, revertFailures: plan.revertFailures + 1 };
    case 'revert.conflict':
      return { ...plan, conflicts: plan.conflicts + 1, conflict: { step: record.data.step, object: record.data.object, askedAt: at } };
    case 'revert.waiting':
      return plan.conflict === null ? plan : { ...plan, conflict: { ...plan.conflict, askedAt: at } };
    case 'revert.requested':
      // Due at once, so that a run which was lost with its database knows it too.
      return { ...plan, turns: plan.turns + 1, revertAt: Math.min(plan.revertAt ?? at, at) };
    case 'revert.settled':
      return { ...plan, conflict: null };
    case 'change.reverted':
      return { ...plan, reverted: [...plan.reverted, record.data.step] };
    case 'remedy.reverted':
      return { ...plan, status: record.data.kept > 0 ? 'kept' : 'reverted', conflict: null, revertAt: null, endedAt: at };
    case 'recurrence.watched':
      return { ...plan, watch: { until: Date.parse(record.data.until), outcome: null, endedAt: null } };
    // How the watch ended is not changed by the look after the revert.
    case 'recurrence.seen':
      return record.data.reverted === true ? plan : watched(plan, record.data.again === false ? 'still' : 'again', at);
    case 'recurrence.clear':
      return record.data.reverted === true ? plan : watched(plan, 'clear', at);
    case 'recurrence.unknown':
      return record.data.reverted === true ? plan : watched(plan, 'unknown', at);
    default:
      return plan;
  }
}

/** One person has one approval: a second one adds the roles that they hold by now. */
function withApproval(approvals: readonly Approval[], given: Approval): readonly Approval[] {
  const before = approvals.find(({ user }) => user === given.user);
  if (before === undefined) return [...approvals, given];
  const both = { ...before, ...given, roles: [...new Set([...before.roles, ...given.roles])] };
  return approvals.map((approval) => (approval === before ? both : approval));
}

/** An approval counts for as long as its giver holds the role (ADR 9): whoever no longer has the command does not approve by it what still waits. */
export function commandMoved(state: Incident, commander: string): Incident {
  const plans = Object.entries(state.plans).map(([id, plan]): [string, Plan] => {
    if (plan.status !== 'waiting') return [id, plan];
    const approvals = plan.approvals.flatMap((approval) => {
      if (approval.user === commander || !approval.roles.includes('incident-commander')) return [approval];
      const roles = approval.roles.filter((role) => role !== 'incident-commander');
      return roles.length === 0 ? [] : [{ ...approval, roles }];
    });
    return [id, { ...plan, approvals }];
  });
  return { ...state, plans: Object.fromEntries(plans) };
}

/** A change that one person confirms, asked for by somebody who may. */
function confirmsAlone({ needs, risk }: ChangeEventData['plan.made'], asked: Requested | undefined): boolean {
  return risk === 'change' && needs.length === 1 && asked !== undefined && needs.every((role) => asked.roles.includes(role));
}

function watched(plan: Plan, outcome: Watch['outcome'], at: number): Plan {
  return { ...plan, watch: { until: plan.watch?.until ?? at, outcome, endedAt: at } };
}

function onPlan(state: Incident, id: string, change: (plan: Plan) => Plan): Incident {
  const plan = own(state.plans, id);
  return plan === undefined ? state : withPlan(state, change(plan));
}

function withPlan(state: Incident, plan: Plan): Incident {
  return { ...state, plans: { ...state.plans, [plan.id]: plan } };
}

function without<T>(all: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  const { [key]: _, ...rest } = all;
  return rest;
}
