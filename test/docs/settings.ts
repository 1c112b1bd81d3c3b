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
