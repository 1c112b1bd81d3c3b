/** One page of a list that has the oldest changes first. */
export interface ReadPage<T, C> {
  readonly items: readonly T[];
  /** How the next page is asked for; `null` where this was the last. */
  readonly next: C | null;
}

export interface ReadOnOptions<T, C> {
  /** From when on (ms). */
  readonly since: number;
  /** How exact (ms) the list takes a moment. */
  readonly grain: number;
  /** After so many pages it stops where it can go on later. */
  readonly pages: number;
  /** `cursor`: what the page before gave; `undefined` for the first page from this moment on. */
  readonly page: (from: number, cursor: C | undefined) => Promise<ReadPage<T, C>>;
  /** When (ms) an item changed; `null` where that is not known. */
  readonly momentOf: (item: T) => number | null;
}

/** So many times the usual number of pages are read of changes that have one moment. */
const CROWDED = 10;

/**
 * Reads what changed since a moment, a bounded part of it at once. `through`: up to when (ms) all was read where there is more; `null` where nothing is left.
 * The list is asked anew from the newest change that was read as soon as it can tell the moments apart: what changes meanwhile moves to the end and would
 * otherwise push others over a page's edge. Items may come twice.
 */
export async function readOn<T, C>({
  since,
  grain,
  pages,
  page,
  momentOf,
}: ReadOnOptions<T, C>): Promise<{
  readonly items: readonly T[];
  readonly through: number | null;
}> {
  const found: T[][] = [];
  let from = since;
  let cursor: C | undefined;
  for (let count = 1; ; count += 1) {
    const { items, next } = await page(from, cursor);
    found.push([...items]);
    if (next === null) return { items: found.flat(), through: null };
    const newest = items.reduce((latest, item) => Math.max(latest, momentOf(item) ?? latest), from);
    if (newest - from >= grain) {
      from = newest;
      cursor = undefined;
    } else cursor = next;
    if (count >= pages && from > since) return { items: found.flat(), through: from };
    if (count >= pages * CROWDED) return { items: found.flat(), through: from + grain };
  }
}
