import { UserError } from '../../../domain/errors.ts';
import { asJson, readBack } from '../../../domain/json.ts';
import { DIAGNOSIS_BOARD, type ShownOf } from '../../../domain/messages/messages.ts';
import { SYSTEM_STREAM } from '../../../domain/streams.ts';
import type { Run } from '../../../ports/runs.ts';
import type { StoreTx } from '../../../ports/store.ts';
import type { Destination } from '../../incidents/notice.ts';
import { shownBoard } from '../../reach/shown.ts';
import { DIAGNOSIS } from '../../run-kinds.ts';
import { type Board, putBoard, putDetails } from '../board.ts';
import type { RunbookDeps } from '../deps.ts';
import { afterwards } from '../load/afterwards.ts';
import { readingInOrder } from '../load/needs.ts';
import type { Runbook } from '../load/runbook.ts';
import { incidentNow } from '../remedy/plan-state.ts';
import { type Concluded, conclude } from './concluding.ts';
import { postFiles } from './files.ts';
import { type Standing, standingOf } from './standing.ts';
import { type Kept, keep, readDiagnosisStep, withPicture } from './steps.ts';

/** The key of a diagnosis's message, by its run. */
export function diagnosisBoardKey(run: string): string {
  return `${run}:board`;
}

/** What the message of a diagnosis shows. */
type DiagnosisView = ShownOf<typeof DIAGNOSIS_BOARD>;

/**
 * Runs a runbook's diagnosis: every step at once, each with its own time limit, one message edited as they come in, then the findings
 * with their reasons and what they suggest. Each step's result is a record, its long text and its picture are artifacts and files.
 */
export function diagnosisRun(deps: RunbookDeps): Run {
  return DIAGNOSIS.does(async (run, { incident: id, runbook: runbookId, by, to, arguments: given, unfilled }) => {
    const runbook = deps.catalogue.get(runbookId);
    if (runbook === null) return;
    const stream = id ?? SYSTEM_STREAM;
    const board: Board = { key: diagnosisBoardKey(run.id), stream, to: to ?? roomFor(id) };
    const steps = Object.entries(runbook.diagnose);
    const results = new Map<string, Kept>();
    const asked = {
      incident: id,
      by,
      run: run.id,
      ...(unfilled.length === 0 ? {} : { unfilled }),
      ...(Object.keys(given).length === 0 ? {} : { arguments: { ...given } }),
    };
    const viewNow = (concluded: Concluded | null) => viewOf(runbook, asked, deps.linksOf(runbook.service), results, concluded);
    const needed = () => [...new Set([...results.values()].flatMap(({ needs }) => needs ?? []))];
    const show = (tx: StoreTx, concluded: Concluded | null, on = board) =>
      putBoard(tx, on, results.size + (concluded === null ? 1 : 1_000), DIAGNOSIS_BOARD.with(viewNow(concluded)));

    await run.write('begin', async (tx) => {
      await show(tx, null);
      return true;
    });
    const standing = readBack<Standing>(await run.step('standing', async () => asJson(await standingOf(deps, runbook))));
    const look = { incident: id, ...(standing.mendedAt === null ? {} : { mendedAt: standing.mendedAt }) };
    const result = readingInOrder(runbook, given, async (name, step, inputs) => {
      const kept = await run.writeAfter(
        `step:${name}`,
        async () => withPicture(deps, await readDiagnosisStep(deps, runbook, name, step, inputs, look)),
        async (tx, read) => asJson(await keep(deps, tx, { stream, run: run.id, runbook: runbook.id, step: name, uses: step.uses, result: read })),
      );
      return upcast(readBack<Kept>(kept));
    });
    await Promise.all(
      steps.map(async ([name]) => {
        results.set(name, await result(name));
        if (results.size < steps.length) await deps.store.transaction((tx) => show(tx, null));
      }),
    );
    const drawn = conclude(runbook, results, given, id === null ? null : await incidentNow(deps, id), standing);
    const ended = await run.write('findings', async (tx) => {
      const failed = steps.filter(([name]) => results.get(name)?.state === 'unknown').map(([name]) => name);
      const data = {
        run: run.id,
        runbook: runbook.id,
        revision: runbook.revision,
        title: runbook.title,
        ...(drawn.title === runbook.title ? {} : { called: drawn.title }),
        findings: drawn.findings.map((finding) => ({ ...finding, suggests: [...finding.suggests] })),
        failed,
        ...(Object.keys(given).length === 0 ? {} : { arguments: given }),
        ...(Object.keys(drawn.fills).length === 0 ? {} : { fills: drawn.fills }),
        ...(needed().length === 0 ? {} : { needs: needed() }),
        ...afterwards(runbook),
      };
      if (id === null) await deps.recordOutside(tx, { type: 'diagnosis.finished', outcome: 'done', data });
      else await deps.incidents.tell(tx, id, { type: 'change', event: { type: 'diagnosis.finished', data } });
      const at = await tx.now();
      await show(tx, { ...drawn, at });
      return at;
    });
    // A run of the release before noted no time.
    const concluded = { ...drawn, at: typeof ended === 'number' ? ended : await deps.store.now() };
    const shown = await shownBoard(run, deps.store, board, by, (tx, on) => show(tx, concluded, on));
    await run.write('details', async (tx) => {
      await putDetails(tx, shown, viewNow(concluded));
      return true;
    });
    await postFiles(deps, run, stream, shown, runbook, results);
  });
}

