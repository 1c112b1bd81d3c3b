import { isObject, type Json, type JsonObject } from '../json.ts';
import { type Field, fieldOf, rootType } from '../patch/schema.ts';
import { badRequest } from './status.ts';

const GO_TYPES: Readonly<Record<string, string>> = { s: 'string', i: 'int32', b: 'bool' };

/** Fields that a decoded object had and its kind has not, with their paths, such as `spec.template.spec.contaners`. */
export interface Decoded {
  readonly object: JsonObject;
  readonly unknown: readonly string[];
}

/**
 * Decodes an object as the API server does: unknown fields are dropped and told, members of a wrong type refused.
 * @throws ApiError 400 `json: cannot unmarshal …`
 */
export function decode(kind: string, object: JsonObject): Decoded {
  const unknown: string[] = [];
  const type = rootType(kind);
  return { object: type === null ? object : walk(kind, object, type, '', true, unknown), unknown };
}

function walk(kind: string, object: JsonObject, type: string, path: string, top: boolean, unknown: string[]): JsonObject {
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(object)) {
    const here = path === '' ? name : `${path}.${name}`;
    const field = fieldOf(type, name, top);
    if (field === null) unknown.push(here);
    else if (value !== undefined && value !== null) result[name] = member(kind, value, field, type, here, unknown);
    else if (field.form === 'any') result[name] = value;
  }
  return result;
}

function member(kind: string, value: Json, field: Field, type: string, path: string, unknown: string[]): Json {
  const mismatch = (expected: string): Error =>
    badRequest(
      `${kind} in version "v1" cannot be handled as a ${kind}: json: cannot unmarshal ${jsonName(value)} into Go struct field ${type}.${path} of type ${expected}`,
    );
  switch (field.form) {
    case 'any':
      return value;
    case 'scalar':
      if (!fits(value, field.scalar ?? 's')) throw mismatch(GO_TYPES[field.scalar ?? 's'] ?? 'string');
      return value;
    case 'map':
      if (!isObject(value)) throw mismatch('map[string]string');
      for (const each of Object.values(value)) {
        if (typeof each !== 'string' && each !== null && each !== undefined)
          throw badRequest(
            `${kind} in version "v1" cannot be handled as a ${kind}: json: cannot unmarshal ${jsonName(each)} into Go struct field ${type}.${path} of type string`,
          );
      }
      return value;
    case 'object':
      if (!isObject(value)) throw mismatch(`v1.${field.type}`);
      return walk(kind, value, field.type ?? '', path, false, unknown);
    case 'scalars':
      if (!Array.isArray(value)) throw mismatch('[]string');
      return value;
    case 'list':
      if (!Array.isArray(value)) throw mismatch(`[]v1.${field.type}`);
      return value.map((each, index) => {
        if (!isObject(each)) throw mismatch(`v1.${field.type}`);
        return walk(kind, each, field.type ?? '', `${path}[${index}]`, false, unknown);
      });
  }
}

function fits(value: Json, scalar: string): boolean {
  if (scalar === 's') return typeof value === 'string';
  if (scalar === 'b') return typeof value === 'boolean';
  return typeof value === 'number' && Number.isInteger(value);
}

function jsonName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
