import type { Json } from '../../domain/record.ts';

/**
 * Without members that are `null`: the AWS command line writes what an answer does not have that way. A `null` in a list stays, as it says
 * something.
 */
export function withoutNulls(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(withoutNulls);
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
