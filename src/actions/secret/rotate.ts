import { hash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, type Check, changeAction, type Planned, type Touch } from '../../ports/action.ts';
import { type Cluster, ClusterError, type KubeObject, type ObjectRef, type Right } from '../../ports/cluster.ts';
import { notesOn, rightsToLook } from '../k8s/in-the-world.ts';
import { managersOf, sayManager } from '../k8s/managers.ts';
import { restartOf } from '../k8s/what-changes.ts';
import { targetField } from '../shared/fields.ts';
import { APPS, type FoundWorkload, findWorkload, missingText, pluralOf, type WorkloadKind, workloadOf, workloadPlace } from '../shared/pods.ts';
import { assertFresh, planStale, touch } from '../shared/stale.ts';
import { usesSecret } from './users.ts';

/** On the Secret: which step gave it its value. On pod templates: which step rolled them. */
const ANNOTATION = 'tocsin.dev/rotation';

const KINDS: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

const input = z.strictObject({
  target: targetField,
  bytes: z.number().int().min(16).max(256).default(32).describe('Random bytes of the new value.'),
  encoding: z.enum(['base64url', 'base64', 'hex']).default('base64url'),
});

type Input = z.infer<typeof input>;

const output = z.strictObject({
  /** False when an earlier try of the step had done it. */
  rotated: z.boolean(),
  /** Workloads whose pods are being replaced. */
  rolled: z.array(z.string()),
});

const secretSchema = z.object({ data: z.record(z.string(), z.string()).default({}), immutable: z.boolean().default(false) });

/**
 * Gives one key of a Secret a new random value and rolls the workloads that read it (SK-52). The value is made here, goes to the API
 * server and nowhere else. All other keys stay, as they would not if the Secret were made anew.
 */
export const secretRotate = changeAction({
  name: 'secret.rotate',
  effect: 'destructive',
  oneWay: 'The old value is not kept. If the new value does not work, rotate the key again.',
  about: 'Gives one key of a Secret a new random value and restarts its readers one after another.',
  input,
  output,
  rights,
  preflight,

  async plan({ target, bytes }, context): Promise<Planned> {
    const wanted = context.target(target, 'secret');
    const { cluster, ref, secret } = await secretOf(context, target);
    const { data, immutable } = secretSchema.parse(secret);
    hideAll(context, data);
    if (immutable)
      throw new UserError(
        'secret-immutable',
        `secret/${ref.name} is immutable, so no key of it can change. Create a new one and point the workloads at it.`,
      );
    if (data[wanted.key] === undefined)
      throw new UserError(
        'secret-key-missing',
        `secret/${ref.name} has no key ${wanted.key}. It has: ${Object.keys(data).sort().join(', ') || 'none'}.`,
      );
    const workloads = await Promise.all(wanted.workloads.map((name) => workloadOf(context, name)));
    const probe = randomBytes(16).toString('hex');
    await cluster.patch(ref, { type: 'merge', body: patchOf(secret, wanted.key, probe, 'plan') }, { dryRun: true });
    const others = Object.keys(data)
      .filter((key) => key !== wanted.key)
      .sort();
    return {
      summary: `Gives key ${wanted.key} of secret/${ref.name} a new value (${bytes} random bytes) and restarts ${sayWorkloads(workloads)}`,
      diff: [
        `  secret/${ref.name}`,
        `- ${wanted.key}: (old value, not shown)`,
        `+ ${wanted.key}: (new value, not shown)`,
        ...others.map((key) => `  ${key}: (stays)`),
        ...workloads.map((one) => `+ ${one.label}: pod template annotation ${ANNOTATION}`),
      ].join('\n'),
      noPlan: null,
      notes: [
        ...(await othersOf(secret, wanted.key, workloads)),
        'What was signed or encrypted with the old value (sessions, tokens) is no longer accepted.',
        'A pod that restarts by itself meanwhile already gets the new value: until the rollout ends, both are in use.',
        'The old value is not kept: this cannot be reverted.',
        ...(workloads.length === 0 ? ['The target names no workload: nothing is restarted, and pods keep the old value until they restart.'] : []),
      ],
      touches: [secretTouch(ref, secret), ...workloads.map(workloadTouch)],
      changes: true,
      scope: { secret: ref.name, key: wanted.key, workloads: workloads.map((one) => one.label) },
      snapshot: null,
    };
  },

  async apply(input, planned, context, key) {
    const wanted = context.target(input.target, 'secret');
    const mark = hash('sha256', key, 'hex').slice(0, 32);
    const { cluster, ref, secret } = await secretOf(context, input.target);
    hideAll(context, secretSchema.parse(secret).data);
    const workloads = await Promise.all(wanted.workloads.map((name) => workloadOf(context, name)));
    const before = secret.metadata.annotations?.[ANNOTATION] === mark;
    const touches = workloads.map(workloadTouch);
    if (!before) {
      assertFresh(planned, [secretTouch(ref, secret), ...touches]);
      await writeNew(cluster, ref, secret, wanted.key, input, mark, context);
    }
    const rolled: string[] = [];
    for (const workload of workloads) {
      await roll(workload, mark);
      rolled.push(workload.label);
      context.say(`${workload.label} is restarting`);
    }
    const what = before
      ? `Key ${wanted.key} of secret/${ref.name} already had its new value`
      : `Key ${wanted.key} of secret/${ref.name} has a new value`;
    return {
      output: { rotated: !before, rolled },
      summary: `${what}; ${rolled.length === 0 ? 'nothing was restarted' : `${rolled.join(', ')} ${rolled.length === 1 ? 'restarts' : 'restart'}`}.`,
    };
  },
});

