import { largest } from './numbers.ts';
/** What a schema says about the settings of a file, read off it by asking it: names that are known, and names that are not. */

/** A setting that no schema knows at its place, and those that it knows there. */
export interface UnknownKey {
  readonly path: readonly PropertyKey[];
  readonly key: string;
  readonly known: readonly string[];
}

/** Settings known at a place, in whatever form. */
export function siblingsOf(schema: unknown, path: readonly PropertyKey[]): string[] {
  return formsOf(schemaAt(schema, path)).flatMap(keysOf);
}

/** Unknown settings in a value that may be one of several forms, at every level: of the form that it has most in common with. */
export function unknownKeys(schema: unknown, path: readonly PropertyKey[], value: unknown): readonly UnknownKey[] {
  return unknownIn(schemaAt(schema, path), path, value);
}

function unknownIn(schema: unknown, path: readonly PropertyKey[], value: unknown): readonly UnknownKey[] {
  const def = definition(schema);
  if (def === null || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item: unknown, i) => unknownIn(def.element, [...path, i], item));
  const forms = formsOf(schema);
  const given = Object.keys(value);
  const meant = forms.length < 2 ? schema : nearestForm(forms, given);
  const known = meant === null ? [...new Set(forms.flatMap(keysOf))] : keysOf(meant);
  const shape = definition(meant)?.shape;
  const record = definition(meant)?.valueType;
  if (meant !== null && shape === undefined && record === undefined) return [];
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    if (record !== undefined) return unknownIn(record, [...path, key], member);
    if (!known.includes(key)) return [{ path, key, known }];
    return unknownIn(shape?.[key], [...path, key], member);
  });
}

/** The form with the most of the given settings; `null` where none has any. */
function nearestForm(forms: readonly unknown[], given: readonly string[]): unknown {
  const shared = forms.map((form) => keysOf(form).filter((key) => given.includes(key)).length);
  const most = largest(shared);
  return most === 0 ? null : forms[shared.indexOf(most)];
}

/** The forms of a union, those of a union in it included. */
function formsOf(schema: unknown): readonly unknown[] {
  const options = definition(schema)?.options;
  return options === undefined ? [schema] : options.flatMap(formsOf);
}

function keysOf(schema: unknown): string[] {
  return Object.keys(definition(schema)?.shape ?? {});
}

function schemaAt(schema: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce(stepInto, schema);
}

function stepInto(schema: unknown, key: PropertyKey): unknown {
  const def = definition(schema);
  if (def?.options !== undefined) return def.options.map((form) => stepInto(form, key)).find((found) => found !== undefined);
  return def?.shape === undefined ? (def?.valueType ?? def?.element) : def.shape[String(key)];
}

interface Definition {
  readonly shape?: Record<string, unknown>;
  readonly valueType?: unknown;
  readonly element?: unknown;
  readonly innerType?: unknown;
  readonly options?: readonly unknown[];
}

function definition(schema: unknown): Definition | null {
  const def = (schema as { _zod?: { def?: Definition } } | null | undefined)?._zod?.def;
  if (def === undefined) return null;
  return def.innerType === undefined ? def : definition(def.innerType);
}
