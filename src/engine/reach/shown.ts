import { REPLY_MESSAGE, type Reply } from '../../domain/messages/messages.ts';
import type { RunContext } from '../../ports/runs.ts';
import type { Store, StoreTx } from '../../ports/store.ts';
import { sendMessage } from '../incidents/incidents.ts';
import type { Board } from '../runbooks/board.ts';
import { delivery } from './delivery.ts';
import { plainMessage } from './plain.ts';

const PERSON = /^[UW][A-Z0-9]{2,20}$/;

/**
 * Where a result is shown: where it was asked for, or, when Slack refuses that (a private channel without the bot), in a direct message to
 * who asked. `put` draws the board once more. Returns the board that people see from now on.
 */
export async function shownBoard(
  run: RunContext,
  store: Store,
  board: Board,
  asker: string,
  put: (tx: StoreTx, board: Board) => Promise<void>,
): Promise<Board> {
  if (board.to.kind !== 'channel' || !PERSON.test(asker)) return board;
  const { channel } = board.to;
  const { sent, error } = await delivery(run, store, 'board', board.key);
  if (sent || error === 'no_answer') return board;
  const direct: Board = { ...board, key: `${board.key}:asker`, to: { kind: 'person', user: asker } };
  await run.write('to-asker', async (tx) => {
    await sendMessage(tx, {
      key: `${direct.key}:why`,
      stream: board.stream,
      seq: 0,
      lane: asker,
      to: { ...direct.to },
      ...REPLY_MESSAGE.with(
        plainMessage(
          `What you asked for in <#${channel}> cannot be posted there, so it is sent to you. To get it there, \`/invite\` Tocsin to the channel.`,
        ),
      ),
    });
    await put(tx, direct);
    return true;
  });
  return direct;
}

/** Says, beside a board, what stands for a file of it that Slack did not take. */
export async function tellBeside(tx: StoreTx, board: Board, key: string, reply: Reply): Promise<void> {
  await sendMessage(tx, { key, stream: board.stream, seq: 0, lane: `board:${board.key}`, to: { ...board.to }, ...REPLY_MESSAGE.with(reply) });
}