/** Who else manages the Secret and the workloads, and what they will do with the change. */
async function othersOf(secret: KubeObject, key: string, workloads: readonly FoundWorkload[]): Promise<readonly string[]> {
  const managers = managersOf({ object: secret, what: `the key ${key}`, paths: [['f:data', `f:${key}`]] }).map(sayManager);
  const restarts = await Promise.all(workloads.map((workload) => notesOn(workload, restartOf(workload))));
  return [...new Set([...managers, ...restarts.flat()])];
}

async function writeNew(
  cluster: Cluster,
  ref: ObjectRef,
  secret: KubeObject,
  key: string,
  { bytes, encoding }: Input,
  mark: string,
  context: ActionContext,
): Promise<void> {
  const value = randomBytes(bytes).toString(encoding);
  context.hide(value);
  try {
    await cluster.patch(ref, { type: 'merge', body: patchOf(secret, key, value, mark) });
  } catch (error) {
    if (!(error instanceof ClusterError) || error.reason !== 'conflict') throw error;
    throw planStale(`secret/${ref.name} was changed by somebody at the same time`, error);
  }
}

/** With its version, so that nobody else's change in between is overwritten. */
function patchOf(secret: KubeObject, key: string, value: string, mark: string) {
  const { resourceVersion } = secret.metadata;
  return { metadata: { resourceVersion, annotations: { [ANNOTATION]: mark } }, data: { [key]: Buffer.from(value, 'utf8').toString('base64') } };
}

/** The same mark again changes nothing, so a second try rolls nothing twice. */
async function roll(workload: FoundWorkload, mark: string): Promise<void> {
  await workload.cluster.patch(workload.ref, {
    type: 'strategic',
    body: { spec: { template: { metadata: { annotations: { [ANNOTATION]: mark } } } } },
  });
}

/** @throws UserError `target-missing` */
async function secretOf(context: ActionContext, target: string): Promise<{ cluster: Cluster; ref: ObjectRef; secret: KubeObject }> {
  const { secret: name } = context.target(target, 'secret');
  const cluster = clusterOf(context, target);
  const ref = { apiVersion: 'v1', kind: 'Secret', name };
  const secret = await cluster.get(ref);
  if (secret !== null) return { cluster, ref, secret };
  throw new UserError('target-missing', `There is no secret/${name} in namespace ${cluster.namespace}. Correct target ${target} in tocsin.yml.`);
}

function clusterOf(context: ActionContext, target: string): Cluster {
  const { context: place, namespace } = context.target(target, 'secret');
  return context.cluster({ context: place, namespace });
}

function hideAll(context: ActionContext, data: Readonly<Record<string, string>>): void {
  for (const encoded of Object.values(data)) context.hide(Buffer.from(encoded, 'base64').toString('utf8'));
}

