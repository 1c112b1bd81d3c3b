/** What of a zod schema says which keys there are. */
interface Definition {
  readonly type?: string;
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly options?: readonly unknown[];
  readonly valueType?: unknown;
  readonly element?: unknown;
  readonly innerType?: unknown;
  readonly in?: unknown;
}

/** Every key of a schema as a path: `services.<id>.updates.every`, `services.<id>.links[].url`. */
export function pathsOf(schema: unknown, at = ''): string[] {
  const def = (schema as { _zod?: { def?: Definition } } | undefined)?._zod?.def;
  if (def === undefined) return [];
  if (def.shape !== undefined) {
    return Object.entries(def.shape).flatMap(([key, value]) => {
      const path = at === '' ? key : `${at}.${key}`;
      return [path, ...pathsOf(value, path)];
    });
  }
  if (def.type === 'record') return pathsOf(def.valueType, `${at}.<id>`);
  if (def.type === 'array') return pathsOf(def.element, `${at}[]`);
  if (def.options !== undefined) return [...new Set(def.options.flatMap((option) => pathsOf(option, at)))];
  return pathsOf(def.innerType ?? def.in, at);
}

/** The first key of a schema; of alternatives, of the first. */
export function firstKey(schema: unknown): string {
  return pathsOf(schema)[0] ?? '';
}

/** The keys of what a record or a list holds: `a` and `b` of `{ <id>: { a, b: { c } } }`. */
export function membersOf(schema: unknown): string[] {
  const prefixes = pathsOf(schema).map((key) => key.replace(/^(?:\.<id>|\[\])\./, ''));
  return [...new Set(prefixes.filter((key) => !/[.[]/.test(key)))];
}
