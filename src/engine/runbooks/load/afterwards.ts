import type { ChecklistEntry } from '../../../domain/policy.ts';
import type { Runbook } from './runbook.ts';

/** What is to be done after an incident in which a runbook was used, for the record of its use. */
export function afterwards(runbook: Pick<Runbook, 'checklist'> | null): { readonly checklist?: readonly ChecklistEntry[] } {
  return runbook === null || runbook.checklist.length === 0 ? {} : { checklist: runbook.checklist };
}
