import { expect, test } from '@jest/globals';
import {
  ALERT_CALL_BOARD,
  CALL_MESSAGE,
  CARD_MESSAGE,
  DIAGNOSIS_BOARD,
  ESCALATED_MESSAGE,
  PAGE_MESSAGE,
  REOPENED_MESSAGE,
  UNREACHED_MESSAGE,
  WELCOME_MESSAGE,
} from '../../src/domain/messages/messages.ts';
import { catchUpLane, deliverMessage } from '../../src/engine/incidents/incidents.ts';
import { putBoard } from '../../src/engine/runbooks/board.ts';
import type { Job } from '../../src/ports/queue.ts';
import type { StoreTx } from '../../src/ports/store.ts';

/** A transaction that keeps the jobs alone. */
function keeping() {
  const jobs: Job[] = [];
  const tx = { addMessage: async () => undefined, updateMessage: async () => undefined, enqueue: async (job: Job) => void jobs.push(job) };
  return { tx: tx as unknown as StoreTx, priority: () => jobs.at(-1)?.priority ?? 0 };
}

const ROOM = { kind: 'room' };
const ALONE = { kind: 'ephemeral', user: 'U0ADA', channel: 'C1', responseUrl: null };

test.each([
  ['a direct message', 3, { to: { kind: 'person', user: 'U0ADA' }, template: WELCOME_MESSAGE.name, lane: 'U0ADA' }],
  ...[PAGE_MESSAGE, CALL_MESSAGE, ESCALATED_MESSAGE, REOPENED_MESSAGE, UNREACHED_MESSAGE].map(
    ({ name }) => [`${name} in a channel`, 3, { to: ROOM, template: name, lane: 'INC-1' }] as const,
  ),
  ['an answer', 2, { to: ALONE, template: 'reply', lane: 'reply:U0ADA' }],
  ['what somebody hears on joining', 0, { to: ALONE, template: 'reply', lane: catchUpLane('U0ADA') }],
  ['a card', 1, { to: ROOM, template: CARD_MESSAGE.name, lane: 'INC-1' }],
  ['all else', 0, { to: ROOM, template: WELCOME_MESSAGE.name, lane: 'INC-1' }],
] as const)('%s has the priority %s', async (_what, priority, message) => {
  const kept = keeping();
  await deliverMessage(kept.tx, { key: 'one', ...message });
  expect(kept.priority()).toBe(priority);
});

test('the call of an alert goes as first as a page, and a diagnosis does not', async () => {
  const kept = keeping();
  const board = { key: 'one', stream: 'system', to: { kind: 'channel', channel: 'C1' } as const };
  await putBoard(kept.tx, board, 1, { board: ALERT_CALL_BOARD.name, view: {} });
  expect(kept.priority()).toBe(3);
  await putBoard(kept.tx, board, 1, { board: DIAGNOSIS_BOARD.name, view: {} });
  expect(kept.priority()).toBe(0);
});
