import { z } from 'zod';
import { asJson, readBack } from '../../domain/json.ts';
import type { Json } from '../../domain/record.ts';
import { changeAction, type Planned } from '../../ports/action.ts';
import type { KubeObject } from '../../ports/cluster.ts';
import { diffObjects } from '../shared/diff.ts';
import { digestOf } from '../shared/digest.ts';
import { defaultContainer, type FoundWorkload, findWorkload, podRights, workloadOf, workloadPlace } from '../shared/pods.ts';
import { assertFresh, changeObject, stale, touch } from './change.ts';
import { rolloutNotes, rolls } from './describe-change.ts';
import { containerOfWorkload, type Entry, entriesOf, envPatch, sameEntries, secretValues, shownEntries } from './env-entries.ts';
import { targetField } from './fields.ts';
import { revisionsOf } from './revisions.ts';
import { revisionRight, workloadRight } from './rights.ts';
import { parsed, workloadSchema } from './shapes.ts';

/** As the API server takes names of variables (Kubernetes, "Environment variables"). */
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'expected the name of an environment variable');
const input = z
  .strictObject({
    target: targetField,
    env: z
      .record(variableName, z.string().nullable())
      .refine((env) => Object.keys(env).length > 0, 'expected at least one variable')
      .describe('Values by name; null removes a variable'),
    afterwards: z.record(variableName, z.string().nullable()).default({}).describe('What the revert leads to in place of what is there now'),
  })
  .refine(({ env, afterwards }) => Object.keys(afterwards).every((name) => name in env), 'expected afterwards to name variables of env');
type Input = z.infer<typeof input>;
const output = z.strictObject({
  object: z.string(),
  container: z.string(),
  set: z.array(z.string()),
  removed: z.array(z.string()),
  already: z.boolean(),
});

const scopeSchema = z.strictObject({ container: z.string(), names: z.array(z.string()) });
const entrySchema = z.strictObject({ name: z.string(), entry: z.record(z.string(), z.unknown()).nullable() });
const snapshotSchema = z.strictObject({ container: z.string(), entries: z.array(entrySchema) });

export const k8sSetEnv = changeAction({
  name: 'k8s.set-env',
  about: 'Sets or removes environment variables of a container, and puts back exactly what was there.',
  effect: 'change',
  input,
  output,
  rights: ({ target }, context) => [...podRights(context, target), workloadRight(context, target, 'patch'), revisionRight(context, target)],
  async preflight({ target }, context) {
    const found = await findWorkload(workloadPlace(context, target));
    if (found === null) return [];
    const { metadata, spec } = found.workload.spec.template;
    const containers = spec.containers.map((one) => one.name);
    const wanted = found.target.container ?? defaultContainer(metadata.annotations, spec)?.name ?? '';
    return [
      containers.includes(wanted)
        ? { state: 'ok', what: `${found.label} has the container ${wanted}`, advice: null }
        : {
            state: 'failure',
            what: `${found.label} has no container ${wanted}`,
            advice: `Choose one of ${containers.join(', ')} for the target ${target} in tocsin.yml.`,
          },
    ];
  },
  async plan({ target, env, afterwards }, context) {
    const found = await workloadOf(context, target);
    const container = containerOfWorkload(found).name;
    const names = Object.keys(env).sort();
    const before = entriesIn(found.object, container, names);
    const wanted = wantedEntries(env);
    for (const value of [...secretValues(before), ...secretValues(wanted)]) context.hide(value);
    const answer = await found.cluster.patch(found.ref, { type: 'strategic', body: envPatch(container, wanted) }, { dryRun: true });
    const after = entriesIn(answer, container, names);
    return {
      summary: `${sayNames(env)} on ${found.label} (${rolls(found.workload)})`,
      diff: diffObjects(picture(container, before), picture(container, after, before)),
      noPlan: null,
      notes: [
        ...rolloutNotes(found.workload),
        ...afterwardsNotes(afterwards),
        'Whether the program reads these variables is not known here: verify by what it does.',
      ],
      touches: [touch(found.object, `env ${names.join(', ')} of container ${container}`, envFields(container, before))],
      changes: !sameEntries(before, wanted),
      scope: { container, names },
      snapshot: { container, entries: asJson(backTo(before, afterwards)) },
    };
  },
  async apply({ target, env }, planned, context) {
    const scope = scopeSchema.parse(planned.scope);
    const found = await workloadOf(context, target);
    const wanted = wantedEntries(env);
    for (const value of secretValues(wanted)) context.hide(value);
    const { already } = await changeObject(found.cluster, found.ref, (object) => {
      const now = entriesIn(object, scope.container, scope.names);
      if (sameEntries(now, wanted)) return { done: true };
      assertFresh(planned.touches, object, envFields(scope.container, now));
      return { done: false, patch: { type: 'strategic', body: envPatch(scope.container, wanted) } };
    });
    const set = wanted.filter((one) => one.entry !== null).map((one) => one.name);
    const removed = wanted.filter((one) => one.entry === null).map((one) => one.name);
    return {
      output: { object: found.label, container: scope.container, set, removed, already },
      summary: already
        ? `${scope.names.join(', ')} already ${scope.names.length === 1 ? 'is' : 'are'} so on ${found.label}`
        : `${sayNames(env)} on ${found.label}`,
    };
  },
  async revert({ target, env, afterwards }, planned, context, force) {
    const { container, entries } = snapshotOf(planned);
    const found = await workloadOf(context, target);
    const names = entries.map((one) => one.name);
    const ours = wantedEntries(env);
    const seen = entriesIn(found.object, container, names);
    for (const value of [...secretValues(entries), ...secretValues(seen)]) context.hide(value);
    const named = `${names.join(', ')} on ${found.label}`;
    if (sameEntries(seen, entries)) return { kind: 'already', summary: `${named}: already ${sayBack(afterwards, 'as before')}` };
    if (!force && !eitherWay(seen, ours, entries)) {
      return {
        kind: 'conflict',
        summary: `Somebody changed ${foreignNames(seen, ours, entries).join(', ')} on ${found.label} since`,
        diff: diffObjects(picture(container, seen), picture(container, entries, seen)),
      };
    }
    await changeObject(found.cluster, found.ref, (object) => {
      const now = entriesIn(object, container, names);
      if (sameEntries(now, entries)) return { done: true };
      if (!force && !sameEntries(now, seen)) throw stale(found.label, `env of ${container} changed just now`);
      return { done: false, patch: { type: 'strategic', body: envPatch(container, entries) } };
    });
    return { kind: 'reverted', summary: `${named}: ${sayBack(afterwards, 'back as before')} (${rolls(found.workload)})` };
  },
  async recover({ target, afterwards }, planned, digest, context) {
    const { container, names } = scopeSchema.parse(planned.scope);
    const found = await workloadOf(context, target);
    return await fromRevisions(found, { container, names, afterwards }, digest);
  },
});

