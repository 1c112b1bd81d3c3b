import { z } from 'zod';
import { readAction } from '../../ports/action.ts';
import { type FoundWorkload, findWorkload, missingText, podRights, podsOf, workloadPlace } from '../shared/pods.ts';
import { hpaOf, ifAllowed, pdbsOf, sayPdb } from './autoscaling.ts';
import { dependencies } from './describe-change.ts';
import { eventsOf } from './event-list.ts';
import { eventLines } from './events.ts';
import { integer, targetInput } from './fields.ts';
import { ageSeconds, sayAge } from './moments.ts';
import { columns, section } from './picture.ts';
import { imagesOf, type Revision, revisionsOf } from './revisions.ts';
import { besideRight, revisionRight } from './rights.ts';
import { countsOf, progressOf } from './state.ts';

const condition = z.strictObject({ type: z.string(), status: z.string(), reason: z.string(), message: z.string() });
const output = z.strictObject({
  found: z.boolean(),
  desired: integer,
  ready: integer,
  updated: integer,
  available: integer,
  revision: z.string(),
  image: z.string(),
  conditions: z.array(condition),
  replica_sets: z.array(
    z.strictObject({ name: z.string(), revision: integer, replicas: integer, ready: integer, image: z.string(), age_s: integer }),
  ),
  hpa: z.strictObject({ name: z.string(), min: integer, max: integer, current: integer, desired: integer }).optional(),
  events: z.array(
    z.strictObject({ time: z.string(), type: z.string(), reason: z.string(), object: z.string(), message: z.string(), count: integer }),
  ),
});
type Output = z.infer<typeof output>;

const EVENTS_MS = 60 * 60 * 1000;

export const k8sDescribe = readAction({
  name: 'k8s.describe',
  about: 'A picture of a workload: counts, conditions, revisions, autoscaler, disruption budgets and events.',
  input: targetInput,
  output,
  rights: ({ target }, context) => [
    ...podRights(context, target),
    revisionRight(context, target),
    besideRight(context, target, '', 'events', 'list'),
    besideRight(context, target, 'autoscaling', 'horizontalpodautoscalers', 'list'),
    besideRight(context, target, 'policy', 'poddisruptionbudgets', 'list'),
  ],
  async run({ target }, context) {
    const place = workloadPlace(context, target);
    const found = await findWorkload(place);
    if (found === null) return { state: 'unknown', output: { found: false }, summary: await missingText(place) };
    const now = await context.now();
    const [revisions, hpa, pdbs, events] = await Promise.all([
      revisionsOf(found),
      ifAllowed(found.cluster, () => hpaOf(found), null),
      ifAllowed(found.cluster, () => pdbsOf(found), []),
      podsOf(found, found).then((pods) => eventsOf(found.cluster, now - EVENTS_MS, { found, pods })),
    ]);
    const { desired, ready, updated, available } = countsOf(found.workload);
    const result: Output = {
      found: true,
      desired,
      ready,
      updated,
      available,
      revision: String(revisions.find((one) => one.current)?.revision ?? ''),
      image: imagesOf(found.workload.spec.template),
      conditions: found.workload.status.conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message })),
      replica_sets: shownSets(found, revisions, now),
      ...(hpa === null
        ? {}
        : {
            hpa: {
              name: hpa.metadata.name,
              min: hpa.spec.minReplicas,
              max: hpa.spec.maxReplicas,
              current: hpa.status.currentReplicas,
              desired: hpa.status.desiredReplicas,
            },
          }),
      events: [...events],
    };
    const unwell = found.workload.status.conditions.filter((one) => (one.status === 'True') === (one.type === 'ReplicaFailure'));
    return {
      output: result,
      summary: [
        progressOf(found.workload).message,
        `image ${result.image}`,
        ...unwell.map((one) => `${one.type} ${one.status}: ${one.message}`),
      ].join('; '),
      text: { name: `${target}.txt`, content: picture(found, result, revisions, pdbs.map(sayPdb), now) },
    };
  },
});

function shownSets(found: FoundWorkload, revisions: readonly Revision[], now: number): Output['replica_sets'] {
  if (found.workload.kind !== 'Deployment') return [];
  return revisions.map(({ name, revision, replicas, ready, image, created }) => ({
    name,
    revision,
    replicas,
    ready,
    image,
    age_s: ageSeconds(created, now),
  }));
}

function picture(found: FoundWorkload, result: Output, revisions: readonly Revision[], pdbs: readonly string[], now: number): string {
  const { workload } = found;
  const needs = dependencies(workload.spec.template);
  const containers = workload.spec.template.spec.containers.map((one) => [one.name, one.image]);
  const head = [
    ['Name', found.label],
    ['Namespace', workload.metadata.namespace],
    ['Created', `${workload.metadata.creationTimestamp} (${sayAge(ageSeconds(workload.metadata.creationTimestamp, now))} ago)`],
    ['Selector', found.selector],
    ['Pods', `${result.desired} desired, ${result.updated} updated, ${result.ready} ready, ${result.available} available`],
    ['Revision', result.revision],
    [
      'Autoscaler',
      result.hpa === undefined
        ? 'none'
        : `${result.hpa.name}: ${result.hpa.min} to ${result.hpa.max}, now ${result.hpa.current}, wants ${result.hpa.desired}`,
    ],
    ['Budgets', pdbs.join(', ') || 'none'],
    ['ConfigMaps', needs.configMaps.join(', ') || 'none'],
    ['Secrets', needs.secrets.join(', ') || 'none'],
    ['Claims', needs.claims.join(', ') || 'none'],
  ];
  return [
    columns(head.map(([name = '', value = '']) => [`${name}:`, value])),
    section('Containers', columns(containers)),
    section('Conditions', columns(result.conditions.map((one) => [one.type, one.status, one.reason, one.message]))),
    section(
      'Revisions',
      columns(
        revisions.map((one) => [
          `${one.revision}${one.current ? '*' : ''}`,
          one.name,
          `${one.ready}/${one.replicas}`,
          one.image,
          sayAge(ageSeconds(one.created, now)),
        ]),
      ),
    ),
    section('Events of the last hour', eventLines(result.events)),
  ].join('\n\n');
}
