import { PROGRESS_BOARD } from '../../../domain/messages/messages.ts';
import type { Json } from '../../../domain/record.ts';
import { SYSTEM_STREAM } from '../../../domain/streams.ts';
import { own } from '../../../lib/own.ts';
import { sayDuration } from '../../../lib/time.ts';
import { RetryLater } from '../../../ports/queue.ts';
import type { Run } from '../../../ports/runs.ts';
import type { StoreTx } from '../../../ports/store.ts';
import { shownBoard } from '../../reach/shown.ts';
import { WATCH } from '../../run-kinds.ts';
import { type Board, putBoard } from '../board.ts';
import type { RunbookDeps } from '../deps.ts';
import { diagnosisArguments } from '../load/needs.ts';
import { readDiagnosis } from './steps.ts';

/**
 * Watches something until it is over, in one message that is edited, for hours if need be (VO-24): it survives a restart, and holds no
 * worker between two looks. Changes nothing.
 */
export function watchRun(deps: RunbookDeps): Run {
  const { store } = deps;

  return WATCH.does(async (run, { runbook: id, watch: name, arguments: given, incident, by, to }) => {
    const runbook = deps.catalogue.get(id);
    const wanted = runbook == null ? undefined : own(runbook.watches, name);
    if (runbook === null || wanted === undefined) return;
    const asked: Board = { key: `${run.id}:board`, stream: incident ?? SYSTEM_STREAM, to };
    const put = async (tx: StoreTx, on: Board, text: string) =>
      putBoard(tx, on, await tx.now(), PROGRESS_BOARD.with({ plan: '', text, done: 0, total: 0 }));
    const begun = await run.step('begun', () => store.now());
    await run.write('opened', async (tx) => {
      await put(tx, asked, wanted.title);
      return true;
    });
    const board = await shownBoard(run, store, asked, by, (tx, on) => put(tx, on, wanted.title));
    const said = await run.step('watched', async () => {
      const result = (await readDiagnosis(deps, runbook, [wanted.step], incident, given)).get(wanted.step);
      const diagnose = { [wanted.step]: result?.output ?? null };
      const held =
        result?.ok === true &&
        holds(() => runbook.overDiagnosis.evaluate(wanted.until, { diagnose, arg: diagnosisArguments(runbook, given), setting: runbook.setting }));
      const passed = (await store.now()) - begun;
      const seen = result?.summary ?? '';
      if (held) return `${wanted.title}: over after ${sayDuration(passed)}. ${seen}`;
      if (passed >= wanted.within) return `${wanted.title}: not over after ${sayDuration(passed)}; it is no longer watched. ${seen}`;
      await store.transaction((tx) => put(tx, board, `${wanted.title} for ${sayDuration(passed)}: ${seen}`));
      throw new RetryLater(wanted.every);
    });
    await run.write('over', async (tx) => {
      await putBoard(tx, board, await tx.now(), PROGRESS_BOARD.with({ plan: '', text: said, done: 1, total: 1, over: true }));
      return true;
    });
  });
}

function holds(judge: () => Json): boolean {
  try {
    return judge() === true;
  } catch {
    return false;
  }
}
