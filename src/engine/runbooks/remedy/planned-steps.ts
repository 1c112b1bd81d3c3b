import type { PlannedStep } from '../../../domain/records/data/plans.ts';
import { headOf } from '../../../lib/clamp.ts';
import { moreLines } from '../../../lib/plural.ts';
import type { Action } from '../../../ports/action.ts';
import type { Needs } from '../load/expression-needs.ts';
import type { Actions } from '../load/runbook.ts';
import { expressionsIn, type Inputs } from '../load/values.ts';
import { type PlanDocument } from './plan-document.ts';

/** Characters of a step's diff that its record and card show; all of it is in the plan's artifact. Cut at a line's end. */
export const SHOWN_DIFF = 2_400;

/**
 * A plan's steps as its record shows them. `needs`: of its runbook's expressions. What is said of the whole plan stands with the first, before its own
 * notes. `actions` say why a step has no way back.
 */
export function plannedSteps(document: PlanDocument, needs: Needs, ofThePlan: readonly string[] = [], actions: Actions = new Map()): PlannedStep[] {
  return document.steps.map(({ uses, title, with: given, until, planned, snapshot_sha256 }, i) => ({
    uses,
    summary: planned?.summary ?? (until === null ? (title ?? uses) : `Waits for: ${title ?? uses}`),
    diff: planned === null || planned.diff === null ? null : clip(planned.diff),
    no_plan: planned?.noPlan ?? null,
    ...(planned?.asListed === true ? { listed: true as const } : {}),
    notes: [...(i === 0 ? [...(document.left_out ?? []), ...ofThePlan] : []), ...(planned?.notes ?? [])],
    ...lateOf(given, needs),
    snapshot_sha256,
    ...(planned?.changes === true && snapshot_sha256 === null ? oneWayOf(actions.get(uses)) : {}),
  }));
}

function oneWayOf(action: Action | undefined): Pick<PlannedStep, 'one_way'> {
  return action === undefined || action.effect === 'read' || action.oneWay === undefined ? {} : { one_way: action.oneWay };
}

function lateOf(given: Inputs, needs: Needs): Pick<PlannedStep, 'late'> {
  const late = [...new Set(expressionsIn(given).map(({ text }) => text))].filter((text) => needs.of(text).late);
  return late.length === 0 ? {} : { late };
}

export function clip(diff: string): string {
  if (diff.length <= SHOWN_DIFF) return diff;
  const head = headOf(diff, SHOWN_DIFF);
  const end = head.lastIndexOf('\n');
  // A single line that is longer is cut where it has to be.
  const kept = end < 1 ? `${head}…` : head.slice(0, end);
  const left = diff.split('\n').length - kept.split('\n').length;
  return left === 0 ? kept : `${kept}\n${moreLines(left)}`;
}
