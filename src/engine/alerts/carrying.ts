import { DIAGNOSIS_BOARD } from '../../domain/messages/messages.ts';
import { SYSTEM_STREAM } from '../../domain/streams.ts';
import { toIso } from '../../lib/time.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Run } from '../../ports/runs.ts';
import { DIAGNOSIS_CARRY } from '../run-kinds.ts';
import { putBoard, putDetails } from '../runbooks/board.ts';
import type { RunbookDeps } from '../runbooks/deps.ts';
import { postPictures } from '../runbooks/diagnose/files.ts';
import { shownDiagnosis } from '../runbooks/diagnose/shown-fills.ts';
import { afterwards } from '../runbooks/load/afterwards.ts';
import { tellChange } from '../runbooks/remedy/plan-state.ts';

/** How long (ms) a diagnosis that is still under way is waited for, and how often it is looked. */
const PATIENCE = 15 * 60_000;
const LOOK_AGAIN = 500;

/** The id of the run that brings a diagnosis into an incident; one for both, whoever starts it. */
export function carryRunId(incident: string, diagnosis: string): string {
  return `${incident}:carry:${diagnosis}`;
}

/**
 * Brings what an alert's diagnosis found into the incident that was declared from it: nothing is read again, and the time it was made stays with it.
 */
export function carryRun(deps: RunbookDeps): Run {
  const { store } = deps;

  return DIAGNOSIS_CARRY.does(async (run, { incident, alert, run: diagnosis }) => {
    const begun = await run.step('begun', () => store.now());
    const board = { key: `${run.id}:board`, stream: incident, to: { kind: 'room' } } as const;
    const carried = await run.writeAfter(
      'carried',
      async () => {
        const view = await shownDiagnosis(store, diagnosis);
        // A diagnosis that has only just been asked for has no board yet.
        const ended = view !== null && view.findings !== null;
        if (ended || (await store.now()) - begun > PATIENCE) return view;
        throw new RetryLater(LOOK_AGAIN);
      },
      async (tx, view) => {
        if (view === null || view.findings === null) return false;
        const { runbook, revision, title, called, findings, fills, steps, as_of, arguments: given = {} } = view;
        const failed = steps.filter(({ state }) => state === 'unknown').map(({ name }) => name);
        // What it has said is not said again by the next look in the incident.
        const needs = [...new Set(steps.flatMap((step) => step.needs ?? []))];
        const data = {
          run: diagnosis,
          runbook,
          revision,
          findings,
          failed,
          title,
          alert,
          ...(called === undefined ? {} : { called }),
          ...(as_of === undefined ? {} : { as_of: toIso(as_of) }),
          ...(Object.keys(given).length === 0 ? {} : { arguments: given }),
          ...(Object.keys(fills).length === 0 ? {} : { fills }),
          ...(needs.length === 0 ? {} : { needs }),
          ...afterwards(deps.catalogue.get(runbook)),
        };
        await tellChange(deps, tx, incident, { type: 'diagnosis.finished', data });
        const shown = { ...view, incident, from: alert };
        await putBoard(tx, board, 1, DIAGNOSIS_BOARD.with(shown));
        await putDetails(tx, board, shown);
        return true;
      },
    );
    const view = carried ? await shownDiagnosis(store, diagnosis) : null;
    if (view !== null) await postPictures(deps, run, SYSTEM_STREAM, board, view.steps);
  });
}
