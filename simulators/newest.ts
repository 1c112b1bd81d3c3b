/** How many things a simulator that runs for days remembers of each kind. */
export const REMEMBERED = 1_000;

/** Adds at the end, and forgets from the beginning what is more than `most`. */
export function remember<T>(list: T[], one: T, most = REMEMBERED): void {
  list.push(one);
  if (list.length > most) list.splice(0, list.length - most);
}
