import { describe, sayWho } from '../src/domain/describe.ts';
import type { IncidentRecord } from '../src/domain/events.ts';
import type { Incident } from '../src/domain/incident.ts';
import { sayDuration } from '../src/domain/time.ts';
import { actions, button, context, type Message, message, section } from './kit.ts';
import { saySeverity } from './incident-words.ts';
import { safe, user, when } from './text.ts';

/** The first message of an incident's room: who is called, what to do first. */
export function welcome(incident: Incident): Message {
  const called = incident.policy.responders.map(sayWho).join(' ');
  const due = incident.acknowledgement.dueAt;
  const first = due === null ? '' : ` Acknowledge by ${when(due)}: the first to do so takes command.`;
  return message(`${incident.id}: ${incident.title}`, [
    section(`${called} ${saySeverity(incident.severity)} of *${safe(incident.serviceName)}*: ${safe(incident.title)}.${first}`),
    context('Everything said with `/incident` here goes to this incident. `/incident help` lists it; a :pushpin: on a message puts it on the timeline.'),
    actions('welcome', [
      button('Acknowledge', 'incident.ack', incident.id, { style: 'primary' }),
      button('Post update', 'incident.update', incident.id),
      button('Add note', 'incident.note', incident.id),
      button('Impact', 'incident.impact', incident.id),
      button('Status', 'incident.status', incident.id),
    ]),
  ]);
}

/** One record as one quiet line. */
export function eventLine(record: IncidentRecord): Message {
  const text = describe(record, 'timeline') ?? record.type;
  return message(text, [context(safe(text))]);
}

/** A breach, plainly (AU-01: a breach is shown and escalated). */
export function breach(incident: Incident, data: Extract<IncidentRecord, { type: 'breach.recorded' }>['data']): Message {
  const what = data.target === 'acknowledgement' ? 'acknowledged' : 'updated';
  const late = data.late_ms >= 60_000 ? `, ${sayDuration(data.late_ms)} late` : '';
  return message(`Breach: ${incident.id} was not ${what} in time`, [
    section(`:rotating_light: *Breach*: ${incident.id} was not ${what} by ${when(Date.parse(data.due))}${late}. It is recorded, and goes to the next in line.`),
  ]);
}

/** Who was called next, and why. In the room and, with buttons, to the person. */
export function escalated(incident: Incident, data: Extract<IncidentRecord, { type: 'incident.escalated' }>['data'], by: string | null): Message {
  const from = by === null ? '' : ` ${user(by)} asks for you.`;
  return message(`${incident.id} is escalated: ${incident.title}`, [
    section(`:arrow_up: ${sayWho(data.who)}: *${incident.id}* is escalated to you.${from} ${saySeverity(incident.severity)} of *${safe(incident.serviceName)}*: ${safe(incident.title)}.\n*Why*: ${safe(data.reason)}`),
    actions('escalated', [
      button('Acknowledge', 'incident.ack', incident.id, { style: 'primary' }),
      button('Post update', 'incident.update', incident.id),
      button('Timeline', 'incident.timeline', incident.id),
    ]),
  ]);
}

/** Half of the acknowledgement target is over. */
export function acknowledgementReminder(incident: Incident): Message {
  const called = incident.policy.responders.map(sayWho).join(' ');
  const due = incident.acknowledgement.dueAt;
  if (due === null) return message(`${incident.id} is acknowledged`, [context(`:white_check_mark: ${incident.id} is acknowledged.`)]);
  return message(`${incident.id}: nobody has acknowledged yet`, [
    section(`:alarm_clock: ${called}: nobody has acknowledged *${incident.id}* yet. The target is ${when(due)}.`),
    actions('acknowledgement', [button('Acknowledge', 'incident.ack', incident.id, { style: 'primary' })]),
  ]);
}

/** Resolved, reopened, merged, closed: the lines that everybody follows. */
export function milestone(incident: Incident, record: IncidentRecord): Message {
  const text = describe(record, 'timeline') ?? record.type;
  const took = record.type === 'incident.resolved' ? ` It took ${sayDuration(Date.parse(record.time) - incident.milestones.declared)}.` : '';
  return message(`${incident.id}: ${text}`, [section(`*${incident.id}* (${incident.severity}, ${safe(incident.title)}): ${safe(text)}.${took}`)]);
}

/** A described record for a text that notifies nobody (ephemeral, file): group mentions stay readable, the rest is made safe. */
export function sayDescribed(text: string): string {
  return safe(text.replaceAll(/<!subteam\^([A-Z0-9]+)>/g, '\u0001$1\u0002')).replaceAll(/\u0001([A-Z0-9]+)\u0002/g, '<!subteam^$1>');
}
