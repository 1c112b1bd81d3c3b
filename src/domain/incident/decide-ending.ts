import { sayStanding } from '../change/deciding.ts';
import type { ChangeEvent } from '../change/events.ts';
import { beingPlanned, type Plan, pendingPlans, plansUnderWay } from '../change/plans.ts';
import { UserError } from '../errors.ts';
import type { PersonCommand } from './commands.ts';
import { required } from './deciding.ts';
import type { EventData } from './events.ts';
import type { Incident } from './incident.ts';

/** Something that resolving ends, for people. */
interface Ending {
  readonly title: string;
  /** As the end of a sentence: `it waits for security`. */
  readonly standing: string;
}

const BEING_PLANNED = 'its plan is being made';

/**
 * What resolving ends: plans that wait or are approved and those whose plan is being made are void, and what is being
 * applied is stopped. What is in force is not among it: it reverts as it was promised.
 */
export function endedByResolving(state: Incident): readonly Ending[] {
  return [
    ...plansUnderWay(state).map((plan) => ({ title: plan.title, standing: sayStanding(plan) })),
    ...beingPlanned(state).map(({ title }) => ({ title, standing: BEING_PLANNED })),
  ];
}

/**
 * The records that void what waits, before the one that resolves. A plan that is being applied is stopped by its run, before its next effect.
 * @throws UserError `change-under-way` when the person has not been asked
 */
export function voidedByResolving(state: Incident, asked: boolean): readonly ChangeEvent[] {
  const ending = endedByResolving(state);
  if (ending.length > 0 && !asked) {
    const [first] = ending;
    throw new UserError(
      'change-under-way',
      `Resolving ${state.id} now would end “${first?.title}” (${first?.standing})${ending.length === 1 ? '' : ` and ${ending.length - 1} more`}. \`/incident resolve\` shows all of it and asks.`,
    );
  }
  const reason = `${state.id} was resolved`;
  return [
    ...plansUnderWay(state).flatMap(({ id, status }): ChangeEvent[] =>
      status === 'applying' ? [] : [{ type: 'plan.voided', data: { plan: id, reason, final: true } }],
    ),
    ...beingPlanned(state).map(
      ({ run, title, by }): ChangeEvent => ({
        type: 'remedy.failed',
        outcome: 'failed',
        data: { plan: null, run, reason: `${reason} before “${title}” had a plan`, applied: 0, requester: by },
      }),
    ),
  ];
}

/** How it ended, as the record keeps it. @throws UserError without a sentence on it */
export function resolvedBy({ summary, cancels = false }: Extract<PersonCommand, { type: 'resolve' }>): EventData['incident.resolved'] {
  if (!cancels) return { summary: required(summary, 'a sentence on what resolved it') };
  const reason = required(summary, 'a reason');
  return { summary: `Cancelled: ${reason}`, cancelled: reason };
}

/** What keeps an incident from being closed or merged, and what to do about it. */
interface Pending extends Ending {
  readonly next: string;
}

/** Why an incident cannot be closed or merged yet: something waits to be approved, applied or reverted. */
export function pendingOf(state: Incident): Pending | null {
  const [plan] = pendingPlans(state);
  if (plan !== undefined) return { title: plan.title, standing: sayStanding(plan), next: sayNext(plan) };
  const [asked] = beingPlanned(state);
  return asked === undefined ? null : { title: asked.title, standing: BEING_PLANNED, next: 'Wait for it, then reject or withdraw it.' };
}

function sayNext({ status, conflict }: Plan): string {
  switch (status) {
    case 'waiting':
      return 'Reject or withdraw it on its card, or wait until it is done.';
    case 'applied':
      return 'Revert it with the button on its card, or wait until it is reverted.';
    case 'reverting':
      return conflict === null ? 'Wait until it is reverted.' : 'Decide it with the buttons in the channel.';
    default:
      return 'Wait until it is done.';
  }
}
