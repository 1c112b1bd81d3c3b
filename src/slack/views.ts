import type { catchUp } from '../../blocks/catch-up.ts';
import type { asDrill } from '../../blocks/drill.ts';
import type { withoutBlocks } from '../../blocks/plain-message.ts';
import type { note, pickedOne, picker, problem } from '../../blocks/replies.ts';
import type { isFinal, render, renderBoard } from '../../blocks/templates.ts';

/** What Slack shows: the pure functions of `blocks`, which whoever composes the program hands over. */
export interface Views {
  readonly note: typeof note;
  readonly problem: typeof problem;
  readonly picker: typeof picker;
  readonly pickedOne: typeof pickedOne;
  readonly catchUp: typeof catchUp;
  readonly withoutBlocks: typeof withoutBlocks;
  readonly render: typeof render;
  readonly renderBoard: typeof renderBoard;
  readonly isFinal: typeof isFinal;
  readonly asDrill: typeof asDrill;
}
