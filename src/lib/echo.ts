import { clamp } from './clamp.ts';

/** What somebody typed, to be said back to them: at most 60 characters, and nothing that Slack or a terminal reads as more than text. */
export function typed(word: string): string {
  return clamp(word, 60).replaceAll(/[`<>&\u0000-\u001f\u007f-\u009f]/g, '');
}
