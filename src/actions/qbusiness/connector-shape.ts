import { UserError } from '../../domain/errors.ts';
import type { Json } from '../../domain/record.ts';

type JsonObject = { readonly [key: string]: Json };

/** A value that a deployment fills in, such as `${BUCKET_NAME}`. */
const PLACEHOLDER = /^\$\{[A-Z][A-Z0-9_]*\}$/;

/** A connector's configuration with what means nothing taken out: the order of keys, and of lists (patterns, field mappings), which are sets. */
export function canonicalConnector(value: Json): Json {
  if (isList(value)) {
    const items = value.map((item) => canonicalConnector(item));
    const byText = new Map(items.map((item) => [JSON.stringify(item), item]));
    return [...byText].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, item]) => item);
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, item]) => [key, canonicalConnector(item)]),
  );
}

/** The source with its placeholders filled in from what is live at the same place. What is filled in is no difference. */
export function filledIn(source: Json, live: Json): Json {
  if (typeof source === 'string' && PLACEHOLDER.test(source)) return live;
  if (isObject(source)) {
    const there = isObject(live) ? live : {};
    return Object.fromEntries(Object.entries(source).map(([key, item]) => [key, filledIn(item, there[key] ?? item)]));
  }
  return source;
}

/** The configuration in a source that was read: an object, or its text. @throws UserError `source-missing`, `source-shape` */
export function connectorIn(source: Json): Json {
  if (source === null) throw new UserError('source-missing', 'The source of the connector could not be read. Check the step that reads it.');
  const value = typeof source === 'string' ? jsonIn(source) : source;
  if (!isObject(value) || Object.keys(value).length === 0)
    throw new UserError('source-shape', 'The source of the connector is not a JSON object. Is it the right file?');
  return value;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value);
}

function jsonIn(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
