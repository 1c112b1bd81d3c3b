import { like } from '../iam/policy.ts';

/** An event pattern; EventBridge user guide, "Creating event patterns". */
export type EventPattern = { readonly [name: string]: EventPattern | readonly Matcher[] };

type Matcher = string | number | boolean | null | Readonly<Record<string, unknown>>;

/** Filters that the simulator knows, by name. */
const FILTERS: Readonly<Record<string, (wanted: unknown, value: unknown) => boolean>> = {
  prefix: (wanted, value) => typeof value === 'string' && value.startsWith(String(wanted)),
  suffix: (wanted, value) => typeof value === 'string' && value.endsWith(String(wanted)),
  wildcard: (wanted, value) => typeof value === 'string' && like(String(wanted), value),
  exists: (wanted, value) => (value !== undefined) === wanted,
  'equals-ignore-case': (wanted, value) => typeof value === 'string' && value.toLowerCase() === String(wanted).toLowerCase(),
  'anything-but': (wanted, value) => value !== undefined && !(Array.isArray(wanted) ? wanted : [wanted]).includes(value),
};

/** Reads a pattern; the reason why it is not one otherwise. */
export function parsePattern(text: string): { readonly pattern: EventPattern } | { readonly reason: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { reason: 'Event pattern is not valid. Reason: The pattern is not JSON' };
  }
  const wrong = check(parsed, '');
  return wrong === null ? { pattern: parsed as EventPattern } : { reason: `Event pattern is not valid. Reason: ${wrong}` };
}

function check(pattern: unknown, path: string): string | null {
  if (typeof pattern !== 'object' || pattern === null || Array.isArray(pattern)) return `"${path}" must be an object or an array`;
  if (Object.keys(pattern).length === 0) return 'Empty objects are not allowed';
  for (const [name, value] of Object.entries(pattern)) {
    const wrong = Array.isArray(value) ? checkMatchers(value, name) : check(value, name);
    if (wrong !== null) return wrong;
  }
  return null;
}

function checkMatchers(matchers: readonly unknown[], name: string): string | null {
  if (matchers.length === 0) return 'Empty arrays are not allowed';
  for (const matcher of matchers) {
    const filter = typeof matcher === 'object' && matcher !== null ? Object.keys(matcher)[0] : undefined;
    if (filter !== undefined && FILTERS[filter] === undefined) return `Unrecognized match type ${filter} at ${name}`;
  }
  return null;
}

/** Whether an event has everything that a pattern asks for. */
export function matchesPattern(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    const value = typeof event === 'object' && event !== null ? (event as Record<string, unknown>)[name] : undefined;
    if (!Array.isArray(wanted)) return matchesPattern(wanted as EventPattern, value);
    const values = Array.isArray(value) ? value : [value];
    return values.some((one: unknown) => (wanted as readonly Matcher[]).some((matcher) => matches(matcher, one)));
  });
}

function matches(matcher: Matcher, value: unknown): boolean {
  if (typeof matcher !== 'object' || matcher === null) return matcher === value;
  return Object.entries(matcher).every(([filter, wanted]) => FILTERS[filter]?.(wanted, value) === true);
}
