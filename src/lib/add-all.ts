/** Adds any number of items to the end of a list: a spread into push fails where there are some hundred thousand. */
export function addAll<T>(list: T[], more: Iterable<T>): void {
  for (const one of more) list.push(one);
}
