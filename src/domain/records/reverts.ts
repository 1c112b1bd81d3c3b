import { sayMoment } from '../../lib/time.ts';
import { onPlan, planEvolves } from '../change/on-plan.ts';
import type { RecordOf } from '../incident/events.ts';
import type { Incident } from '../incident/incident.ts';
import { mention } from '../mentions.ts';
import { REVERT_DATA } from './data/reverts.ts';
import { sayAskedRevert, sayLate, titleIn } from './plan-words.ts';
import type { RecordTypes } from './record-type.ts';

/** How a change is put back. */
export const REVERTS: RecordTypes<keyof typeof REVERT_DATA> = {
  'revert.reminded': {
    data: REVERT_DATA['revert.reminded'],
    evolve: planEvolves((plan) => ({ ...plan, revertReminded: true })),
    says: ({ data }, { titled }) => `${titled(data.plan)} reverts by itself at ${sayMoment(data.revert_at)}`,
  },
  'revert.extended': {
    data: REVERT_DATA['revert.extended'],
    evolve: extended,
    says: ({ data }, { titled }) => `${titled(data.plan)} got more time: it reverts at ${sayMoment(data.until)}`,
  },
  'revert.requested': {
    data: REVERT_DATA['revert.requested'],
    // Due at once, so that a run which was lost with its database knows it too.
    evolve: planEvolves((plan, { data, actor }, at) => ({
      ...plan,
      turns: plan.turns + 1,
      revertAt: Math.min(plan.revertAt ?? at, at),
      revertAsked: { by: actor.id, reason: data.reason, earlyMs: plan.revertAt === null ? null : Math.max(0, plan.revertAt - at) },
    })),
    says: ({ data }, { by, titled }) => `${by} asked to revert ${titled(data.plan)} now: ${data.reason}`,
  },
  'revert.started': {
    data: REVERT_DATA['revert.started'],
    evolve: planEvolves((plan) => ({ ...plan, status: 'reverting', endedAt: null })),
    says: ({ data }, { titled }) => `The revert of ${titled(data.plan)} begins${sayLate(data.late_ms)}: ${data.because}`,
  },
  'revert.failed': {
    data: REVERT_DATA['revert.failed'],
    evolve: planEvolves((plan) => ({ ...plan, revertFailures: plan.revertFailures + 1 })),
    says: ({ data }, { titled }) =>
      `The revert of ${titled(data.plan)} failed at step ${data.step + 1} (try ${data.attempt}) and is retried: ${data.error}`,
  },
  'revert.conflict': {
    data: REVERT_DATA['revert.conflict'],
    evolve: planEvolves((plan, { data }, at) => ({
      ...plan,
      conflicts: plan.conflicts + 1,
      conflict: { step: data.step, object: data.object, askedAt: at },
    })),
    says: ({ data }, { titled }) =>
      `The revert of ${titled(data.plan)} found that somebody changed ${data.object} meanwhile, and waits for a decision: ${data.summary}`,
  },
  'revert.waiting': {
    data: REVERT_DATA['revert.waiting'],
    evolve: planEvolves((plan, _, at) => (plan.conflict === null ? plan : { ...plan, conflict: { ...plan.conflict, askedAt: at } })),
    says: ({ data }, { titled }) => `The revert of ${titled(data.plan)} still waits for a decision about ${data.object}`,
  },
  'revert.settled': {
    data: REVERT_DATA['revert.settled'],
    evolve: planEvolves((plan) => ({ ...plan, conflict: null })),
    says: ({ data }, { by, titled }) =>
      data.keep
        ? `${by} decided to keep the current value instead of reverting ${titled(data.plan)}: ${data.reason}`
        : `${by} decided to overwrite the current value by reverting ${titled(data.plan)}: ${data.reason}`,
  },
  'change.reverted': {
    data: REVERT_DATA['change.reverted'],
    evolve: planEvolves((plan, { data }) => ({ ...plan, reverted: [...plan.reverted, data.step] })),
    says: ({ data }, { titled }) => `Reverted step ${data.step + 1} of ${titled(data.plan)}: ${data.summary}`,
  },
  'remedy.reverted': {
    data: REVERT_DATA['remedy.reverted'],
    evolve: planEvolves((plan, { data: { kept = 0 } }, at) => ({
      ...plan,
      status: kept > 0 ? 'kept' : 'reverted',
      conflict: null,
      revertAt: null,
      endedAt: at,
    })),
    says: ({ data }, { titled }) =>
      `${titled(data.plan)} is reverted${sayLate(data.late_ms)}${VERIFIED[String(data.verified)] ?? ''}${sayAskedRevert(data.asked, mention)}${data.asked === undefined ? ':' : '.'} ${data.summary}`,
    action: ({ data }, { plans }) => `Reverted ${titleIn(plans, data.plan)}`,
  },
};

const VERIFIED: Readonly<Record<string, string>> = { true: ' and verified', false: ', but could not be verified', null: '' };

function extended(state: Incident, { data }: RecordOf<'revert.extended'>, at: number): Incident {
  const moved = onPlan(state, data.plan, (plan) => ({
    ...plan,
    revertAt: Date.parse(data.until),
    revertReminded: false,
    turns: plan.turns + 1,
  }));
  return onPlan(moved, data.by_plan, (plan) => ({ ...plan, status: 'kept', endedAt: at }));
}
