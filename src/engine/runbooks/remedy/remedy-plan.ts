import { createHash } from 'node:crypto';
import { warnAppliedBefore } from '../../../domain/change/applied-before.ts';
import { type Requested, remedyTitle } from '../../../domain/change/plans.ts';
import { UserError } from '../../../domain/errors.ts';
import { mayBegin } from '../../../domain/incident/incident.ts';
import { toIso } from '../../../lib/time.ts';
import type { InputOf, RunContext } from '../../../ports/runs.ts';
import type { StoreTx } from '../../../ports/store.ts';
import type { REMEDY } from '../../run-kinds.ts';
import type { RunbookDeps } from '../deps.ts';
import { sayError } from '../diagnose/reading.ts';
import { readDiagnosis } from '../diagnose/steps.ts';
import type { Runbook } from '../load/runbook.ts';
import { snapshotKey } from './applying.ts';
import { canonical } from './plan-document.ts';
import { incidentIn, incidentNow, tellChange } from './plan-state.ts';
import { plannedSteps } from './planned-steps.ts';
import { type MadePlan, makePlan, neededRoles, PLAN_TIMEOUT, remedyOf } from './planning.ts';
import { assertWorkable } from './remedy-needs.ts';

/** An approval is waited for as long as this (ms) where the runbook does not say. */
const EXPIRES = 15 * 60_000;

/** What a run of a remedy was started with. */
export type RemedyInput = InputOf<typeof REMEDY>;

type Made = MadePlan & { readonly runbook: Runbook; readonly notes: readonly string[] };

/** Makes a plan and records it. Returns its id, or `null` when there is none to decide upon: why is recorded as well. */
export async function planStep(
  deps: RunbookDeps,
  run: RunContext,
  asked: RemedyInput,
  attempt: number,
  replaces: string | null,
): Promise<string | null> {
  const id = planId(run.id, attempt);
  return run.writeAfter(
    `plan:${attempt}`,
    () => tryPlan(deps, asked),
    async (tx, made) => {
      // Resolved meanwhile: that voided what was asked for, and is recorded (src/domain/incident/decide-ending.ts).
      const incident = await incidentIn(tx, asked.incident);
      const requested = incident?.requested[run.id];
      if (incident === null || requested === undefined || !mayBegin(incident, requested.proposes === true)) return null;
      const changed = 'refused' in made ? null : whyAskAgain(made.runbook, asked.remedy, requested);
      if (!('refused' in made) && changed === null) {
        const notes = [...warnAppliedBefore(incident, made.runbook.id, asked.remedy), ...made.notes];
        await recordPlan(deps, tx, run, asked, id, { ...made, notes }, replaces);
        return id;
      }
      const reason = 'refused' in made ? made.refused : (changed ?? '');
      await tellChange(deps, tx, asked.incident, { type: 'remedy.failed', outcome: 'failed', data: { plan: null, run: run.id, reason, applied: 0 } });
      return null;
    },
  );
}

/**
 * Why a plan would be of something graver than what was asked for: the runbook may have been changed since, and what was allowed by what it was
 * must not allow what it is now. `null`: it is the same kind of remedy.
 */
function whyAskAgain({ proposing, remedies }: Runbook, remedy: string, requested: Requested): string | null {
  const same = remedies[remedy]?.risk === requested.risk && (requested.proposes !== true || proposing.has(remedy));
  return same ? null : 'The runbook was changed since this was asked for, and the remedy is of another kind now. Ask for it again.';
}

/** Opaque and the same at every try: eight characters without those that look alike. */
export function planId(run: string, attempt: number): string {
  const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
  const digest = createHash('sha256').update(`${run}:${attempt}`).digest();
  return `PLN-${[...digest.subarray(0, 8)].map((byte) => alphabet[byte % alphabet.length]).join('')}`;
}

async function tryPlan(deps: RunbookDeps, asked: RemedyInput): Promise<Made | { readonly refused: string }> {
  const incident = await incidentNow(deps, asked.incident);
  const runbook = deps.catalogue.get(asked.runbook);
  if (runbook === null) return { refused: `The runbook ${asked.runbook} no longer exists.` };
  const context = deps.context({ service: runbook.service, incident: incident.id, signal: AbortSignal.timeout(PLAN_TIMEOUT) });
  try {
    const made = await makePlan(deps, runbook, asked.remedy, incident, asked.arguments, context);
    if (made.changes) {
      const uncertain = await assertWorkable(deps, runbook, asked.remedy, asked.arguments);
      return { ...made, runbook, notes: [...(await lookAtEvidence(deps, runbook, asked)), ...uncertain] };
    }
    return { refused: `Nothing to change: ${made.document.steps.map((step) => step.planned?.summary ?? '').join('; ')}` };
  } catch (error) {
    return { refused: sayError(error, context) };
  }
}

/**
 * Whether the evidence that the remedy captures first can be read, so that nobody approves what would stop there (AU-06). Returns what there is
 * none of, in words. @throws UserError `evidence-unread`
 */
async function lookAtEvidence(deps: RunbookDeps, runbook: Runbook, asked: RemedyInput): Promise<readonly string[]> {
  const { capture } = remedyOf(runbook, asked.remedy);
  const results = [...(await readDiagnosis(deps, runbook, capture, asked.incident, asked.arguments))];
  const titleOf = (name: string) => runbook.diagnose[name]?.title ?? name;
  const unread = results.find(([, { ok, missing }]) => !ok && missing === undefined);
  if (unread !== undefined) {
    const [name, { summary }] = unread;
    throw new UserError(
      'evidence-unread',
      `“${titleOf(name)}” has to be captured before anything is changed (AU-06), and could not be read: ${summary}`,
    );
  }
  return results.flatMap(([name, { missing, summary }]) => (missing === undefined ? [] : [`No evidence of “${titleOf(name)}”: ${summary}`]));
}

async function recordPlan(
  deps: RunbookDeps,
  tx: StoreTx,
  run: RunContext,
  asked: RemedyInput,
  id: string,
  { document, runbook, snapshots, notes }: Made,
  replaces: string | null,
): Promise<void> {
  const remedy = remedyOf(runbook, asked.remedy);
  const artifact = await tx.putArtifact(asked.incident, Buffer.from(`${canonical(document)}\n`));
  for (const [i, snapshot] of snapshots.entries()) {
    if (snapshot !== null) await tx.putSnapshot(snapshotKey(id, i), deps.cipher.seal(Buffer.from(JSON.stringify(snapshot))));
  }
  const expires = (await tx.now()) + (remedy.approvals?.expire ?? EXPIRES);
  await tellChange(deps, tx, asked.incident, {
    type: 'plan.made',
    artifacts: [artifact],
    data: {
      plan: id,
      run: run.id,
      kind: 'change',
      of: null,
      runbook: runbook.id,
      revision: runbook.revision,
      remedy: asked.remedy,
      title: remedyTitle({ title: remedy.title, lastResort: remedy.last_resort }),
      risk: remedy.risk,
      ...(remedy.stake === undefined ? {} : { stake: remedy.stake }),
      plan_hash: document.hash,
      needs: neededRoles(remedy),
      requester: '',
      requester_roles: [],
      expires: toIso(expires),
      steps: plannedSteps(document, runbook.needs, notes, deps.actions),
      reason: asked.reason,
      revert_after_ms: remedy.revert?.after ?? null,
      revert_remind_ms: remedy.revert?.remind ?? null,
      replaces,
    },
  });
}