/** A release before did not keep the state. */
function upcast(kept: Kept & { readonly ok?: boolean }): Kept {
  return { ...kept, state: kept.state ?? (kept.ok === true ? 'seen' : 'unknown') };
}

function viewOf(
  runbook: Runbook,
  about: Pick<DiagnosisView, 'incident' | 'by' | 'run' | 'unfilled' | 'arguments'>,
  links: DiagnosisView['links'],
  results: ReadonlyMap<string, Kept>,
  concluded: Concluded | null,
): DiagnosisView {
  const { suggested, others } = concluded?.offered ?? { suggested: [], others: Object.keys(runbook.remedies) };
  return {
    ...about,
    runbook: runbook.id,
    revision: runbook.revision,
    title: runbook.title,
    ...(concluded === null || concluded.title === runbook.title ? {} : { called: concluded.title }),
    ...(concluded === null ? {} : { as_of: concluded.at }),
    fills: concluded?.fills ?? {},
    links,
    steps: Object.entries(runbook.diagnose).map(([name, step]) => {
      const result = results.get(name);
      return {
        name,
        title: step.title ?? name.replaceAll('_', ' '),
        state: result?.state ?? 'running',
        summary: result?.summary ?? '',
        table: result?.table ?? null,
        chart: result?.chart ?? null,
        file: (result?.file ?? null) !== null,
        ...(result?.picture === undefined ? {} : { picture: result.picture }),
        ms: result?.ms ?? 0,
        ...(result?.needs === undefined ? {} : { needs: result.needs, ...(concluded?.said.includes(result.needs) === true ? { said: true } : {}) }),
      };
    }),
    findings: concluded?.findings ?? null,
    unjudged: concluded?.unjudged.filter((one) => !one.steps.some((name) => results.get(name)?.needs !== undefined)).length ?? 0,
    remedies: [...suggested, ...others].flatMap((name) => {
      const remedy = runbook.remedies[name];
      if (remedy === undefined) return [];
      const { title, risk, last_resort: lastResort, stake = null, revert } = remedy;
      return [{ name, title, risk, lastResort, suggested: suggested.includes(name), stake, revertAfterMs: revert?.after ?? null }];
    }),
  };
}

function roomFor(incident: string | null): Destination {
  if (incident === null) throw new UserError('nowhere', 'A diagnosis outside of an incident needs a place for its answer.');
  return { kind: 'room' };
}
