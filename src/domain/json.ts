import type { Json } from './record.ts';

/** A value that JSON can hold: an interface has no index signature and so is no `Json` by itself, but each of its parts is. What came from outside is `unknown`. */
type Storable<T> = unknown extends T
  ? T
  : T extends Json | undefined
    ? T
    : T extends (...given: never[]) => unknown
      ? never
      : T extends object
        ? { readonly [K in keyof T]: Storable<T[K]> }
        : never;

/** A value of ours as it is stored. The compiler refuses what JSON cannot hold: functions, dates as objects, symbols. */
export function asJson<T>(value: T & Storable<T>): Json {
  return value as unknown as Json;
}

/** What this program has stored itself, read back: whoever reads it knows its shape by the name and version that it was stored under. */
export function readBack<T>(json: unknown): T {
  return json as T;
}

/** The same value with each of its texts, at any depth, as `change` makes them. */
export function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item: Json) => mapTexts(item, change));
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, mapTexts(field, change)]));
}
