/** Whether a text is what a pattern of IAM or of the configuration means: `*` stands for anything, `?` for one character. Takes no more than length times length. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0;
  let seen = 0;
  /** Where the last `*` was, and up to where it has taken. */
  let star = -1;
  let taken = 0;
  while (seen < text.length) {
    if (at < pattern.length && pattern[at] === '*') {
      star = at;
      taken = seen;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[seen])) {
      at += 1;
      seen += 1;
    } else if (star >= 0) {
      taken += 1;
      seen = taken;
      at = star + 1;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
