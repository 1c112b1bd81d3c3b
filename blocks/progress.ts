import { bar } from './code.ts';
import { type Message, message, section } from './kit.ts';
import { clamp, safe } from './text.ts';

/** How a remedy goes on. `done` of `total` steps are behind. */
export interface ProgressShown {
  readonly plan: string;
  readonly text: string;
  readonly done: number;
  readonly total: number;
}

/** One line that is edited while a change is under way. */
export function progressBoard({ text, done, total }: ProgressShown): Message {
  const shown = clamp(text, 1_000);
  const counted = total > 1 ? `\`${bar(done, total)}\` ${done} of ${total} done  ·  ` : ':hourglass_flowing_sand: ';
  return message(shown, [section(`${counted}${safe(shown)}`)]);
}
