import { catchUp } from '../../blocks/catch-up.ts';
import { asDrill } from '../../blocks/drill.ts';
import { withoutBlocks } from '../../blocks/plain-message.ts';
import { note, pickedOne, picker, problem } from '../../blocks/replies.ts';
import { isFinal, render, renderBoard } from '../../blocks/templates.ts';
import type { Views } from '../slack/views.ts';

/** The messages of `blocks`, as Slack's side of the program receives them. */
export const VIEWS: Views = { note, problem, picker, pickedOne, catchUp, withoutBlocks, render, renderBoard, isFinal, asDrill };
