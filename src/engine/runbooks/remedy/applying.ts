import { createHash } from 'node:crypto';
import { bestFilling, type Plan } from '../../../domain/change/plans.ts';
import { UserError } from '../../../domain/errors.ts';
import type { Incident } from '../../../domain/incident/incident.ts';
import type { Json } from '../../../domain/record.ts';
import type { Planned } from '../../../ports/action.ts';
import type { RunbookDeps } from '../deps.ts';
import type { LateValues } from '../load/expressions.ts';
import { overRemedy } from '../load/runbook.ts';
import { approvedInputs, type Inputs } from '../load/values.ts';
import { hashOf, type PlanDocument, type PlanStep, sha256 } from './plan-document.ts';
import { plannedValues } from './planning.ts';

/** The key of a step's snapshot in the database. */
export function snapshotKey(plan: string, step: number): string {
  return `${plan}:${step}`;
}

/** A plan's document as it was recorded, checked against the record's hash. @throws UserError `plan-missing`, `plan-altered` */
export async function readPlan(deps: RunbookDeps, incident: Incident, plan: Plan): Promise<PlanDocument> {
  const [record] = await deps.store.records(incident.id, { from: plan.seq, to: plan.seq });
  const [artifact] = record?.artifacts ?? [];
  if (record === undefined || record.type !== 'plan.made' || artifact === undefined) {
    throw new UserError('plan-missing', `The plan of “${plan.title}” is not where its record should be.`);
  }
  const recorded = (record.data as { plan_hash?: string }).plan_hash;
  const bytes = await deps.artifact(incident.id, artifact.sha256);
  if (bytes === null) throw new UserError('plan-missing', `The plan of “${plan.title}” cannot be read now.`);
  const document = JSON.parse(Buffer.from(bytes).toString('utf8')) as PlanDocument;
  const { hash, ...approved } = document;
  const whole = createHash('sha256').update(bytes).digest('hex') === artifact.sha256 && hashOf(approved) === hash;
  if (!whole || recorded !== plan.hash || hash !== plan.hash) {
    throw new UserError('plan-altered', `The plan of “${plan.title}” is not the one that was approved: somebody has altered the stored plan.`);
  }
  return document;
}

/** A step's plan with its snapshot. A lost snapshot is asked of the world itself, and only the exact one will do. */
export async function withSnapshot(
  deps: RunbookDeps,
  plan: Plan,
  step: number,
  document: PlanDocument,
  recover: (planned: Omit<Planned, 'snapshot'>, digest: string) => Promise<Json | null>,
): Promise<Planned> {
  const planStep = document.steps[step];
  if (planStep?.planned === null || planStep?.planned === undefined) throw new UserError('plan-missing', `Step ${step + 1} has no plan.`);
  const { planned, snapshot_sha256 } = planStep;
  if (snapshot_sha256 === null) return { ...planned, snapshot: null };
  const sealed = await deps.store.snapshot(snapshotKey(plan.id, step));
  const kept = sealed === null ? null : opened(deps, sealed);
  const snapshot = kept ?? (await recover(planned, snapshot_sha256));
  if (snapshot === null || sha256(snapshot) !== snapshot_sha256) {
    throw new UserError('snapshot-lost', `The state before “${plan.title}” is no longer known. Restore it by hand; the plan’s diff shows it.`);
  }
  return { ...planned, snapshot };
}

/** What was sealed, or `null` when the signing key has been changed since: then the world itself is asked. */
function opened(deps: RunbookDeps, sealed: Uint8Array): Json {
  try {
    return JSON.parse(Buffer.from(deps.cipher.open(sealed)).toString('utf8')) as Json;
  } catch {
    return null;
  }
}

/**
 * A step's inputs as they were approved: of the plan and not of the runbook, which may be gone or have changed, and not of the incident as it is
 * now. Only what did not exist then is evaluated.
 */
export function approvedInput(document: PlanDocument, step: Pick<PlanStep, 'with' | 'input'>, incident: Incident, plan: Plan): Inputs {
  const given = { arguments: Object.fromEntries(Object.keys(document.arguments).map((name) => [name, { about: name }])) };
  const over = overRemedy(given, null);
  return approvedInputs(step, over, plannedValues(document, incident), lateValues(incident, plan));
}

/** What exists once a plan is approved. */
function lateValues(incident: Incident, plan: Plan): LateValues {
  const filling = bestFilling(plan.needs, plan.approvals);
  const at = plan.intendedAt ?? plan.madeAt;
  const approvers = plan.needs.map((role, i) => `${role} ${filling[i] ?? 'nobody'}`).join(', ');
  const when = new Date(at).toISOString();
  return {
    approval: (role) => filling[plan.needs.indexOf(role)] ?? '',
    at,
    run: {
      id: plan.run,
      plan: plan.id,
      summary: `${plan.title} at ${when} for incident ${incident.id}, asked for by ${plan.requester}, approved by ${approvers || 'nobody: none was needed'}; plan ${plan.id} ${plan.hash}`,
    },
  };
}
