import { sayMoment } from '../../lib/time.ts';
import { planEvolves } from '../change/on-plan.ts';
import type { Plan, Watch } from '../change/plans.ts';
import type { EventData } from '../incident/events.ts';
import { RECURRENCE_DATA } from './data/recurrence.ts';
import { titleIn } from './plan-words.ts';
import type { RecordTypes } from './record-type.ts';

/** Whether what a remedy mended comes back. How the watch ended is not changed by the look after the revert. */
export const RECURRENCE: RecordTypes<keyof typeof RECURRENCE_DATA> = {
  'recurrence.watched': {
    data: RECURRENCE_DATA['recurrence.watched'],
    evolve: planEvolves((plan, { data }) => ({ ...plan, watch: { until: Date.parse(data.until), outcome: null, endedAt: null } })),
    says: ({ data }, { titled }) => `Tocsin watches until ${sayMoment(data.until)} whether it comes back after ${titled(data.plan)}`,
  },
  'recurrence.seen': {
    data: RECURRENCE_DATA['recurrence.seen'],
    evolve: planEvolves((plan, { data }, at) => (data.reverted === true ? plan : watched(plan, outcomeOf(data), at))),
    says: ({ data }, { titled }) =>
      data.reverted === true
        ? `The cause is still there after the revert of ${titled(data.plan)}: ${data.summary}`
        : `${SEEN[outcomeOf(data)]} after ${titled(data.plan)}: ${data.summary}`,
    action: ({ data }, { plans }) =>
      data.reverted === true
        ? `Found that the cause is still there after the revert of ${titleIn(plans, data.plan)}`
        : `${SEEN[outcomeOf(data)]} after ${titleIn(plans, data.plan)}`,
    failedToo: true,
  },
  'recurrence.clear': {
    data: RECURRENCE_DATA['recurrence.clear'],
    evolve: planEvolves((plan, { data }, at) => (data.reverted === true ? plan : watched(plan, 'clear', at))),
    says: ({ data }, { titled }) =>
      data.reverted === true
        ? `The cause is gone after the revert of ${titled(data.plan)}: ${data.summary}`
        : `It did not come back after ${titled(data.plan)}: ${data.summary}`,
    action: ({ data }, { plans }) =>
      data.reverted === true
        ? `Found that the cause is gone after the revert of ${titleIn(plans, data.plan)}`
        : `It did not come back after ${titleIn(plans, data.plan)}`,
  },
  'recurrence.unknown': {
    data: RECURRENCE_DATA['recurrence.unknown'],
    evolve: planEvolves((plan, { data }, at) => (data.reverted === true ? plan : watched(plan, 'unknown', at))),
    says: ({ data }, { titled }) =>
      data.reverted === true
        ? `Tocsin could not tell whether the cause is gone after the revert of ${titled(data.plan)}: ${data.summary}`
        : `Tocsin could not tell whether it came back after ${titled(data.plan)}: ${data.summary}`,
  },
};

type Seen = 'again' | 'still' | 'another';

const SEEN: Readonly<Record<Seen, string>> = { again: 'It came back', still: 'It is still there', another: 'It fails again, differently,' };

function outcomeOf({ again, another }: EventData['recurrence.seen']): Seen {
  if (again === false) return 'still';
  return another === true ? 'another' : 'again';
}

function watched(plan: Plan, outcome: Watch['outcome'], at: number): Plan {
  return { ...plan, watch: { until: plan.watch?.until ?? at, outcome, endedAt: at } };
}
