import { clamp } from '../../lib/clamp.ts';
import { plural } from '../../lib/plural.ts';
import { sayMoment } from '../../lib/time.ts';
import { sayRoles } from '../change/deciding.ts';
import { onPlan, planEnds, planEvolves, withoutRequest, withoutRun } from '../change/on-plan.ts';
import { type Plan, revertDue } from '../change/plans.ts';
import { withItems } from '../incident/checklist.ts';
import type { EventData, RecordOf } from '../incident/events.ts';
import type { Incident } from '../incident/incident.ts';
import { mention } from '../mentions.ts';
import { CHANGE_DATA } from './data/changes.ts';
import { titleIn } from './plan-words.ts';
import type { RecordTypes, Words } from './record-type.ts';

const applying = planEvolves<RecordOf<'change.intended'>>((plan, _, at) => ({ ...plan, status: 'applying', intendedAt: at }));

/** What was done to production, from the intent to the end. */
export const CHANGES: RecordTypes<keyof typeof CHANGE_DATA> = {
  'evidence.captured': { data: CHANGE_DATA['evidence.captured'], says: sayCaptured },
  'change.intended': {
    data: CHANGE_DATA['change.intended'],
    evolve: begun,
    says: ({ data }, { titled }) => `${titled(data.plan)} begins${sayApprovers(data.approvers)}: ${data.steps.join('; ')}`,
  },
  'change.applied': {
    data: CHANGE_DATA['change.applied'],
    evolve: planEvolves((plan, { data }, at) => ({ ...plan, applied: [...plan.applied, data.step], appliedAt: at })),
    says: ({ data }, { titled }) => `Applied step ${data.step + 1} of ${titled(data.plan)}: ${data.summary}`,
  },
  'change.failed': {
    data: CHANGE_DATA['change.failed'],
    says: ({ data }, { titled }) => `Step ${data.step + 1} of ${titled(data.plan)} failed: ${data.error}`,
  },
  'change.verified': {
    data: CHANGE_DATA['change.verified'],
    evolve: planEvolves((plan, { data }, at) => ({
      ...plan,
      verified: data.unknown === true ? 'unknown' : data.passed,
      verification: { at, says: clamp(data.summary, 300) },
    })),
    says: ({ data }, { titled }) =>
      data.unknown === true
        ? `It could not be verified whether ${titled(data.plan)} has its effect: ${data.summary}`
        : `${data.passed ? 'The effect is there' : 'The effect did not show'} after ${titled(data.plan)}: ${data.summary}`,
    action: ({ data }, { plans }) => (data.passed && data.unknown !== true ? `Verified the effect of ${titleIn(plans, data.plan)}` : null),
  },
  'remedy.applied': {
    data: CHANGE_DATA['remedy.applied'],
    evolve: planEnds(inForce),
    says: ({ data }, { titled }) => `${titled(data.plan)} is applied${sayUntil(data)}`,
    action: ({ data }, { plans }) => `Applied ${titleIn(plans, data.plan)}`,
  },
  'remedy.failed': {
    data: CHANGE_DATA['remedy.failed'],
    evolve: failed,
    says: ({ data }, { titled }) =>
      data.plan === null
        ? `${data.title === undefined ? 'The remedy' : `“${data.title}”`} cannot be carried out: ${data.reason}`
        : `${titled(data.plan)} failed${sayApplied(data.applied)}: ${data.reason}`,
  },
  'follow-up.added': {
    data: CHANGE_DATA['follow-up.added'],
    evolve: (state, { data, actor }, at) => ({
      ...state,
      followUps: [...state.followUps, { ...data, by: actor.id, at }],
    }),
    says: ({ data }) => `New action item: ${data.text}${sayFor(data)}`,
  },
};

const PHASES = { before: 'before', during: 'right after', after: 'at the end of' } as const;

function begun(state: Incident, record: RecordOf<'change.intended'>, at: number): Incident {
  const runbook = state.plans[record.data.plan]?.runbook;
  const next = applying(state, record, at);
  return runbook === undefined ? next : withItems(next, runbook, record.data.checklist);
}

function inForce(plan: Plan, { data }: RecordOf<'remedy.applied'>, at: number): Plan {
  const revertAt = revertDue(plan);
  const wayBack = data.way_back === true ? { wayBack: true as const } : {};
  return { ...plan, status: 'applied', revertAt, endedAt: revertAt === null ? at : null, ...wayBack };
}

function failed(state: Incident, { data }: RecordOf<'remedy.failed'>, at: number): Incident {
  if (data.plan === null) return withoutRequest(state, data.run);
  const next = onPlan(state, data.plan, (plan) => ({ ...plan, status: 'failed', reason: data.reason, endedAt: at }));
  return withoutRun(next, data.plan);
}

function sayCaptured({ data, outcome }: RecordOf<'evidence.captured'>, { titled }: Words): string {
  const what = `Evidence ${PHASES[data.phase]} ${titled(data.plan)}`;
  return `${what}${outcome === 'done' ? '' : ' could not be captured'}, ${data.step}: ${data.summary}`;
}

function sayApprovers(approvers: readonly { readonly role: string; readonly user: string }[]): string {
  return approvers.length === 0 ? '' : `, approved by ${approvers.map(({ role, user }) => `${mention(user)} (${sayRoles([role])})`).join(' and ')}`;
}

/** How soon, whose it is, and until when. */
function sayFor({ owner, due, priority }: EventData['follow-up.added']): string {
  const parts = [
    ...(priority === undefined ? [] : [`${priority} priority`]),
    ...(owner === undefined ? [] : [mention(owner)]),
    ...(due === undefined ? [] : [`by ${due}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** How long a change is there. */
function sayUntil({ revert_at: at, way_back: wayBack }: EventData['remedy.applied']): string {
  if (at !== null) return ` and reverts by itself at ${sayMoment(at)}`;
  return wayBack === true ? ' and stays until somebody reverts it' : '';
}

function sayApplied(steps: number): string {
  return steps === 0 ? ', nothing was changed' : ` after ${plural(steps, 'step')}`;
}
