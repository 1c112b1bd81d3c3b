import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { podRights, podsOf, reasonOf, workloadOf } from '../shared/pods.ts';
import { type EventRow, eventsOf } from './event-list.ts';
import { eventLines } from './events.ts';
import { integer, targetInput } from './fields.ts';
import { ageSeconds, sayAge } from './moments.ts';
import { columns, section } from './picture.ts';
import { besideRight } from './rights.ts';
import type { ContainerState, Pod } from './shapes.ts';

const output = z.strictObject({ pods: integer });
const EVENTS_MS = 60 * 60 * 1000;

/** AU-15: what is captured before a restart takes the pods away. */
export const k8sPodDescriptions = readAction({
  name: 'k8s.pod-descriptions',
  about: 'Descriptions of every pod of a workload: conditions, containers, their last end, events.',
  input: targetInput,
  output,
  rights: ({ target }, context) => [...podRights(context, target), besideRight(context, target, '', 'events', 'list')],
  async run({ target }, context) {
    const found = await workloadOf(context, target);
    const [now, pods] = await Promise.all([context.now(), podsOf(found, found)]);
    const events = await eventsOf(found.cluster, now - EVENTS_MS, { found, pods });
    return {
      output: { pods: pods.length },
      summary: `${plural(pods.length, 'pod')} of ${found.label} described`,
      text: { name: `${target}-pods.txt`, content: pods.map((pod) => describePod(pod, events, now)).join('\n\n---\n\n') },
    };
  },
});

function describePod(pod: Pod, events: readonly EventRow[], now: number): string {
  const { metadata, status, spec } = pod;
  const head = [
    ['Name:', metadata.name],
    ['Namespace:', metadata.namespace],
    ['UID:', metadata.uid],
    ['Node:', spec.nodeName || 'none'],
    ['IP:', status.podIP || 'none'],
    ['Status:', `${status.phase} (${reasonOf(pod)})${status.message === '' ? '' : `: ${status.message}`}`],
    ['Created:', `${metadata.creationTimestamp} (${sayAge(ageSeconds(metadata.creationTimestamp, now))} ago)`],
    [
      'Labels:',
      Object.entries(metadata.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    ],
    ['Controlled by:', metadata.ownerReferences.map((owner) => `${owner.kind}/${owner.name}`).join(', ') || 'nothing'],
  ];
  const containers = [...status.initContainerStatuses, ...status.containerStatuses].map((one) =>
    section(
      one.name,
      columns([
        ['Image:', one.image],
        ['Ready:', one.ready ? 'yes' : 'no'],
        ['Restarts:', String(one.restartCount)],
        ['State:', sayState(one.state)],
        ['Last state:', sayState(one.lastState)],
      ]),
    ),
  );
  return [
    columns(head),
    section('Conditions', columns(status.conditions.map((one) => [one.type, one.status, one.reason, one.message]))),
    section('Containers', containers.join('\n')),
    section(
      'Volumes',
      columns(
        spec.volumes.map((volume) => [
          volume.name,
          Object.keys(volume)
            .filter((key) => key !== 'name')
            .join(', '),
        ]),
      ),
    ),
    section('Events of the last hour', eventLines(events.filter((event) => event.object === `pod/${metadata.name}`))),
  ].join('\n');
}

function sayState(state: ContainerState): string {
  if (state.running !== undefined) return `running since ${state.running.startedAt}`;
  if (state.waiting !== undefined) return `waiting: ${state.waiting.reason}${state.waiting.message === '' ? '' : ` (${state.waiting.message})`}`;
  const ended = state.terminated;
  if (ended === undefined) return 'none';
  return `ended at ${ended.finishedAt} with exit code ${ended.exitCode}${ended.reason === '' ? '' : ` (${ended.reason})`}${ended.message === '' ? '' : `: ${ended.message}`}`;
}
