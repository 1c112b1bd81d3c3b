import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { isReady, POD, reasonOf } from '../shared/pods.ts';
import { integer } from './fields.ts';
import { ageSeconds, sayAge } from './moments.ts';
import { problemsOf, restartsOf } from './pods.ts';
import { rightOn } from './resource-name.ts';
import { parsed, podSchema } from './shapes.ts';

const SHOWN = 60;

const input = z.strictObject({
  namespace: z.string().min(1).default('*').describe('* for all'),
  selector: z.string().default('').describe('Labels: tenant=tenant-123; empty for all pods'),
});
const output = z.strictObject({
  total: integer,
  ready: integer,
  namespaces: z.array(z.string()),
  /** What is wrong with pods, one line each, with their namespace. */
  problems: z.array(z.string()),
  pods: z.array(z.strictObject({ name: z.string(), namespace: z.string(), ready: z.boolean(), restarts: integer, age_s: integer, node: z.string() })),
});

export const k8sPodList = readAction({
  name: 'k8s.pod-list',
  about: 'Pods of one or of all namespaces, by labels where wanted: in which namespaces they are and what is wrong with them.',
  input,
  output,
  rights: ({ namespace }) => [rightOn(POD, namespace, 'list')],
  async run({ namespace, selector }, context) {
    const now = await context.now();
    const objects = await context.cluster().list(POD, { namespace, ...(selector === '' ? {} : { labelSelector: selector }) });
    const pods = objects.map((object) => parsed(podSchema, object)).filter(({ status }) => status.phase !== 'Succeeded');
    const rows = pods
      .map((pod) => ({
        name: pod.metadata.name,
        namespace: pod.metadata.namespace,
        ready: isReady(pod),
        restarts: restartsOf(pod),
        age_s: ageSeconds(pod.metadata.creationTimestamp, now),
        node: pod.spec.nodeName,
        reason: reasonOf(pod),
      }))
      .sort(
        (one, other) => Number(one.ready) - Number(other.ready) || `${one.namespace}/${one.name}`.localeCompare(`${other.namespace}/${other.name}`),
      );
    const problems = pods.flatMap((pod) => problemsOf(pod).map((problem) => `${pod.metadata.namespace}/${problem}`));
    const namespaces = [...new Set(rows.map((row) => row.namespace))].sort();
    const ready = rows.filter((row) => row.ready).length;
    const where = namespaces.length === 0 ? '' : ` in ${namespaces.length > 4 ? plural(namespaces.length, 'namespace') : namespaces.join(', ')}`;
    return {
      state: problems.length > 0 ? 'bad' : rows.length === 0 ? 'seen' : 'good',
      output: { total: rows.length, ready, namespaces, problems, pods: rows.map(({ reason: _reason, ...row }) => row) },
      summary: [`${ready} of ${plural(rows.length, 'pod')} ready${where}`, ...problems.slice(0, 2)].join('; '),
      table: {
        columns: ['Namespace', 'Pod', 'Ready', 'Status', 'Restarts', 'Age', 'Node'],
        rows: rows
          .slice(0, SHOWN)
          .map((row) => [row.namespace, row.name, row.ready ? 'yes' : 'no', row.reason, String(row.restarts), sayAge(row.age_s), row.node]),
      },
    };
  },
});