/** The previous ReplicaSets still know what the variables were. */
async function fromRevisions(
  found: FoundWorkload,
  { container, names, afterwards }: { container: string; names: readonly string[]; afterwards: Input['env'] },
  digest: string,
): Promise<Json | null> {
  const revisions = await revisionsOf(found);
  const candidates = revisions.map((one) => ({ container, entries: asJson(backTo(entriesOf(one.parsed, container, names), afterwards)) }));
  return candidates.find((candidate) => digestOf(candidate) === digest) ?? null;
}

/** What a revert leads to: what was there, or what is said to come afterwards. */
function backTo(before: readonly Entry[], afterwards: Input['env']): readonly Entry[] {
  const later = new Map(wantedEntries(afterwards).map((entry) => [entry.name, entry]));
  return before.map((entry) => later.get(entry.name) ?? entry);
}

function afterwardsNotes(afterwards: Input['env']): readonly string[] {
  return wantedEntries(afterwards).map(({ name, entry }) =>
    entry === null ? `The revert removes ${name}.` : `The revert sets ${name} to ${afterwards[name]}, not to what it was.`,
  );
}

function sayBack(afterwards: Input['env'], asBefore: string): string {
  return Object.keys(afterwards).length === 0 ? asBefore : 'as it is to be from now on';
}

function snapshotOf(planned: Planned): { readonly container: string; readonly entries: readonly Entry[] } {
  const snapshot = snapshotSchema.parse(planned.snapshot);
  return { container: snapshot.container, entries: readBack<readonly Entry[]>(snapshot.entries) };
}

function entriesIn(object: KubeObject, container: string, names: readonly string[]): readonly Entry[] {
  return entriesOf(parsed(workloadSchema, object).spec.template, container, names);
}

function envFields(container: string, entries: readonly Entry[]): Json {
  return { container, entries: asJson(entries) };
}

function picture(container: string, entries: readonly Entry[], against?: readonly Entry[]): Json {
  const env = shownEntries(entries, against);
  return env.length === 0 ? { container } : { container, env };
}

function wantedEntries(env: Input['env']): readonly Entry[] {
  return Object.keys(env)
    .sort()
    .map((name) => {
      const value = env[name];
      return { name, entry: value === null || value === undefined ? null : { name, value } };
    });
}

/** Each entry is what we made of it or what it was. */
function eitherWay(seen: readonly Entry[], ours: readonly Entry[], before: readonly Entry[]): boolean {
  return foreignNames(seen, ours, before).length === 0;
}

function foreignNames(seen: readonly Entry[], ours: readonly Entry[], before: readonly Entry[]): readonly string[] {
  return seen.filter((one, index) => !sameEntries([one], [ours[index] ?? one]) && !sameEntries([one], [before[index] ?? one])).map((one) => one.name);
}

function sayNames(env: Input['env']): string {
  const set = Object.keys(env)
    .filter((name) => env[name] !== null)
    .sort();
  const removed = Object.keys(env)
    .filter((name) => env[name] === null)
    .sort();
  return [
    ...(set.length === 0 ? [] : [`Sets ${set.join(', ')}`]),
    ...(removed.length === 0 ? [] : [`${set.length === 0 ? 'Removes' : 'removes'} ${removed.join(', ')}`]),
  ].join(' and ');
}
