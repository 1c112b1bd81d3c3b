import type { IncidentRecord } from '../src/domain/incident/events.ts';
import { type Incident, isOpen } from '../src/domain/incident/incident.ts';
import { type Summary, summaryOf } from '../src/domain/incident/summary.ts';
import { plural } from '../src/lib/plural.ts';
import { sayStaysInForce, sayWaiting } from './approvals.ts';
import {
  sayAcknowledgement,
  sayCommander,
  sayOver,
  sayPrivate,
  sayReviewCanvas,
  saySeverity,
  saySnooze,
  sayStatus,
  sayUpdate,
} from './incident-words.ts';
import { actions, button, context, header, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { user, when } from './text.ts';

/** All that somebody needs who joins now: what it is, since when, who leads, what people said, what was done, what is in force and what is next. */
export function catchUp(incident: Incident, records: readonly IncidentRecord[], now: number): Message {
  const { id, title } = incident;
  const summary = summaryOf(incident, records);
  const standing = [saySeverity(incident.severity), sayStatus(incident.status), safe(incident.serviceName), sayPrivate(incident)];
  return message(`${id} so far: ${safe(title)}`, [
    header(`${id} so far: ${title}`),
    context(standing.filter((part) => part !== null).join('  ·  ')),
    section([saySince(incident), sayImpact(summary), sayLead(incident, summary, now)].join('\n')),
    section(`*Now*: ${safe(summary.situation)}`),
    section(`*Done so far*${sayDone(summary)}`),
    ...inForce(incident),
    section(sayNext(incident, summary, now)),
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

function sayImpact({ impact, also }: Summary): string {
  return `*Impact*: ${impact === null ? '_nobody has said yet_' : safe(impact)}${also.length === 0 ? '' : ` (${also.join(', ')})`}`;
}

function sayLead(incident: Incident, { others }: Summary, now: number): string {
  const roles = others.map(({ role, user: holder }) => `, ${role}: ${user(holder)}`).join('');
  return `*Leads*: ${sayCommander(incident)}${roles}\n*Acknowledged*: ${sayAcknowledgement(incident, now)}`;
}

function sayDone({ done, earlier }: Summary): string {
  if (done.length === 0) return '\n_Nothing yet._';
  const before = earlier > 0 ? [`_${plural(earlier, 'earlier action is', 'earlier actions are')} on the timeline._`] : [];
  return `\n${[...before, ...done.map(({ at, text }) => `• ${when(at)} ${safe(text)}`)].join('\n')}`;
}

/** What is in force, and what waits for approval. */
function inForce(incident: Incident) {
  const lines = [...sayStaysInForce(incident), ...sayWaiting(incident)];
  return lines.length === 0 ? [] : [section(lines.join('\n'))];
}

function sayNext(incident: Incident, { next }: Summary, now: number): string {
  const over = sayOver(incident);
  if (over !== null) {
    const canvas = sayReviewCanvas(incident);
    return `*Over*: ${over}${incident.resolution === null ? '' : ` ${safe(incident.resolution)}`}${canvas === '' ? '' : `\n*Review*: ${canvas}`}`;
  }
  const due = [sayUpdate(incident, now), saySnooze(incident, now)].filter((line) => line !== null);
  return [`*Next*: ${next.map(safe).join('. ')}`, ...due].join('\n');
}
