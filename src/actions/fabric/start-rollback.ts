import { createHash } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { type ActionContext, type Check, changeAction } from '../../ports/action.ts';
import { ClusterError } from '../../ports/cluster.ts';
import { currentOf, historyRights, readHistory } from '../helm/read-history.ts';
import { rightOn } from '../k8s/resource-name.ts';
import { listServed, sayNotServed } from '../k8s/served.ts';
import { countsOf } from '../k8s/state.ts';
import { diffObjects } from '../shared/diff.ts';
import { digestOf } from '../shared/digest.ts';
import { isLate, orLate, targetField } from '../shared/fields.ts';
import { findWorkload, podRights, workloadPlace } from '../shared/pods.ts';
import { planStale } from '../shared/stale.ts';
import { CAPSULE_HASH, RELEASE_HASH, shortHash } from './hash.ts';
import { ROLLBACK, rollbackOf } from './rollback-objects.ts';

const input = z.strictObject({
  release: targetField.describe('The Helm release that is rolled back'),
  controller: targetField.describe('The rollback controller, a workload'),
  target_release: orLate(z.string().regex(RELEASE_HASH, 'expected a release hash: 64 hexadecimal digits, as helm.history shows them')),
  reason: z.enum(['high_risk', 'heartbeat_miss', 'manual', 'smoke_test_fail']).default('manual'),
  capsule: orLate(z.union([z.literal(''), z.string().regex(CAPSULE_HASH, 'expected sha256: and 64 hexadecimal digits')])).default(''),
  tenant: z.string().max(200).default(''),
});
type Input = z.infer<typeof input>;

const output = z.strictObject({ name: z.string(), already: z.boolean() });

/** Rolls Provability-Fabric back by the object that its controller carries out (PF-21). */
export const fabricStartRollback = changeAction({
  name: 'fabric.start-rollback',
  effect: 'destructive',
  about: 'Writes a Rollback in the shape that its schema takes, to a release of Helm’s history. The cluster tries it first.',
  oneWay: 'A rollback is not taken back. To go forward again, roll out the release that is wanted.',
  input,
  output,
  targets: ({ release }) => [release],
  rights: ({ release, controller }, context) => [
    rightOn(ROLLBACK, '*', 'create', 'get', 'list'),
    ...historyRights(context, release),
    ...podRights(context, controller),
  ],
  async preflight({ controller }, context): Promise<readonly Check[]> {
    if ((await listServed(context.cluster(), ROLLBACK)) === null)
      return [
        { state: 'failure', what: sayNotServed(ROLLBACK), advice: 'Install the CRD of the rollback controller. Until then roll back with helm.' },
      ];
    const nobody = await nobodyCarriesOut(context, controller);
    if (nobody === null) return [{ state: 'ok', what: 'the rollback controller runs', advice: null }];
    return [{ state: 'warning', what: nobody, advice: 'Scale the rollback controller up before a rollback is needed.' }];
  },

  async plan(asked, context) {
    if (isLate(asked.target_release)) throw new UserError('value-missing', 'Which release to roll back to must be known when this is planned.');
    const cluster = context.cluster();
    if ((await listServed(cluster, ROLLBACK)) === null) throw new UserError('not-served', sayNotServed(ROLLBACK), { refusal: true });
    const { release, revisions } = await readHistory(context, asked.release);
    const current = currentOf(revisions);
    const target = revisions.find(({ hash }) => hash === asked.target_release);
    if (current?.hash === asked.target_release)
      throw new UserError('already-there', `${release} is at this release already, at revision ${current.revision}. Choose an earlier one.`, {
        refusal: true,
      });
    if (target === undefined && revisions.some(({ hash }) => hash !== ''))
      throw new UserError(
        'no-such-release',
        `No revision of ${release} has the release hash ${shortHash(asked.target_release)}… The controller would fail.`,
        {
          refusal: true,
        },
      );
    const nobody = await nobodyCarriesOut(context, asked.controller);
    await tried(cluster.create(objectOf(asked, 'tocsin-dry-run'), { dryRun: true }));
    const where = target === undefined ? `release ${shortHash(asked.target_release)}` : `revision ${target.revision} (${target.version})`;
    return {
      summary: `Rolls ${release} back from revision ${current?.revision ?? 'unknown'} to ${where}${asked.capsule === '' ? '' : ` for capsule ${shortHash(asked.capsule)}`}`,
      diff: diffObjects({}, { Rollback: specOf(asked) }),
      noPlan: null,
      notes: [
        ...(nobody === null ? [] : [`${nobody} This Rollback waits until the controller runs.`]),
        ...(target === undefined
          ? [`No revision of ${release} carries a release hash: whether the controller knows this one shows only when it tries.`]
          : []),
        'What the new release changed in databases or at other services stays as it is.',
        'There is no way back but another rollout.',
      ],
      touches: [{ object: `helm release ${release}`, uid: release, fields: 'its current revision', digest: digestOf(current?.revision ?? 0) }],
      changes: true,
      scope: { spec: specOf(asked) },
      snapshot: null,
    };
  },

  async apply(asked, planned, context, key) {
    const cluster = context.cluster();
    const name = `tocsin-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`;
    const there = await cluster.get({ ...ROLLBACK, name });
    if (there !== null) return { output: { name, already: true }, summary: `Rollback ${rollbackOf(there).name} is written` };
    const { revisions, release } = await readHistory(context, asked.release);
    if (planned.touches[0]?.digest !== digestOf(currentOf(revisions)?.revision ?? 0))
      throw planStale(`helm release ${release} is no longer what was planned for: its current revision changed`);
    try {
      await tried(cluster.create(objectOf(asked, name)));
    } catch (error) {
      // Nobody knows whether it was written, or the try before was: the name says that it is this one.
      if (!(error instanceof ClusterError) || !['exists', 'uncertain'].includes(error.reason) || (await cluster.get({ ...ROLLBACK, name })) === null)
        throw error;
    }
    return { output: { name, already: false }, summary: `Rollback ${name} is written; the controller carries it out` };
  },
});

function specOf({ target_release: targetRelease, reason, capsule, tenant }: Input): { readonly [field: string]: string } {
  return { targetRelease, reason, ...(capsule === '' ? {} : { capsuleHash: capsule }), ...(tenant === '' ? {} : { tenantId: tenant }) };
}

/** Cluster-scoped: a namespace in it would be refused. */
function objectOf(asked: Input, name: string) {
  return { ...ROLLBACK, metadata: { name, labels: { 'app.kubernetes.io/created-by': 'tocsin' } }, spec: specOf(asked) };
}

/** Why nobody would carry it out; `null` when the controller runs. */
async function nobodyCarriesOut(context: ActionContext, controller: string): Promise<string | null> {
  const place = workloadPlace(context, controller);
  const found = await findWorkload(place);
  if (found === null) return `There is no rollback controller: ${place.label} in namespace ${place.cluster.namespace}.`;
  return countsOf(found.workload).ready > 0 ? null : `The rollback controller (${found.label}) has no ready pod.`;
}

/** What the schema refuses is said with the fields. */
async function tried<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ClusterError) || error.reason !== 'invalid') throw error;
    const fields = [...new Set(error.message.match(/\bspec\.[A-Za-z]+/g))].join(' and ');
    const what = fields === '' ? 'this Rollback' : `${fields} of this Rollback`;
    throw new UserError('rollback-refused', `The cluster refuses ${what}. ${error.message}`, { refusal: true, cause: error });
  }
}
