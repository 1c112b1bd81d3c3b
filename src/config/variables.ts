/** A variable that a setting names, such as a token's. `key`: where, such as `services.shop.pagerduty.routing_key_env`. */
export interface NamedVariable {
  readonly key: string;
  readonly name: string;
}

/** The variables that a configuration names, in the order of the file: every setting whose name ends with `_env`. */
export function namedVariables(settings: unknown, path: readonly string[] = []): readonly NamedVariable[] {
  if (typeof settings !== 'object' || settings === null) return [];
  return Object.entries(settings).flatMap(([key, value]: [string, unknown]) => {
    const at = [...path, key];
    return key.endsWith('_env') ? namesIn(value).map((name) => ({ key: at.join('.'), name })) : namedVariables(value, at);
  });
}

/** One name, or those of a secret that is being changed for another. */
function namesIn(value: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((name) => typeof name === 'string');
}
