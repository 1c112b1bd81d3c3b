/** No word that is meant is longer; comparing takes time by its length. */
const LONGEST = 40;

/** The nearest of `known` to `word` by edit distance, when it is near enough to be meant; else `null`. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > LONGEST) return null;
  const typed = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(typed.length / 2));
  for (const candidate of known) {
    const distance = candidate.startsWith(typed) && typed.length > 1 ? 0 : editDistance(typed, candidate.toLowerCase());
    if (distance < bestDistance || (distance === bestDistance && best === null)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** No word shorter than this is taken for a misspelt name: too many words are near to each other. */
const SHORTEST = 5;

/**
 * The name that a word was meant to be, for where any other word may stand as well: one letter off, two in a long word, and never a whole other word
 * of the sentence by chance. `null` for a name itself.
 */
export function misspelt(word: string, known: readonly string[]): string | null {
  const typed = word.toLowerCase();
  if (typed.length < SHORTEST || typed.length > LONGEST || known.includes(typed)) return null;
  const most = typed.length < 6 ? 1 : 2;
  return known.find((name) => editDistance(typed, name.toLowerCase()) <= most) ?? null;
}

/** How many letters have to be changed, added or taken away (Levenshtein). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
