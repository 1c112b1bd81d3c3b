/** How deep what others send may be nested; Slack nests its payloads some ten levels deep. */
const DEEPEST = 100;

/**
 * What others sent as JSON, such that a database and UTF-8 can hold it: in every string, U+0000 and halves of surrogate pairs are replaced by U+FFFD.
 * `undefined` when it is nested so deep that whatever walks through it would run out of stack.
 */
export function plainJson(value: unknown): unknown {
  return walk(value, DEEPEST);
}

function walk(value: unknown, left: number): unknown {
  if (typeof value === 'string') return plainText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (left === 0) return undefined;
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const plain: [string, unknown][] = [];
  for (const [key, inner] of entries) {
    const walked = walk(inner, left - 1);
    if (walked === undefined && inner !== undefined) return undefined;
    plain.push([plainText(String(key)), walked]);
  }
  return Array.isArray(value) ? plain.map(([, inner]) => inner) : Object.fromEntries(plain);
}

function plainText(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').toWellFormed();
}
