import { z } from 'zod';
import { clamp } from '../../lib/clamp.ts';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { podRights, podsOf, workloadOf, workloadPlace } from '../shared/pods.ts';
import { EVENT, type EventRow, eventsOf } from './event-list.ts';
import { durationField, durationMs, integer, targetField } from './fields.ts';
import { ageSeconds, sayAge } from './moments.ts';
import { columns } from './picture.ts';
import { rightOn } from './resource-name.ts';

const input = z.strictObject({
  target: targetField.optional(),
  namespace: z.string().min(1).optional().describe('Without a target: another namespace than the service’s; * for all'),
  since: durationField.default('1h'),
});
const output = z.strictObject({
  total: integer,
  warnings: integer,
  events: z.array(
    z.strictObject({ time: z.string(), type: z.string(), reason: z.string(), object: z.string(), message: z.string(), count: integer }),
  ),
});
const SHOWN = 15;

export const k8sEvents = readAction({
  name: 'k8s.events',
  about: 'Events of a namespace or of all, or of one workload and its pods, by time, newest last.',
  input,
  output,
  rights: ({ target, namespace }, context) =>
    target === undefined
      ? [rightOn(EVENT, namespace ?? context.cluster().namespace, 'list')]
      : [
          ...podRights(context, target),
          { group: '', resource: 'events', verbs: ['list'], namespace: workloadPlace(context, target).cluster.namespace },
        ],
  async run({ target, namespace, since }, context) {
    const now = await context.now();
    const found = target === undefined ? null : await workloadOf(context, target);
    const of = found === null ? null : { found, pods: await podsOf(found, found) };
    const events = await eventsOf(found?.cluster ?? context.cluster(), Math.max(now - durationMs(since), context.newerThan ?? 0), of, namespace);
    const warnings = events.filter((event) => event.type === 'Warning');
    const last = warnings.at(-1);
    return {
      output: { total: events.length, warnings: warnings.length, events: [...events] },
      summary: `${plural(events.length, 'event')} in ${since}, ${plural(warnings.length, 'warning')}${last === undefined ? '' : `; last: ${last.reason} ${last.object}: ${clamp(last.message, 120)}`}`,
      table: {
        columns: ['Age', 'Type', 'Reason', 'Object', 'Message', 'Count'],
        rows: events
          .slice(-SHOWN)
          .map((event) => [
            sayAge(ageSeconds(event.time, now)),
            event.type,
            event.reason,
            event.object,
            clamp(event.message, 160),
            String(event.count),
          ]),
      },
      text: { name: 'events.txt', content: eventLines(events) },
    };
  },
});

export function eventLines(events: readonly EventRow[]): string {
  return columns(
    events.map((event) => [
      event.time,
      event.type,
      event.reason,
      event.object,
      event.count > 1 ? `${event.message} (x${event.count})` : event.message,
    ]),
  );
}
