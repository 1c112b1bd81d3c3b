/**
 * Does `work` for each item with up to `ahead` of them under way at once, and yields the results in the items' order.
 * The first error ends it; what is still under way is left to finish by itself.
 */
export async function* mapAhead<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  ahead: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = [];
  for await (const item of items) {
    const started = work(item);
    // Awaited in its turn; until then a failure must not count as unhandled.
    started.catch(() => undefined);
    if (pending.push(started) >= ahead) yield await (pending.shift() as Promise<Result>);
  }
  for (const started of pending) yield await started;
}
