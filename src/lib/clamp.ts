const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** A "character" of more units than that is marks without end: it is cut between two code points. */
const LONGEST = 256;

/**
 * Cuts a text to at most `length` UTF-16 units, and says so by an ellipsis. The one way to cut text that people or other systems will see:
 * an emoji, a flag or a letter with its accents stays whole or goes, and half of one that came from outside is replaced.
 */
export function clamp(text: string, length: number): string {
  return text.length <= length ? text.toWellFormed() : `${headOf(text, length - 1)}…`;
}

/** The beginning of a text, at most `length` units, without an ellipsis. */
export function headOf(text: string, length: number): string {
  return text.slice(0, boundary(text, length)).toWellFormed();
}

/** The end of a text, at most `length` units. */
export function tailOf(text: string, length: number): string {
  if (length <= 0) return '';
  const at = text.length - length;
  if (at <= 0) return text.toWellFormed();
  const { from, to } = segmentAt(text, at);
  return text.slice(from === at ? at : to).toWellFormed();
}

/** The last place at or before `at` where a text may be cut. */
function boundary(text: string, at: number): number {
  if (at <= 0) return 0;
  if (at >= text.length) return text.length;
  return segmentAt(text, at).from;
}

/** Where the character that has the unit `at` begins and ends. */
function segmentAt(text: string, at: number): { readonly from: number; readonly to: number } {
  // Only what is near is segmented: of a long text all else would be looked at in vain.
  const start = whole(text, Math.max(0, at - LONGEST));
  const found = GRAPHEMES.segment(text.slice(start, at + LONGEST)).containing(at - start);
  const from = start + (found?.index ?? at - start);
  const to = from + (found?.segment.length ?? 0);
  if (to - from < LONGEST && (from > start || start === 0)) return { from, to };
  const near = whole(text, at);
  return { from: near, to: near };
}

/** Not between the halves of a surrogate pair. */
function whole(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  const before = text.charCodeAt(at - 1);
  return unit >= 0xdc00 && unit <= 0xdfff && before >= 0xd800 && before <= 0xdbff ? at - 1 : at;
}
