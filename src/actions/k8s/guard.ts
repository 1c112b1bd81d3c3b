import { createHash } from 'node:crypto';
import type { Json } from '../../domain/record.ts';
import { type Cluster, ClusterError, type ObjectRef } from '../../ports/cluster.ts';
import { type Entry, envPatch } from './env-entries.ts';

/** What a guard is made of: a revert of one `k8s.set-env`. */
export interface GuardRequest {
  /** The id of the plan that it reverts, and its step: the guard's name comes from them. */
  readonly plan: string;
  readonly step: number;
  readonly workload: { readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet'; readonly name: string };
  readonly namespace: string;
  /** The snapshot of the plan's set-env. */
  readonly snapshot: { readonly container: string; readonly entries: readonly Entry[] };
  /** ms when it has to be reverted; the guard acts at the next full minute. */
  readonly deadline: number;
  /** ms now. */
  readonly now: number;
  /** An image with kubectl. */
  readonly image: string;
  /** May patch the workload and the guard's own CronJob, nothing else. */
  readonly serviceAccount: string;
}

export interface Guard {
  readonly name: string;
  readonly namespace: string;
  /** ms when it acts. */
  readonly actsAt: number;
  /** The patch, which may hold a previous secret value: never record it. */
  readonly secret: Readonly<Record<string, Json>>;
  readonly cronJob: Readonly<Record<string, Json>>;
  /** Of the pod that the CronJob's Job makes. */
  readonly podSpec: Readonly<Record<string, Json>>;
}

const PLAN_LABEL = 'tocsin.dev/plan';
const CRON_JOB = { apiVersion: 'batch/v1', kind: 'CronJob' } as const;
const SECRET = { apiVersion: 'v1', kind: 'Secret' } as const;

const MINUTE_MS = 60_000;
/** A CronJob that is made after its minute would wait for a year. */
const LEAD_MS = 30_000;
const PATCH_FILE = 'patch.json';
const FOLDER = '/guard';
/** What the Job controller writes on the pods of a Job: its name. */
const JOB_LABEL = 'batch.kubernetes.io/job-name';
/** The Job goes on trying for days; its pods are restarted with growing pauses. */
const BACKOFF_LIMIT = 1000;

/**
 * The objects of a guard: a CronJob with one absolute minute, whose init container reverts by `kubectl patch` and whose container then
 * suspends the CronJob. Both by argv; the patch lies in a Secret. Cron knows no years, so the guard has its own in it: the patch is mounted where only the Job
 * of the deadline's minute looks for it. Kubernetes names a CronJob's Job by its minutes since 1970 ("CronJob", `getJobName`), and the pod has
 * that name as a label. In any other year the patch is not found, and nothing is reverted.
 */
export function guardFor(request: GuardRequest): Guard {
  const actsAt = Math.max(nextMinute(request.deadline), nextMinute(request.now + LEAD_MS));
  const name = guardName(request.plan, request.step);
  const metadata = {
    name,
    namespace: request.namespace,
    labels: { 'app.kubernetes.io/managed-by': 'tocsin', [PLAN_LABEL]: labelValue(request.plan) },
  };
  const podSpec = podSpecOf(request, name, actsAt);
  return {
    name,
    namespace: request.namespace,
    actsAt,
    podSpec,
    secret: {
      ...SECRET,
      metadata,
      type: 'Opaque',
      stringData: { [PATCH_FILE]: JSON.stringify(envPatch(request.snapshot.container, request.snapshot.entries)) },
    },
    cronJob: {
      ...CRON_JOB,
      metadata,
      spec: {
        schedule: schedule(actsAt),
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        suspend: false,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 1,
        jobTemplate: {
          metadata: { labels: metadata.labels },
          spec: { backoffLimit: BACKOFF_LIMIT, template: { metadata: { labels: metadata.labels }, spec: podSpec } },
        },
      },
    },
  };
}

/** Makes the guard, or brings one that is there to the same state (another deadline after an extension). Safe to call again. @throws ClusterError */
export async function createGuard(cluster: Cluster, guard: Guard): Promise<void> {
  // A plan's Secret never changes, so the bot needs no right to patch Secrets: a patch would answer with what they hold.
  await make(cluster, guard.secret);
  await put(cluster, { ...CRON_JOB, name: guard.name, namespace: guard.namespace }, guard.cronJob);
}

/** Takes the guard away, its Jobs with it. Safe to call again. `namespace` unset: the cluster's own. @throws ClusterError */
export async function deleteGuard(cluster: Cluster, name: string, namespace?: string): Promise<void> {
  const place = namespace === undefined ? {} : { namespace };
  // The CronJob first: without its Secret it could only fail.
  await remove(cluster, { ...CRON_JOB, ...place, name });
  await remove(cluster, { ...SECRET, ...place, name });
}

/** The name of the guard of a plan's step; CronJob names have 52 characters at most. Without a step: as releases before named a plan's only one. */
export function guardName(plan: string, step?: number): string {
  const of = step === undefined ? plan : `${plan}:${step}`;
  return `tocsin-guard-${createHash('sha256').update(of).digest('hex').slice(0, 16)}`;
}

/** `30 14 21 11 *` */
function schedule(at: number): string {
  const time = new Date(at);
  return `${time.getUTCMinutes()} ${time.getUTCHours()} ${time.getUTCDate()} ${time.getUTCMonth() + 1} *`;
}

function nextMinute(ms: number): number {
  return Math.ceil(ms / MINUTE_MS) * MINUTE_MS;
}

function podSpecOf(request: GuardRequest, name: string, actsAt: number): Readonly<Record<string, Json>> {
  const place = `${FOLDER}/${name}-${actsAt / MINUTE_MS}`;
  const base = ['kubectl', '--cache-dir=/tmp/kubectl', '--namespace', request.namespace];
  return {
    serviceAccountName: request.serviceAccount,
    restartPolicy: 'OnFailure',
    securityContext: { runAsNonRoot: true, runAsUser: 65_532, runAsGroup: 65_532, fsGroup: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
    initContainers: [
      container('revert', request.image, place, [
        ...base,
        'patch',
        request.workload.kind.toLowerCase(),
        request.workload.name,
        '--type=strategic',
        `--patch-file=${FOLDER}/$(JOB_NAME)/${PATCH_FILE}`,
      ]),
    ],
    containers: [
      container('suspend', request.image, place, [...base, 'patch', 'cronjob', name, '--type=merge', '--patch={"spec":{"suspend":true}}']),
    ],
    volumes: [
      { name: 'guard', secret: { secretName: name, defaultMode: 0o440 } },
      { name: 'tmp', emptyDir: {} },
    ],
  };
}

function container(name: string, image: string, place: string, command: readonly string[]): Json {
  return {
    name,
    image,
    command,
    env: [{ name: 'JOB_NAME', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${JOB_LABEL}']` } } }],
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    // All four: a ResourceQuota may ask for each, and refuses a pod that does not say.
    resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
    volumeMounts: [
      { name: 'guard', mountPath: place, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

/** Label values are short and plain; a plan's hash is, other ids are digested. */
function labelValue(plan: string): string {
  return /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(plan) ? plan : createHash('sha256').update(plan).digest('hex').slice(0, 63);
}

/** Creates an object; false when it is there already. */
async function make(cluster: Cluster, object: Readonly<Record<string, Json>>): Promise<boolean> {
  for (let again = false; ; again = true) {
    try {
      await cluster.create(object);
      return true;
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      if (error.reason === 'exists') return false;
      if (error.reason !== 'uncertain' || again) throw error;
    }
  }
}

async function put(cluster: Cluster, ref: ObjectRef, object: Readonly<Record<string, Json>>): Promise<void> {
  if (await make(cluster, object)) return;
  const { metadata: _metadata, ...content } = object;
  await cluster.patch(ref, { type: 'merge', body: content });
}

async function remove(cluster: Cluster, ref: ObjectRef): Promise<void> {
  try {
    await cluster.delete(ref);
  } catch (error) {
    if (!(error instanceof ClusterError) || error.reason !== 'not-found') throw error;
  }
}
