import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { type FoundWorkload, findWithPods, isReady, missingText, podRights, reasonOf, workloadPlace } from '../shared/pods.ts';
import { ifAllowed } from './autoscaling.ts';
import { eventsOf } from './event-list.ts';
import { integer, targetInput } from './fields.ts';
import { ageSeconds, sayAge } from './moments.ts';
import { besideRight } from './rights.ts';
import type { Pod } from './shapes.ts';
import { countsOf, refusalOf, sayRefusal } from './state.ts';

const output = z.strictObject({
  found: z.boolean(),
  desired: integer,
  ready: integer,
  total: integer,
  restarts: integer,
  problems: z.array(z.string()),
  /** The problems in a few words, the same of several pods once. Shortened; empty without one. */
  why: z.string(),
  pods: z.array(
    z.strictObject({
      name: z.string(),
      phase: z.string(),
      ready: z.boolean(),
      restarts: integer,
      age_s: integer,
      node: z.string(),
      reason: z.string(),
    }),
  ),
});
/** Characters of why pods are not ready: it stands in a sentence. */
const WHY_LENGTH = 200;
type Output = z.infer<typeof output>;

export const k8sPods = readAction({
  name: 'k8s.pods',
  about: 'Pods of a workload: how many there should be, are and are ready, restarts, and what is wrong with each.',
  input: targetInput,
  output,
  rights: ({ target }, context) => [
    ...podRights(context, target),
    { ...besideRight(context, target, '', 'events', 'list'), optional: 'why a StatefulSet or DaemonSet gets no pods is not known' },
  ],
  async run({ target }, context) {
    const place = workloadPlace(context, target);
    const [now, { found, pods }] = await Promise.all([context.now(), findWithPods(place)]);
    const rows = pods.map((pod) => rowOf(pod, now));
    if (found === null) return { state: 'unknown', output: { found: false }, summary: await missingText(place) };
    const problems = [...pods.flatMap(problemsOf), ...(await refusals(found, rows.length))];
    const result: Output = {
      found: true,
      desired: countsOf(found.workload).desired,
      ready: rows.filter((row) => row.ready).length,
      total: rows.length,
      restarts: rows.reduce((sum, row) => sum + row.restarts, 0),
      problems,
      why: clamp(together(problems).slice(0, 2).join('; '), WHY_LENGTH),
      pods: rows,
    };
    const state = sayCounts(result);
    return {
      state: stateOf(result),
      output: result,
      summary: [state, ...together(result.problems).slice(0, 3)].join('; '),
      table: {
        columns: ['Pod', 'Ready', 'Status', 'Restarts', 'Age', 'Node'],
        rows: rows.map((row) => [row.name, row.ready ? 'yes' : 'no', row.reason, String(row.restarts), sayAge(row.age_s), row.node]),
      },
    };
  },
});

function sayCounts({ desired, ready, total, restarts }: Output): string {
  if (desired === 0) return total === 0 ? 'scaled to 0: it has no pods' : `scaled to 0, and ${plural(total, 'pod is', 'pods are')} still there`;
  return `${ready} of ${plural(desired, 'pod')} ready, ${plural(restarts, 'restart')}`;
}

/** Why the cluster makes no more pods: a Deployment says it itself, of others their newest event does. */
async function refusals(found: FoundWorkload, pods: number): Promise<readonly string[]> {
  const said = refusalOf(found.workload);
  if (said !== null) return [`${found.label}: ${said}`];
  if (found.ref.kind === 'Deployment' || pods >= countsOf(found.workload).desired) return [];
  const events = await ifAllowed(found.cluster, (cluster) => eventsOf(cluster, 0, { found, pods: [] }), []);
  const last = events.findLast(({ reason, object }) => reason === 'FailedCreate' && object === found.label);
  return last === undefined ? [] : [`${found.label}: ${sayRefusal(last.message)}`];
}

/** Nobody can say whether none of none is as it should be. */
function stateOf({ desired, ready, problems }: Output): 'good' | 'bad' | 'seen' {
  if (ready < desired || problems.length > 0) return 'bad';
  return desired === 0 ? 'seen' : 'good';
}

/** The same problem of several pods is said once: `3 pods: frontend CrashLoopBackOff`. */
function together(problems: readonly string[]): readonly string[] {
  const pods = Map.groupBy(problems, (problem) => problem.slice(problem.indexOf(': ') + 2));
  return [...pods].map(([what, all]) => (all.length === 1 ? (all[0] ?? what) : `${all.length} pods: ${what}`));
}

function rowOf(pod: Pod, now: number): Output['pods'][number] {
  return {
    name: pod.metadata.name,
    phase: pod.status.phase,
    ready: isReady(pod),
    restarts: restartsOf(pod),
    age_s: ageSeconds(pod.metadata.creationTimestamp, now),
    node: pod.spec.nodeName,
    reason: reasonOf(pod),
  };
}

export function restartsOf(pod: Pod): number {
  return pod.status.containerStatuses.reduce((sum, status) => sum + status.restartCount, 0);
}

/** What is wrong with a pod, one line each: `aureus-frontend-1: frontend CrashLoopBackOff (exit code 1, OOMKilled)`. */
export function problemsOf(pod: Pod): readonly string[] {
  const { name } = pod.metadata;
  // Of a pod that goes, nothing is wrong any more: a version that crashed and was rolled back goes for a while.
  if (pod.metadata.deletionTimestamp !== undefined) return [];
  const problems: string[] = [];
  for (const status of [...pod.status.initContainerStatuses, ...pod.status.containerStatuses]) {
    const waiting = status.state.waiting?.reason ?? '';
    const ended = status.state.terminated ?? status.lastState.terminated;
    const how = ended === undefined ? '' : ` (${ended.reason === '' ? '' : `${ended.reason}, `}exit code ${ended.exitCode})`;
    if (waiting !== '' && waiting !== 'ContainerCreating' && waiting !== 'PodInitializing') problems.push(`${name}: ${status.name} ${waiting}${how}`);
    else if (status.state.terminated !== undefined && status.state.terminated.exitCode !== 0) problems.push(`${name}: ${status.name} ended${how}`);
    else if (status.lastState.terminated?.reason === 'OOMKilled') problems.push(`${name}: ${status.name} was out of memory (OOMKilled)`);
  }
  if (problems.length > 0 || isReady(pod)) return problems;
  const unscheduled = pod.status.conditions.find((condition) => condition.type === 'PodScheduled' && condition.status === 'False');
  if (unscheduled !== undefined) return [`${name}: cannot be scheduled: ${unscheduled.message}`];
  if (pod.status.phase === 'Failed') return [`${name}: failed${pod.status.reason === '' ? '' : `: ${pod.status.reason}`}`];
  return pod.status.phase === 'Succeeded' ? [] : [`${name}: not ready (${reasonOf(pod)})`];
}
