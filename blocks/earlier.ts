import type { Incident } from '../src/domain/incident/incident.ts';
import { type EARLIER_MESSAGE, type ShownOf } from '../src/domain/messages/messages.ts';
import { plural } from '../src/lib/plural.ts';
import { sayDuration } from '../src/lib/time.ts';
import { context, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { clamp, when } from './text.ts';

/** In a new incident's room: how earlier ones of its service ended. */
export function earlierIncidents(incident: Incident, { days, incidents }: ShownOf<typeof EARLIER_MESSAGE>): Message {
  const title = `What resolved earlier incidents of ${safe(incident.serviceName)} (last ${plural(days, 'day')})`;
  const lines = incidents.map(({ id, title: what, severity, channel, resolution, declaredAt, resolvedAt }) => {
    const where = channel === null ? '' : ` <#${channel}>`;
    return `• *${id}*${where} ${severity} ${safe(clamp(what, 100))}, ${when(declaredAt, 'day')}, over after ${sayDuration(resolvedAt - declaredAt)}\n   ${safe(clamp(resolution, 300))}`;
  });
  const [first] = incidents;
  return message(title, [
    section(`:hourglass: *${title}*\n${lines.join('\n')}`),
    context(`\`/incident timeline ${first?.id ?? ''}\` shows what was done then.`),
  ]);
}
