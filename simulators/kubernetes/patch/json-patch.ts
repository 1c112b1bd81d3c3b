import { badRequest, unprocessable } from '../api/status.ts';
import { clone, equal, isObject, type Json } from '../json.ts';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

const OPERATIONS = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

/**
 * RFC 6902. @throws ApiError 400 for a patch that is none, 422 for one that does not fit: a missing path, a failed `test`.
 */
export function jsonPatch(target: Json, patch: Json): Json {
  if (!Array.isArray(patch)) throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  if (patch.length > 10_000) throw badRequest('The allowed maximum operations in a JSON patch is 10000');
  let document = clone(target);
  for (const operation of patch.map(checked)) document = apply(document, operation);
  return document;
}

function checked(value: Json): Operation {
  if (!isObject(value)) throw badRequest('json: cannot unmarshal into Go value of type jsonpatch.Operation');
  const { op, path, from } = value;
  if (typeof op !== 'string' || !OPERATIONS.has(op)) throw unprocessable();
  if (typeof path !== 'string') throw unprocessable();
  return { op, path, ...(typeof from === 'string' ? { from } : {}), ...('value' in value ? { value: value['value'] ?? null } : {}) };
}

function apply(document: Json, operation: Operation): Json {
  const path = pointer(operation.path);
  switch (operation.op) {
    case 'add':
      return put(document, path, operation.value ?? null, 'add');
    case 'replace':
      return put(document, path, operation.value ?? null, 'replace');
    case 'remove':
      return remove(document, path);
    case 'test':
      if (!equal(look(document, path) ?? null, operation.value ?? null)) throw unprocessable();
      return document;
    case 'copy':
      return put(document, path, clone(existing(document, pointer(operation.from ?? ''))), 'add');
    default: {
      const from = pointer(operation.from ?? '');
      const value = existing(document, from);
      return put(remove(document, from), path, value, 'add');
    }
  }
}

function pointer(text: string): string[] {
  if (text === '') return [];
  if (!text.startsWith('/')) throw unprocessable();
  return text
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function look(document: Json, path: readonly string[]): Json | undefined {
  let here: Json | undefined = document;
  for (const part of path) {
    if (Array.isArray(here)) here = here[index(part, here.length - 1)];
    else if (isObject(here)) here = here[part];
    else return undefined;
  }
  return here;
}

function existing(document: Json, path: readonly string[]): Json {
  const value = look(document, path);
  if (value === undefined) throw unprocessable();
  return value;
}

function parentOf(document: Json, path: readonly string[]): { parent: Json; last: string } {
  return { parent: existing(document, path.slice(0, -1)), last: path.at(-1) ?? '' };
}

function put(document: Json, path: readonly string[], value: Json, op: 'add' | 'replace'): Json {
  if (path.length === 0) return clone(value);
  const { parent, last } = parentOf(document, path);
  if (Array.isArray(parent)) {
    if (op === 'replace') parent[index(last, parent.length - 1)] = clone(value);
    else parent.splice(last === '-' ? parent.length : index(last, parent.length), 0, clone(value));
    return document;
  }
  if (!isObject(parent)) throw unprocessable();
  if (op === 'replace' && parent[last] === undefined) throw unprocessable();
  parent[last] = clone(value);
  return document;
}

function remove(document: Json, path: readonly string[]): Json {
  const { parent, last } = parentOf(document, path);
  if (Array.isArray(parent)) parent.splice(index(last, parent.length - 1), 1);
  else if (isObject(parent) && parent[last] !== undefined) delete parent[last];
  else throw unprocessable();
  return document;
}

function index(text: string, max: number): number {
  const value = /^(0|[1-9]\d*)$/.test(text) ? Number(text) : -1;
  if (value < 0 || value > max) throw unprocessable();
  return value;
}
