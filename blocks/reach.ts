import type { Contact } from '../src/domain/contacts.ts';
import { describe } from '../src/domain/incident/describe.ts';
import type { IncidentRecord } from '../src/domain/incident/events.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { hasOwnLine } from '../src/domain/incident/line.ts';
import { sayIncidentType } from '../src/domain/incident-type.ts';
import { type ShownOf, sayMessage, type UNDELIVERED_MESSAGE } from '../src/domain/messages/messages.ts';
import { saySlackError } from '../src/domain/slack-error-words.ts';
import { contactsBelow } from './contacts.ts';
import { callLine, sayAcknowledgeBy, sayInHand, sayRefused, sayRoom, saySeverity, sinceThen } from './incident-words.ts';
import { actions, button, context, type Message, message, section } from './kit.ts';
import { safe } from './outside.ts';
import { sayDescribed } from './room.ts';
import { groupsUnnamed, user } from './text.ts';

/**
 * To one responder, as a direct message: what it is, and the button. Once it is in hand, what happened since stands below in the button's place.
 * `record`: what it tells of; a reopening and a raised severity say why.
 */
export function page(
  incident: Incident,
  now: number,
  record: IncidentRecord | null = null,
  contacts: readonly Contact[] = [],
  call: string | null = null,
): Message {
  const { id } = incident;
  const { mark, how, why } = callOf(incident, record);
  const text = `${id} ${incident.severity} ${incident.serviceName}: ${record?.type === 'incident.reopened' ? 'Reopened: ' : ''}${incident.title}`;
  const due = incident.acknowledgement.dueAt;
  const about = [saySeverity(incident.severity), safe(incident.serviceName), sayRoom(incident)].filter((part) => part !== null);
  const called = `${mark} ${how}: *${id}* ${safe(incident.title)}${why === null ? '' : `\n*Why*: ${safe(why)}`}`;
  if (due === null) return message(text, [section(called), context(about.join('  ·  ')), sinceThen(sayInHand(incident, now))]);
  return message(text, [
    section(`${called}\n${sayAcknowledgeBy(incident, due)}`),
    context(about.join('  ·  ')),
    ...callLine(incident, call),
    ...contactsBelow(contacts),
    actions('page', [button('Acknowledge', 'incident.ack', id, { style: 'primary' }), button('Timeline', 'incident.timeline', id)]),
  ]);
}

function callOf(incident: Incident, record: IncidentRecord | null): { readonly mark: string; readonly how: string; readonly why: string | null } {
  if (record?.type === 'incident.reopened')
    return { mark: ':leftwards_arrow_with_hook:', how: '*Reopened*, and you are called again', why: record.data.reason };
  if (record?.type === 'severity.changed')
    return { mark: ':rotating_light:', how: `*Raised to ${record.data.to}*, and you are called as a responder`, why: record.data.reason };
  if (record?.type === 'type.changed')
    return { mark: ':rotating_light:', how: `The type is *${sayIncidentType(record.data.to)}* now, and you are called`, why: record.data.reason };
  return {
    mark: ':rotating_light:',
    how: hasOwnLine(incident)
      ? `You are called for this type of incident: *${sayIncidentType(incident.type ?? '').toLowerCase()}*`
      : 'You are called as a responder',
    why: null,
  };
}

/** To one person where others read it too, because a direct message did not reach them. */
export function call(incident: Incident, called: string): Message {
  const { id } = incident;
  const waits = incident.acknowledgement.dueAt !== null;
  return message(`${id} is waiting for somebody who has no direct message: ${incident.title}`, [
    section(`:rotating_light: ${user(called)}: *${id}* ${safe(incident.title)} is waiting for you. A direct message did not reach you.`),
    actions('call', [
      ...(waits ? [button('Acknowledge', 'incident.ack', id, { style: 'primary' })] : []),
      button('Post update', 'incident.update', id),
    ]),
  ]);
}

/** A person or a group that could not be called, and why. */
export function unreached(incident: Incident, record: IncidentRecord): Message {
  const said = describe(record) ?? record.type;
  return message(`${incident.id}: ${groupsUnnamed(said)}`, [
    section(`:warning: *${incident.id}*: ${sayDescribed(incident, said)}.${sayInstead(incident)}`),
  ]);
}

/** What whoever reads it does about it, while nobody has the incident in hand. */
function sayInstead({ id, acknowledgement: { dueAt }, drill }: Incident): string {
  return dueAt === null || drill !== undefined ? '' : ` Call them another way, or somebody else: \`/page ${id} @person reason\`.`;
}

/** Where everybody looks: the incident's room is gone, and another is on its way. */
export function roomLost(incident: Incident, reason: string): Message {
  const text = `${incident.id} lost its room: ${saySlackError(reason)}. It moves to another; its card links to it.`;
  return message(text, [
    section(`:warning: *${incident.id}* lost its room: ${safe(saySlackError(reason))}. It moves to another; its card links to it.`),
  ]);
}

/** In the room: something that was meant for somebody, or for another channel, could not be delivered. */
export function undelivered(incident: Incident, about: ShownOf<typeof UNDELIVERED_MESSAGE>): Message {
  const to = about.user === undefined ? `<#${about.channel ?? ''}>` : user(about.user);
  const text = `:warning: A message (${sayMessage(about.what)}) did not reach ${to}: ${sayRefused(about.error)}.${about.user === undefined ? '' : ' Tell them another way.'}`;
  return message(`${incident.id}: a message could not be delivered`, [section(text)]);
}
