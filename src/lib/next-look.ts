/**
 * How long (ms) until the next look at what has been waited for since `waited` ms: an eighth of that, from `first` to `last`. What comes soon is
 * seen soon, and a hundred that wait for minutes cost little.
 */
export function nextLook(waited: number, first: number, last: number): number {
  return Math.min(last, Math.max(first, waited / 8));
}
