import type { Run } from '../../ports/runs.ts';
import type { Store } from '../../ports/store.ts';
import { ROTA_TURN } from '../run-kinds.ts';
import { sleepUntil } from '../until.ts';
import type { RotaBook } from './rotas.ts';

export interface TurningDeps {
  readonly store: Store;
  readonly book: RotaBook;
}

/**
 * Waits until somebody else is on call, announces that once, and waits for the next time. After a downtime what is announced is who is on call now: one
 * line, however many hand-overs there were.
 */
export function turnRun({ store, book }: TurningDeps): Run {
  return ROTA_TURN.does(async (run, { rota, at, before }) => {
    await sleepUntil(run, store, at);
    await run.write('settle', async (tx) => {
      await book.settle(tx, rota, before);
      return true;
    });
  });
}

/** Begins to wait for the next hand-over of each rota; a change of the file that puts somebody else on call is announced. Each once, whoever asks. */
export async function startTurns(store: Store, book: RotaBook, rotas: readonly string[]): Promise<void> {
  for (const rota of rotas) await store.transaction((tx) => book.settle(tx, rota, undefined));
}
