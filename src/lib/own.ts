/** What stands under a name that somebody outside gave; nothing that every object has, such as `constructor`. */
export function own<T>(all: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined;
}
