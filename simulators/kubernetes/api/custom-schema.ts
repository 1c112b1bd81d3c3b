import { isObject, type Json, type JsonObject } from '../json.ts';
import { type Cause, invalidValue, requiredValue, unsupportedValue } from './status.ts';

/** What of a CustomResourceDefinition's `openAPIV3Schema` is enforced. */
export type CustomSchema = JsonObject;

const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** What the schema refuses of an object, in the words of the real server. */
export function schemaCauses(schema: CustomSchema, object: object): Cause[] {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...rest } = object as JsonObject;
  return causesOf(schema, rest, '');
}

function causesOf(schema: JsonObject, value: Json | undefined, path: string): Cause[] {
  if (value === undefined || value === null) return [];
  const type = schema['type'];
  if (typeof type === 'string' && !isOf(type, value))
    return [invalidValue(path, kindOf(value), `${path} in body must be of type ${type}: "${kindOf(value)}"`)];
  if (isObject(value)) return objectCauses(schema, value, path);
  if (Array.isArray(value)) {
    const items = schema['items'];
    return isObject(items) ? value.flatMap((each, index) => causesOf(items, each, `${path}[${index}]`)) : [];
  }
  return scalarCauses(schema, value, path);
}

function objectCauses(schema: JsonObject, value: JsonObject, path: string): Cause[] {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'].filter((each) => typeof each === 'string') : [];
  const missing = required.filter((name) => value[name] === undefined || value[name] === null).map((name) => requiredValue(below(path, name)));
  const bad = Object.entries(properties).flatMap(([name, each]) => (isObject(each) ? causesOf(each, value[name], below(path, name)) : []));
  return [...missing, ...bad];
}

function scalarCauses(schema: JsonObject, value: Json, path: string): Cause[] {
  const { pattern, format } = schema;
  const allowed = schema['enum'];
  const causes: Cause[] = [];
  if (Array.isArray(allowed) && !allowed.includes(value)) {
    const supported = allowed.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
    causes.push(unsupportedValue(path, typeof value === 'string' ? value : JSON.stringify(value), supported));
  }
  if (typeof value === 'string' && typeof pattern === 'string' && !new RegExp(pattern).test(value))
    causes.push(invalidValue(path, value, `${path} in body should match '${pattern}'`));
  if (typeof value === 'string' && format === 'date-time' && !DATE_TIME.test(value))
    causes.push(invalidValue(path, value, `${path} in body must be of type date-time: "${value}"`));
  return causes;
}

/** Fields that a structural schema does not have are dropped, and told: `spec.extra`. */
export function prune(schema: CustomSchema, object: JsonObject): { readonly object: JsonObject; readonly unknown: readonly string[] } {
  const unknown: string[] = [];
  const { apiVersion, kind, metadata, ...rest } = object;
  return { object: { apiVersion, kind, metadata, ...(pruned(schema, rest, '', unknown) as JsonObject) }, unknown };
}

function pruned(schema: JsonObject, value: Json | undefined, path: string, unknown: string[]): Json | undefined {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return value;
  if (Array.isArray(value)) {
    const items = schema['items'];
    return isObject(items) ? value.map((each, index) => pruned(items, each, `${path}[${index}]`, unknown) ?? null) : value;
  }
  if (!isObject(value)) return value;
  const others = schema['additionalProperties'];
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  if (schema['type'] !== 'object' || (others !== undefined && others !== false)) return value;
  const kept: JsonObject = {};
  for (const [name, each] of Object.entries(value)) {
    const property = properties[name];
    if (isObject(property)) kept[name] = pruned(property, each, below(path, name), unknown);
    else unknown.push(below(path, name));
  }
  return kept;
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function isOf(type: string, value: Json): boolean {
  if (type === 'integer') return typeof value === 'number' && Number.isInteger(value);
  if (type === 'number') return typeof value === 'number';
  return type === kindOf(value);
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
