import { clamp } from './clamp.ts';

/** Words of a file, for a sentence that Slack or a terminal shows: nothing in them is read as more than text. */
export function plainWords(text: string): string {
  return text.replaceAll(/[`<>&\u0000-\u001f\u007f-\u009f]/g, '');
}

/** What somebody typed, to be said back to them: at most 60 characters, as plain words. */
export function typed(word: string): string {
  return plainWords(clamp(word, 60));
}
