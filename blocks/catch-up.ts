import { sayMark } from '../src/domain/conditions.ts';
import { describeAction } from '../src/domain/incident/describe.ts';
import type { IncidentRecord } from '../src/domain/incident/events.ts';
import { type Incident, isOpen, ROLE_NAMES, ROLES } from '../src/domain/incident/incident.ts';
import { notesTold, withNewestNotes } from '../src/domain/incident/notes.ts';
import { draftUpdate, NOT_KNOWN } from '../src/domain/incident/update.ts';
import { plural } from '../src/lib/plural.ts';
import { sayStaysInForce, sayWaiting } from './approvals.ts';
import { sayAcknowledgement, sayCommander, sayOver, sayPrivate, saySeverity, saySnooze, sayStatus, sayUpdate } from './incident-words.ts';
import { actions, button, context, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { user, when } from './text.ts';

/** Lines of what was done: the newest. */
const DONE = 8;

/** All that somebody needs who joins now: what it is, since when, who leads, what people said, what was done, what is in force and what is next. */
export function catchUp(incident: Incident, records: readonly IncidentRecord[], now: number): Message {
  const { id, title } = incident;
  const said = draftUpdate(incident);
  const standing = [saySeverity(incident.severity), sayStatus(incident.status), safe(incident.serviceName), sayPrivate(incident)];
  return message(`${id} so far: ${safe(title)}`, [
    header(`${id} so far: ${title}`),
    context(standing.filter((part) => part !== null).join('  ·  ')),
    section([saySince(incident), sayImpact(incident), sayLead(incident, now)].join('\n')),
    section(`*Now*: ${safe(said.current_situation)}`),
    section(`*Done so far*${sayDone(incident, records)}`),
    ...inForce(incident),
    section(sayNext(incident, now)),
    context('Only you see this. `/incident timeline` has all of it; `/incident summary` shows this again.'),
    actions('catch-up', [
      ...(isOpen(incident) && incident.milestones.acknowledged === null ? [button('Acknowledge', 'incident.ack', id, { style: 'primary' })] : []),
      button('Timeline', 'incident.timeline', id),
    ]),
  ]);
}

function saySince({ milestones: { detected, declared }, reporter, component }: Incident): string {
  const noticed = detected === null ? '' : `, noticed ${when(detected, 'in-sentence')}`;
  return `*Since*: ${when(declared, 'in-sentence')}, declared by ${user(reporter)}${noticed}${component === null ? '' : `\n*Component*: ${safe(component)}`}`;
}

function sayImpact({ impact, customerImpact, dataExposure, marks = [] }: Incident): string {
  const also = [...(customerImpact ? ['customers are affected'] : []), ...(dataExposure ? ['data is exposed'] : []), ...marks.map(sayMark)];
  return `*Impact*: ${impact === null ? '_nobody has said yet_' : safe(impact)}${also.length === 0 ? '' : ` (${also.join(', ')})`}`;
}

function sayLead(incident: Incident, now: number): string {
  const others = ROLES.filter((role) => role !== 'incident-commander').flatMap((role) => {
    const holder = incident.roles[role];
    return holder === undefined ? [] : [`, ${ROLE_NAMES[role].toLowerCase()}: ${user(holder)}`];
  });
  return `*Leads*: ${sayCommander(incident)}${others.join('')}\n*Acknowledged*: ${sayAcknowledgement(incident, now)}`;
}

function sayDone(incident: Incident, records: readonly IncidentRecord[]): string {
  const struck = new Set(notesTold(records).flatMap((note) => (note.struck === null ? [] : [note.seq])));
  const lines = withNewestNotes(records).flatMap((record) => {
    const text = struck.has(record.seq) ? null : describeAction(record, incident);
    return text === null ? [] : [`• ${when(Date.parse(record.time))} ${safe(text)}`];
  });
  if (lines.length === 0) return '\n_Nothing yet._';
  const left = lines.length - DONE;
  const earlier = left > 0 ? [`_${plural(left, 'earlier action is', 'earlier actions are')} on the timeline._`] : [];
  return `\n${[...earlier, ...lines.slice(-DONE)].join('\n')}`;
}

/** What is in force, and what waits for approval. */
function inForce(incident: Incident) {
  const lines = [...sayStaysInForce(incident), ...sayWaiting(incident)];
  return lines.length === 0 ? [] : [section(lines.join('\n'))];
}

function sayNext(incident: Incident, now: number): string {
  const over = sayOver(incident);
  if (over !== null) return `*Over*: ${over}${incident.resolution === null ? '' : ` ${safe(incident.resolution)}`}`;
  const said = [incident.nextSteps ?? NOT_KNOWN, ...(incident.eta === null ? [] : [`ETA: ${incident.eta}`])].map(safe);
  const due = [sayUpdate(incident, now), saySnooze(incident, now)].filter((line) => line !== null);
  return [`*Next*: ${said.join('. ')}`, ...due].join('\n');
}
