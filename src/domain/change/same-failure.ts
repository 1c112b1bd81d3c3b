/** Of the words of two findings, how many have to be the same for one failure: what is named and counted in them changes from look to look. */
const SAME = 1 / 3;

/** Whether what is seen now is plainly another failure than each of those that were found before. Without any before, nobody can say so. */
export function isAnotherFailure(before: readonly string[], now: string): boolean {
  const words = wordsOf(now);
  return before.length > 0 && words.size > 0 && before.every((says) => shared(wordsOf(says), words) < SAME);
}

/** The share of the words of the shorter one that the other has too. */
function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const least = Math.min(a.size, b.size);
  return least === 0 ? 1 : [...a].filter((word) => b.has(word)).length / least;
}

/** Plain words only: neither numbers nor names of pods. */
function wordsOf(text: string): ReadonlySet<string> {
  const plain = text.split(/\s+/).map((word) => word.toLowerCase().replaceAll(/[^a-z-]/g, (c) => (/\d/.test(c) ? c : '')));
  return new Set(plain.filter((word) => word.length > 3 && !/[\d-]/.test(word)));
}
