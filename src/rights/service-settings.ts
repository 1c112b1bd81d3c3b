import type { ConfigFile } from '../config/schema.ts';
import type { Runbook } from '../engine/runbooks/load/runbook.ts';
import { plural } from '../lib/plural.ts';
import { suggestion } from '../lib/yaml.ts';

/** A setting of a service's runbooks. `used`: the runbooks that have it. */
export interface KnownSetting {
  readonly name: string;
  readonly about: string;
  readonly byDefault: string | number;
  readonly used: readonly string[];
}

/** The settings that these runbooks have, each once. */
export function knownSettings(runbooks: readonly Runbook[]): readonly KnownSetting[] {
  const found = new Map<string, KnownSetting>();
  for (const runbook of runbooks) {
    for (const [name, { about, default: byDefault }] of Object.entries(runbook.settings)) {
      const { used = [], ...known } = found.get(name) ?? { name, about, byDefault };
      found.set(name, { ...known, used: [...used, runbook.id] });
    }
  }
  return [...found.values()];
}

/** Settings of services in tocsin.yml that no runbook has, a line each with the nearest name: a mistyped one would change nothing. */
export function unusedSettings({ services }: Pick<ConfigFile, 'services'>, runbooks: readonly Runbook[]): readonly string[] {
  return Object.entries(services).flatMap(([id, { settings }]) => {
    const own = runbooks.filter(({ service }) => service === id);
    const known = knownSettings(own).map(({ name }) => name);
    return Object.keys(settings)
      .filter((name) => !known.includes(name))
      .map((name) => `services.${id}.settings.${name} is a setting of none of its ${plural(own.length, 'runbook')}${suggestion(name, known)}`);
  });
}
