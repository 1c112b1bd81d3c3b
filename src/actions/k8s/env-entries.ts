import { UserError } from '../../domain/errors.ts';
import type { Json } from '../../domain/record.ts';
import { isSecretName, shownValue } from '../shared/diff.ts';
import { defaultContainer, type FoundWorkload } from '../shared/pods.ts';
import { plain } from './change.ts';
import { type Container, type EnvVar, envVarSchema, type Template } from './shapes.ts';

/** One variable as it stands in the template, or its absence. */
export interface Entry {
  readonly name: string;
  readonly entry: Readonly<Record<string, Json>> | null;
}

/** The container of a target: its own, else the default. @throws UserError `container-missing` */
export function containerOfWorkload(found: FoundWorkload, wanted?: string): Container {
  const { metadata, spec } = found.workload.spec.template;
  const { containers } = spec;
  const name = wanted ?? found.target.container ?? defaultContainer(metadata.annotations, spec)?.name;
  const container = containers.find((one) => one.name === name);
  if (container !== undefined) return container;
  throw new UserError(
    'container-missing',
    `${found.label} has no container ${name ?? ''}. It has: ${containers.map((one) => one.name).join(', ')}. Correct the target ${found.name} in tocsin.yml.`,
  );
}

/** The exact entries of these names, in order of names. @throws UserError when the template names one twice: which one is meant is anybody's guess */
export function entriesOf(template: Template, container: string, names: readonly string[]): readonly Entry[] {
  const env = template.spec.containers.find((one) => one.name === container)?.env ?? [];
  return [...names].sort().map((name) => {
    const found = env.filter((entry) => entry.name === name);
    if (found.length > 1)
      throw new UserError('env-twice', `Container ${container} has ${name} ${found.length} times. Fix the template first.`, { refusal: true });
    return { name, entry: found[0] === undefined ? null : exact(found[0]) };
  });
}

/** A strategic merge patch of the container's env that makes each name exactly what its entry says. */
export function envPatch(container: string, entries: readonly Entry[]): Readonly<Record<string, Json>> {
  const env = entries.map(
    ({ name, entry }): Json =>
      entry === null ? { name, $patch: 'delete' } : { name, value: entry['value'] ?? null, valueFrom: valueFrom(entry['valueFrom']) },
  );
  return { spec: { template: { spec: { containers: [{ name: container, env }] } } } };
}

/** Whether both say the same. */
export function sameEntries(one: readonly Entry[], other: readonly Entry[]): boolean {
  return one.length === other.length && one.every((entry, index) => sameEntry(entry, other[index]));
}

/** Entries as people may see them: secret values hidden, references named. `against` marks a hidden value that differs. */
export function shownEntries(entries: readonly Entry[], against?: readonly Entry[]): readonly Json[] {
  return entries.flatMap(({ name, entry }, index): Json[] => {
    if (entry === null) return [];
    const value = typeof entry['value'] === 'string' ? entry['value'] : '';
    if (entry['valueFrom'] !== undefined) return [{ name, valueFrom: entry['valueFrom'] }];
    const shown = shownValue(name, value);
    const other = against?.[index];
    const before = other?.entry?.['value'];
    const changed = typeof before === 'string' && before !== value && shownValue(name, before) === shown;
    return [{ name, value: changed ? `${shown} (another value)` : shown }];
  });
}

/** Values of entries that are secret by their name. */
export function secretValues(entries: readonly Entry[]): readonly string[] {
  return entries.flatMap(({ name, entry }) => {
    const value = entry?.['value'];
    return typeof value === 'string' && value !== '' && isSecretName(name) ? [value] : [];
  });
}

/** An empty value and none are the same to the API server, which drops the empty one. */
function exact(entry: EnvVar): Readonly<Record<string, Json>> {
  const copy = envVarSchema.parse(entry);
  return plain({
    name: copy.name,
    ...(copy.valueFrom === undefined ? { value: copy.value ?? '' } : { valueFrom: bare(copy.valueFrom) }),
  }) as Readonly<Record<string, Json>>;
}

/** Without the `optional: false` that our schema puts in, and that the API server leaves out. */
function bare(source: NonNullable<EnvVar['valueFrom']>): Json {
  const copy = plain(source) as Record<string, Record<string, Json>>;
  for (const reference of Object.values(copy)) if (reference['optional'] === false) delete reference['optional'];
  return copy;
}

const SOURCES = ['configMapKeyRef', 'secretKeyRef', 'fieldRef', 'resourceFieldRef', 'fileKeyRef'];

/** Merging keeps what is not named, so every other source is named as null. */
function valueFrom(source: Json | undefined): Json {
  if (source === undefined || source === null || typeof source !== 'object' || Array.isArray(source)) return null;
  const others = Object.fromEntries(SOURCES.filter((name) => !(name in source)).map((name) => [name, null]));
  const kept = Object.fromEntries(
    Object.entries(source as Readonly<Record<string, Json>>).map(([name, reference]) => [name, withOptional(name, reference)]),
  );
  return { ...others, ...kept };
}

function withOptional(name: string, reference: Json): Json {
  if ((name !== 'configMapKeyRef' && name !== 'secretKeyRef') || typeof reference !== 'object' || reference === null || Array.isArray(reference))
    return reference;
  return { optional: null, ...(reference as Readonly<Record<string, Json>>) };
}

function sameEntry(one: Entry, other: Entry | undefined): boolean {
  return other !== undefined && one.name === other.name && JSON.stringify(sorted(one.entry)) === JSON.stringify(sorted(other.entry));
}

function sorted(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sorted);
  const object = value as Readonly<Record<string, Json>>;
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, sorted(object[key] ?? null)]),
  );
}
