import { DIAGNOSIS_BOARD, type ShownOf, storedBoard } from '../../../domain/messages/messages.ts';
import type { Store } from '../../../ports/store.ts';
import { diagnosisBoardKey } from './diagnosis.ts';
import type { Fills } from './filling.ts';

/** What the board of a diagnosis shows, by its run; `null` where there is none. */
export async function shownDiagnosis(store: Pick<Store, 'message'>, run: string): Promise<ShownOf<typeof DIAGNOSIS_BOARD> | null> {
  const message = await store.message(diagnosisBoardKey(run));
  return message === null ? null : DIAGNOSIS_BOARD.read(storedBoard.parse(message.data).view);
}

/** What a diagnosis outside of incidents found for the forms of its remedies. One of an incident is for those who see that. */
export async function fillsOutside(store: Pick<Store, 'message'>, run: string, runbook: string): Promise<Fills> {
  const view = await shownDiagnosis(store, run);
  return view !== null && view.incident === null && view.runbook === runbook ? view.fills : {};
}
