import { badRequest } from '../api/status.ts';
import { clone, equal, isObject, type Json, type JsonObject } from '../json.ts';
import { ANYTHING, type Field, fieldOf, rootType } from './schema.ts';

const DELETE_LIST = '$deleteFromPrimitiveList/';
const ORDER = '$setElementOrder/';

/**
 * Strategic merge patch, with the merge keys of the built-in kinds and the directives `$patch`, `$retainKeys`, `$setElementOrder/…`
 * and `$deleteFromPrimitiveList/…`. Source: k8s.io/apimachinery/pkg/util/strategicpatch.
 * @throws ApiError 400 for a directive or a list element that is none.
 */
export function strategicMergePatch(kind: string, target: JsonObject, patch: Json): JsonObject {
  if (!isObject(patch)) throw badRequest('the patch is not an object');
  return mergeObject(target, patch, rootType(kind), true);
}

function mergeObject(target: JsonObject, patch: JsonObject, type: string | null, top: boolean): JsonObject {
  const directive = patch['$patch'];
  if (directive === 'replace') return without(clone(patch), '$patch');
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') throw badRequest(`unknown patch type: ${JSON.stringify(directive)}`);
  const retained = retain(target, patch['$retainKeys']);
  const result: JsonObject = { ...retained };
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined || key === '$patch' || key === '$retainKeys' || key.startsWith(ORDER)) continue;
    if (key.startsWith(DELETE_LIST)) deleteFromList(result, key.slice(DELETE_LIST.length), value);
    else if (value === null) delete result[key];
    else result[key] = mergeField(result[key], value, fieldOf(type, key, top) ?? ANYTHING, patch[`${ORDER}${key}`]);
  }
  for (const [key, order] of Object.entries(patch)) {
    if (key.startsWith(ORDER) && !(key.slice(ORDER.length) in patch)) reorder(result, key.slice(ORDER.length), order, type, top);
  }
  return result;
}

function retain(target: JsonObject, keys: Json | undefined): JsonObject {
  if (keys === undefined) return target;
  if (!Array.isArray(keys)) throw badRequest('invalid value for $retainKeys');
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function deleteFromList(result: JsonObject, key: string, values: Json): void {
  const list = result[key];
  if (!Array.isArray(list) || !Array.isArray(values)) return;
  result[key] = list.filter((each) => !values.some((value) => equal(each, value)));
}

function reorder(result: JsonObject, key: string, order: Json | undefined, type: string | null, top: boolean): void {
  const list = result[key];
  const field = fieldOf(type, key, top);
  if (Array.isArray(list) && field?.mergeKey !== undefined) result[key] = ordered(list, order, field.mergeKey);
}

function mergeField(target: Json | undefined, patch: Json, field: Field, order: Json | undefined): Json {
  if (Array.isArray(patch)) {
    const current = Array.isArray(target) ? target : [];
    if (field.mergeKey === undefined) return replaceList(patch);
    if (field.form === 'scalars') {
      const merged = [...current, ...patch.filter((value) => !current.some((each) => equal(each, value)))];
      return ordered(merged, order, '+');
    }
    return ordered(mergeList(current, patch, field.mergeKey, field.type ?? null), order, field.mergeKey);
  }
  if (!isObject(patch)) return patch;
  return mergeObject(isObject(target) ? target : {}, patch, field.form === 'object' ? (field.type ?? null) : null, false);
}

function replaceList(patch: readonly Json[]): Json[] {
  return patch.filter((each) => !(isObject(each) && each['$patch'] === 'replace' && Object.keys(each).length === 1)).map((each) => clone(each));
}

function mergeList(current: readonly Json[], patch: readonly Json[], mergeKey: string, type: string | null): Json[] {
  const elements = patch.map((each) => {
    if (!isObject(each)) throw badRequest('expected element of the list to be an object');
    return each;
  });
  // A bare `$patch: replace` in the list replaces all of it.
  if (elements.some((each) => each['$patch'] === 'replace' && each[mergeKey] === undefined)) return replaceList(patch);
  let result = [...current];
  for (const element of elements) {
    const key = element[mergeKey];
    if (key === undefined) throw badRequest(`map: ${JSON.stringify(element)} does not contain declared merge key: ${mergeKey}`);
    const at = result.findIndex((each) => isObject(each) && equal(each[mergeKey], key));
    if (element['$patch'] === 'delete') result = result.filter((each) => !(isObject(each) && equal(each[mergeKey], key)));
    else if (at < 0) result.push(mergeObject({}, element, type, false));
    else result[at] = mergeObject(result[at] as JsonObject, element, type, false);
  }
  return result;
}

/** Puts the elements named by `order` into that order; the others keep their place relative to their neighbours. */
function ordered(list: readonly Json[], order: Json | undefined, mergeKey: string): Json[] {
  if (!Array.isArray(order)) return [...list];
  const keyOf = (value: Json): Json | undefined => (mergeKey === '+' ? value : isObject(value) ? value[mergeKey] : undefined);
  const wanted = order.map(keyOf);
  const rank = (value: Json): number => wanted.findIndex((key) => equal(key, keyOf(value)));
  const named = list.filter((each) => rank(each) >= 0).sort((a, b) => rank(a) - rank(b));
  const others = list.filter((each) => rank(each) < 0);
  // Elements that the patch's author did not see come where they were, before the named one that followed them.
  const result: Json[] = [];
  let next = 0;
  for (const each of named) {
    while (next < others.length && list.indexOf(others[next] as Json) < list.indexOf(each)) result.push(others[next++] as Json);
    result.push(each);
  }
  return [...result, ...others.slice(next)];
}

function without(object: JsonObject, key: string): JsonObject {
  const { [key]: _dropped, ...rest } = object;
  return rest;
}
