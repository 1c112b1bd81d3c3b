import type { PROGRESS_BOARD, ShownOf } from '../src/domain/messages/messages.ts';
import { bar } from './code.ts';
import { type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { clamp } from './text.ts';

/** What a remedy's run says when it is over (src/engine/runbooks/remedy/remedy.ts). */
const DONE = 'Done';

/** One line that is edited while a change is under way. */
export function progressBoard({ text, done, total, over }: ShownOf<typeof PROGRESS_BOARD>): Message {
  const shown = clamp(text, 1_000);
  return message(safe(shown), [section(`${lead(text === DONE || over, done, total)}${safe(shown)}`)]);
}

/** A bar while there are steps to come; what is watched for after the last one takes as long as it takes. */
function lead(over: boolean, done: number, total: number): string {
  if (over) return ':white_check_mark: ';
  return total > 1 && done < total ? `\`${bar(done, total)}\` ${done} of ${total} done  ·  ` : ':hourglass_flowing_sand: ';
}
