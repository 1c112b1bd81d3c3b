import { type Check, type CheckState, worst } from '../../../domain/checks.ts';
import { UserError } from '../../../domain/errors.ts';
import { PREFLIGHT_BOARD, storedBoard } from '../../../domain/messages/messages.ts';
import { SYSTEM_STREAM } from '../../../domain/streams.ts';
import type { Run } from '../../../ports/runs.ts';
import { shownBoard } from '../../reach/shown.ts';
import { PREFLIGHT } from '../../run-kinds.ts';
import { type Board, putBoard } from '../board.ts';
import type { RunbookDeps } from '../deps.ts';
import type { Runbook } from '../load/runbook.ts';
import { stepsOf } from '../load/steps.ts';
import { lookAround } from '../remedy/remedy-needs.ts';
import { createLooker, type LookDeps, type Looker } from './step-check.ts';

/** What the pre-flight found of one step, or of what a remedy needs besides its steps. */
export interface StepCheck {
  readonly runbook: string;
  /** `diagnose engine`, `bypass, step 1`, `bypass, evidence`, `bypass, guard`. */
  readonly step: string;
  readonly uses: string;
  readonly checks: readonly Check[];
}

export interface PreflightReport {
  readonly service: string;
  readonly at: number;
  readonly runbooks: number;
  readonly steps: readonly StepCheck[];
}

/**
 * Looks at everything that a service's runbooks use, where they would use it: would it work tonight? Changes nothing. `limit`: ms for each
 * thing that is looked at.
 */
export async function preflight(
  deps: LookDeps & Pick<RunbookDeps, 'catalogue' | 'store'>,
  service: string,
  limit?: number,
): Promise<PreflightReport> {
  const runbooks = deps.catalogue.list(service);
  if (runbooks.length === 0) throw new UserError('no-runbooks', `There are no runbooks for ${service}. \`/runbook list\` shows all.`);
  const looker = createLooker(deps, service, limit);
  const steps = await Promise.all(runbooks.map((runbook) => checkRunbook(looker, runbook)));
  return { service, at: await deps.store.now(), runbooks: runbooks.length, steps: steps.flat() };
}

async function checkRunbook(looker: Looker, runbook: Runbook): Promise<readonly StepCheck[]> {
  const steps = stepsOf(runbook).map(async (step) => ({ step: step.name, uses: step.uses, checks: await looker.step(step, 'all') }));
  const around = Object.keys(runbook.remedies).map((name) => lookAround(looker, runbook, name));
  return [...(await Promise.all(steps)), ...(await Promise.all(around)).flat()].map((found) => ({ runbook: runbook.id, ...found }));
}

/** The pre-flight as a run: asked for by a person, or nightly. Its report is a record with an artifact. */
export function preflightRun(deps: RunbookDeps): Run {
  return PREFLIGHT.does(async (context, { service, by, to }) => {
    const board: Board = { key: `${context.id}:board`, stream: SYSTEM_STREAM, to };
    await context.writeAfter(
      'report',
      () => preflight(deps, service),
      async (tx, report) => {
        const artifact = await tx.putArtifact(SYSTEM_STREAM, Buffer.from(`${JSON.stringify(report, null, 2)}\n`));
        const count = (state: CheckState) => report.steps.filter(({ checks }) => worst(checks) === state).length;
        const data = { service, by, steps: report.steps.length, failures: count('failure'), warnings: count('warning'), unknown: count('unknown') };
        await deps.recordOutside(tx, { type: 'preflight.finished', outcome: 'done', data, artifacts: [artifact] });
        await putBoard(tx, board, 1, PREFLIGHT_BOARD.with(report));
        return true;
      },
    );
    const posted = await context.step('posted', async () => (await deps.store.message(board.key))?.data ?? null);
    const shown = PREFLIGHT_BOARD.with(PREFLIGHT_BOARD.read(storedBoard.parse(posted).view));
    await shownBoard(context, deps.store, board, by, (tx, on) => putBoard(tx, on, 1, shown));
  });
}
