import { UserError } from '../../domain/errors.ts';
import type { Planned, Touch } from '../../ports/action.ts';
import { digestOf } from './digest.ts';

/** One touch, its digest taken from `value`. */
export function touch(object: string, uid: string, fields: string, value: unknown): Touch {
  return { object, uid, fields, digest: digestOf(value) };
}

/** What there is no longer is what the plan was made for. `what`: a sentence without its full stop. */
export function planStale(what: string, cause?: unknown): UserError {
  return new UserError('plan-stale', `${what}. Nothing was done. Make a new plan.`, { refusal: true, cause });
}

/** @throws UserError `plan-stale` when what the plan was made for is not what is there. */
export function assertFresh(planned: Planned, now: readonly Touch[]): void {
  for (const seen of planned.touches) {
    const there = now.find((one) => one.object === seen.object);
    if (there?.uid === seen.uid && there.digest === seen.digest) continue;
    throw planStale(`${seen.object} has changed since this was planned (${seen.fields})`);
  }
}