/** By its version, not by its values: a digest of a value would be a thing to guess against. */
function secretTouch(ref: ObjectRef, secret: KubeObject): Touch {
  const { uid, resourceVersion } = secret.metadata;
  return touch(`secret/${ref.name}`, uid, 'the whole Secret (its version)', { uid, resourceVersion });
}

function workloadTouch(workload: FoundWorkload): Touch {
  const { uid } = workload.object.metadata;
  return touch(workload.label, uid, 'the workload itself', { uid });
}

function sayWorkloads(workloads: readonly FoundWorkload[]): string {
  return workloads.length === 0 ? 'nothing' : workloads.map((one) => one.label).join(', ');
}

function rights({ target }: Input, context: ActionContext): readonly Right[] {
  const wanted = context.target(target, 'secret');
  const { namespace } = clusterOf(context, target);
  const places = wanted.workloads.map((name) => workloadPlace(context, name));
  return [
    { group: '', resource: 'secrets', verbs: ['get', 'patch'], namespace, name: wanted.secret },
    ...places.map((place) => ({
      group: 'apps',
      resource: pluralOf(place.ref.kind),
      verbs: ['get', 'patch'],
      namespace: place.cluster.namespace,
      name: place.ref.name,
    })),
    ...[...new Set(places.map((place) => place.cluster.namespace))].flatMap(rightsToLook),
  ];
}

async function preflight({ target }: Input, context: ActionContext): Promise<readonly Check[]> {
  const wanted = context.target(target, 'secret');
  const cluster = clusterOf(context, target);
  const object = await cluster.get({ apiVersion: 'v1', kind: 'Secret', name: wanted.secret });
  if (object === null)
    return [
      {
        state: 'failure',
        what: `There is no secret/${wanted.secret} in namespace ${cluster.namespace}`,
        advice: `Correct target ${target} in tocsin.yml.`,
      },
    ];
  const { data, immutable } = secretSchema.parse(object);
  hideAll(context, data);
  const checks: Check[] = [keyCheck(wanted.secret, wanted.key, data)];
  if (immutable)
    checks.push({ state: 'failure', what: `secret/${wanted.secret} is immutable`, advice: 'Create a new one and point the workloads at it.' });
  const named = new Set<string>();
  for (const name of wanted.workloads) {
    const place = workloadPlace(context, name);
    named.add(place.label);
    const found = await findWorkload(place);
    if (found === null) checks.push({ state: 'failure', what: await missingText(place), advice: null });
    else if (usesSecret(found.object, wanted.secret, wanted.key))
      checks.push({ state: 'ok', what: `${place.label} reads ${wanted.key} of secret/${wanted.secret}`, advice: null });
    else
      checks.push({
        state: 'warning',
        what: `${place.label} does not read secret/${wanted.secret}`,
        advice: `Restarting it changes nothing: correct the workloads of target ${target}.`,
      });
  }
  const forgotten = (await readersOf(cluster, wanted.secret, wanted.key)).filter((label) => !named.has(label));
  if (forgotten.length > 0) {
    checks.push({
      state: 'warning',
      what: `${forgotten.join(', ')} ${forgotten.length === 1 ? 'reads' : 'read'} it as well and would keep the old value`,
      advice: `Name ${plural(forgotten.length, 'workload')} more in target ${target}.`,
    });
  }
  return checks;
}

function keyCheck(secret: string, key: string, data: Readonly<Record<string, string>>): Check {
  if (data[key] !== undefined) return { state: 'ok', what: `secret/${secret} has the key ${key}`, advice: null };
  return { state: 'failure', what: `secret/${secret} has no key ${key}`, advice: `It has: ${Object.keys(data).sort().join(', ') || 'none'}.` };
}

/** What reads the key in its namespace; kinds that we may not list are left out. */
async function readersOf(cluster: Cluster, secret: string, key: string): Promise<string[]> {
  const lists = await Promise.all(
    KINDS.map(async (kind) => {
      try {
        const objects = await cluster.list({ apiVersion: APPS, kind });
        return objects.filter((object) => usesSecret(object, secret, key)).map((object) => `${kind.toLowerCase()}/${object.metadata.name}`);
      } catch (error) {
        if (error instanceof ClusterError && error.reason === 'forbidden') return [];
        throw error;
      }
    }),
  );
  return lists.flat().sort();
}
