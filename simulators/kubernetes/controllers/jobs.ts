import { isReady } from '../api/evict.ts';
import { removeObject } from '../api/remove.ts';
import { timestamp } from '../clock.ts';
import type { Cluster } from '../cluster.ts';
import { clone } from '../json.ts';
import type { CronJob, Job, Pod } from '../kinds.ts';
import { createPod, deletePod, owned, ownedBy, withCondition } from './owned.ts';
import { lastDue } from './schedule.ts';

/** What the job controller does: pods until enough have succeeded. */
export function reconcileJobs(cluster: Cluster): void {
  for (const job of cluster.store.list<Job>('jobs.batch')) {
    label(cluster, job);
    const done = (job.status?.conditions ?? []).some((each) => (each.type === 'Complete' || each.type === 'Failed') && each.status === 'True');
    if (done) expire(cluster, job);
    else if (job.spec.suspend !== true) run(cluster, job);
  }
}

/** The server gives a job its selector and labels. */
function label(cluster: Cluster, job: Job): void {
  if (job.spec.selector !== undefined) return;
  cluster.store.change<Job>('jobs.batch', job, (draft) => {
    const uid = { 'batch.kubernetes.io/controller-uid': job.metadata.uid };
    draft.spec.selector = { matchLabels: uid };
    const labels = {
      ...draft.spec.template.metadata?.labels,
      ...uid,
      'batch.kubernetes.io/job-name': job.metadata.name,
      'job-name': job.metadata.name,
    };
    draft.spec.template.metadata = { ...draft.spec.template.metadata, labels };
  });
}

function run(cluster: Cluster, stale: Job): void {
  const job = cluster.store.get<Job>('jobs.batch', stale.metadata.namespace, stale.metadata.name) ?? stale;
  const pods = owned<Pod>(cluster, 'pods', job);
  const count = (phase: string): number => pods.filter((pod) => pod.status.phase === phase).length;
  const succeeded = count('Succeeded');
  const failed = count('Failed');
  const active = pods.filter((pod) => pod.status.phase === 'Pending' || pod.status.phase === 'Running');
  const wanted = job.spec.completions ?? 1;
  const complete = succeeded >= wanted;
  const broken = failed > (job.spec.backoffLimit ?? 6);
  if (!complete && !broken && active.length < Math.min(job.spec.parallelism ?? 1, wanted - succeeded)) {
    const pod = createPod(cluster, job, job.spec.template, `${job.metadata.name}-${cluster.suffix()}`);
    cluster.event({ about: job, reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}`, component: 'job-controller' });
    active.push(pod);
  }
  const { time } = cluster;
  cluster.store.change<Job>('jobs.batch', job, (draft) => {
    draft.status = {
      ...draft.status,
      startTime: draft.status?.startTime ?? time,
      ...figure('active', complete || broken ? 0 : active.length),
      ...figure('ready', active.filter(isReady).length),
      ...figure('succeeded', succeeded),
      ...figure('failed', failed),
    };
    if (complete || broken) delete draft.status.active;
    if (complete) {
      draft.status.completionTime = time;
      draft.status.conditions = withCondition(
        draft.status.conditions,
        { type: 'Complete', status: 'True', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' },
        time,
      );
    } else if (broken) {
      draft.status.conditions = withCondition(
        draft.status.conditions,
        { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' },
        time,
      );
    }
  });
  if (complete) cluster.event({ about: job, reason: 'Completed', message: 'Job completed', component: 'job-controller' });
  if (broken) {
    for (const pod of active) deletePod(cluster, pod);
    cluster.event({
      about: job,
      type: 'Warning',
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
      component: 'job-controller',
    });
  }
}

function figure(name: 'active' | 'ready' | 'succeeded' | 'failed', value: number): Partial<Job['status']> {
  return value === 0 && name !== 'ready' ? {} : { [name]: value };
}

function expire(cluster: Cluster, job: Job): void {
  const { ttlSecondsAfterFinished: seconds } = job.spec;
  const end = job.status.completionTime ?? job.status.conditions?.at(-1)?.lastTransitionTime ?? undefined;
  if (seconds === undefined || end === undefined || cluster.clock.now() < Date.parse(end) + seconds * 1000) return;
  removeObject(cluster, cluster.types.named('jobs.batch'), job, { graceSeconds: undefined, policy: 'Background', dryRun: false });
}

/** What the cron job controller does: a job when the schedule is due, and only the newest when several were missed. */
export function reconcileCronJobs(cluster: Cluster): void {
  const now = cluster.clock.now();
  for (const cron of cluster.store.list<CronJob>('cronjobs.batch')) {
    const jobs = owned<Job>(cluster, 'jobs.batch', cron);
    const open = jobs.filter((job) => !(job.status?.conditions ?? []).some((each) => each.type === 'Complete' || each.type === 'Failed'));
    trim(cluster, cron, jobs);
    const from = Date.parse(cron.status?.lastScheduleTime ?? cron.metadata.creationTimestamp);
    const due = cron.spec.suspend === true ? undefined : lastDue(cron.spec.schedule, from, now);
    if (due !== undefined && !(cron.spec.concurrencyPolicy === 'Forbid' && open.length > 0)) {
      if (cron.spec.concurrencyPolicy === 'Replace') for (const job of open) cluster.store.remove('jobs.batch', job);
      open.push(start(cluster, cron, due));
    }
    cluster.store.change<CronJob>('cronjobs.batch', cron, (draft) => {
      const active = open.map((job) => ({
        kind: 'Job',
        apiVersion: 'batch/v1',
        namespace: job.metadata.namespace ?? '',
        name: job.metadata.name,
        uid: job.metadata.uid,
      }));
      const succeeded =
        jobs
          .map((job) => job.status?.completionTime ?? '')
          .sort()
          .at(-1) ?? '';
      draft.status = {
        ...(active.length === 0 ? {} : { active }),
        ...(due === undefined
          ? draft.status?.lastScheduleTime === undefined
            ? {}
            : { lastScheduleTime: draft.status.lastScheduleTime }
          : { lastScheduleTime: timestamp(due) }),
        ...(succeeded === '' ? {} : { lastSuccessfulTime: succeeded }),
      };
    });
  }
}

function start(cluster: Cluster, cron: CronJob, due: number): Job {
  const { metadata, spec } = cron.spec.jobTemplate;
  const name = `${cron.metadata.name}-${Math.floor(due / 60_000)}`;
  const job = cluster.create<Job>('jobs.batch', {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: cron.metadata.namespace,
      labels: { ...metadata?.labels },
      annotations: { ...metadata?.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': timestamp(due) },
      ownerReferences: [ownedBy(cron)],
    },
    spec: { parallelism: 1, completions: 1, backoffLimit: 6, ...clone(spec) },
    status: {},
  });
  cluster.event({ about: cron, reason: 'SuccessfulCreate', message: `Created job ${name}`, component: 'cronjob-controller' });
  return job;
}

function trim(cluster: Cluster, cron: CronJob, jobs: readonly Job[]): void {
  const ended = (type: string): Job[] =>
    jobs
      .filter((job) => (job.status?.conditions ?? []).some((each) => each.type === type && each.status === 'True'))
      .sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
  const limits: [Job[], number][] = [
    [ended('Complete'), cron.spec.successfulJobsHistoryLimit ?? 3],
    [ended('Failed'), cron.spec.failedJobsHistoryLimit ?? 1],
  ];
  for (const [list, limit] of limits) for (const job of list.slice(0, Math.max(0, list.length - limit))) cluster.store.remove('jobs.batch', job);
}
