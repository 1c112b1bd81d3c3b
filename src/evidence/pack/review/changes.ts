import { z } from 'zod';
import type { StoredRecord } from '../../../domain/record.ts';
import { planOfRecord } from '../pack-changes.ts';
import { dataOf } from '../told.ts';

const madeSchema = z.object({
  plan: z.string(),
  title: z.string(),
  kind: z.string().default('change'),
  runbook: z.string().default(''),
  risk: z.string().default(''),
  requester: z.string().default(''),
  requester_roles: z.array(z.string()).default([]),
  reason: z.string().default(''),
  steps: z.array(z.object({ summary: z.string(), diff: z.string().nullish() })).default([]),
});
/** More time that was granted: the plan that asked for it is done with that. */
const extendedSchema = z.object({ by_plan: z.string() });
const rolesSchema = z.object({ roles: z.array(z.string()).default([]) });

/** What became of a plan, by the last record of it that says so. */
const OUTCOMES: Readonly<Record<string, string>> = {
  'plan.voided': 'void',
  'approval.rejected': 'rejected',
  'approval.expired': 'expired',
  'remedy.applied': 'applied',
  'remedy.failed': 'failed',
  'remedy.reverted': 'reverted',
};

/** A plan of the incident, with who decided about it and what became of it. */
export interface ChangeFacts extends Readonly<z.output<typeof madeSchema>> {
  readonly approvers: readonly { readonly user: string; readonly roles: readonly string[] }[];
  readonly outcome: string;
}

/** The plans that the records tell of, oldest first; a notice to customers changes nothing. Pure. */
export function changeFactsOf(records: readonly StoredRecord[]): readonly ChangeFacts[] {
  return records.flatMap((record) => {
    const made = record.type === 'plan.made' ? dataOf(madeSchema, record) : null;
    if (made === null || made.kind === 'notice') return [];
    const own = records.filter((one) => planOfRecord(one) === made.plan);
    const extended = records.some((one) => one.type === 'revert.extended' && dataOf(extendedSchema, one)?.by_plan === made.plan);
    const last = own.findLast(({ type }) => Object.hasOwn(OUTCOMES, type));
    const asked = made.requester_roles.length === 0 ? [] : [{ user: made.requester, roles: made.requester_roles }];
    const given = own
      .filter(({ type }) => type === 'approval.given')
      .map((one) => ({ user: one.actor.id, roles: dataOf(rolesSchema, one)?.roles ?? [] }));
    return [{ ...made, approvers: [...asked, ...given], outcome: extended ? 'granted' : (OUTCOMES[last?.type ?? ''] ?? 'waiting') }];
  });
}

/** How much a difference adds and takes away: `+3 -1`; empty where it has no such lines. */
export function sizeOfDiff(diff: string | null | undefined): string {
  const lines = (diff ?? '').split('\n');
  const added = lines.filter((line) => /^\+(?!\+\+ )/.test(line)).length;
  const removed = lines.filter((line) => /^-(?!-- )/.test(line)).length;
  return added + removed === 0 ? '' : `+${added} -${removed}`;
}
