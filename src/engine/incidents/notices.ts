import { isKeptOut } from '../../domain/incident/describe-reach.ts';
import type { IncidentRecord } from '../../domain/incident/events.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import type { Who } from '../../domain/policy.ts';
import type { Json } from '../../domain/record.ts';
import { isGraver } from '../../domain/severity.ts';
import { ANCHOR_CLOSE, INCIDENT_ALERTS, PAGE, ROOM, ROOM_INVITE, ROOM_TOPIC, UNDELIVERED } from '../run-kinds.ts';
import { changeNotices, starting } from './change-notices.ts';

/** Where a message goes. `room` is the incident's channel or thread, wherever that will be; `under` the thread of another message, by its key. */
export type Destination =
  | { readonly kind: 'channel'; readonly channel: string }
  | { readonly kind: 'room' }
  | { readonly kind: 'under'; readonly message: string }
  | { readonly kind: 'person'; readonly user: string };

/** Whether a message goes to the incident's room, or to the thread of one that does. */
export function goesToRoom(to: Destination): to is Extract<Destination, { kind: 'room' | 'under' }> {
  return to.kind === 'room' || to.kind === 'under';
}

/** What follows from a record: a message, or a durable run. Keys make each happen once. */
export type Notice =
  | { readonly kind: 'message'; readonly key: string; readonly template: string; readonly to: Destination; readonly data: Json }
  | { readonly kind: 'run'; readonly id: string; readonly run: string; readonly input: Json }
  | { readonly kind: 'signal'; readonly run: string; readonly name: string; readonly payload: Json };

/** Where a service talks (tocsin.yml `channels`), by channel id. */
export interface ServiceChannels {
  readonly incidents: string;
  readonly updates: string;
  /** Where resolutions are told. */
  readonly resolutions?: string | undefined;
  /** `channel`: each incident has its own; `thread`: it lives under its card. Private incidents always have their own. */
  readonly room: 'channel' | 'thread';
}

export function hasOwnChannel(incident: Incident, channels: ServiceChannels): boolean {
  return incident.private || channels.room === 'channel';
}

export function cardKey(incident: string, channel: string): string {
  return `${incident}:card:${channel}`;
}

/**
 * Who is told what of a record, and what is set going. Pure: written in the transaction of the record itself.
 * A private incident is told of in its own channel only, and to the people it calls.
 */
export function noticesOf(record: IncidentRecord, incident: Incident, channels: ServiceChannels): readonly Notice[] {
  const key = (suffix: string) => `${record.event_id}:${suffix}`;
  const message = (template: string, to: Destination, suffix = template, data: Json = {}): Notice => ({
    kind: 'message',
    key: key(suffix),
    template,
    to,
    data,
  });
  const room: Destination = { kind: 'room' };
  /** Also where everybody who follows the service looks, and never of what is private. */
  const elsewhere = (template: string): Notice[] =>
    incident.private || incident.room?.channel === channels.incidents
      ? []
      : [message(template, { kind: 'channel', channel: channels.incidents }, `${template}:elsewhere`)];
  const outside = incident.private ? [] : [channels.updates].filter((channel) => channel !== channels.incidents || hasOwnChannel(incident, channels));

  switch (record.type) {
    case 'incident.declared':
      return [
        ...cards(incident, channels),
        page(key('responders'), incident.id, record.seq, incident.policy.responders, 'page'),
        ...ownRoom(record, incident, channels),
        alertsRun(record, incident.id),
      ];
    case 'room.created':
      return [
        ...(record.data.thread_ts === null ? [card(incident.id, record.data.channel)] : []),
        message('welcome', room),
        invite(key('invite'), incident.id),
        alertsRun(record, incident.id),
      ];
    case 'update.posted':
      return [message('update', room), ...outside.map((channel) => message('update', { kind: 'channel', channel }, `update:${channel}`))];
    case 'update.offered':
      return [message('update-draft', dutyOf(incident))];
    case 'update.reminded':
      return [
        message('update-reminder', dutyOf(incident), 'update-reminder:person'),
        ...(isRoom(dutyOf(incident)) ? [] : [message('update-reminder', room)]),
      ];
    case 'breach.recorded':
      return [message('breach', room)];
    case 'incident.escalated':
      return [message('escalated', room), page(key('page'), incident.id, record.seq, [record.data.who], 'escalated')];
    case 'role.assigned':
      return [
        message('event', room),
        invite(key('role'), incident.id, [record.data.user]),
        ...changeNotices(record, incident, { key, message, room, outside }),
      ];
    case 'acknowledgement.reminded':
      return [message('acknowledgement-reminder', room)];
    case 'incident.closed':
      return [
        message('milestone', room),
        ...outside.map((channel) => message('milestone', { kind: 'channel', channel }, `milestone:${channel}`)),
        starting(key('anchor'), ANCHOR_CLOSE.with({ incident: incident.id, seq: record.seq })),
      ];
    case 'incident.reopened':
      return [
        message(record.data.paged === true ? 'reopened' : 'milestone', room),
        ...outside.map((channel) => message('milestone', { kind: 'channel', channel }, `milestone:${channel}`)),
        ...resolutions(record, incident, channels),
        ...(record.data.paged === true
          ? [page(key('responders'), incident.id, record.seq, whoWorksOn(incident), 'page', { knows: record.actor.id })]
          : []),
        alertsRun(record, incident.id),
      ];
    case 'incident.resolved':
    case 'incident.merged':
      return [
        message('milestone', room),
        ...outside.map((channel) => message('milestone', { kind: 'channel', channel }, `milestone:${channel}`)),
        ...resolutions(record, incident, channels),
        ...(record.type === 'incident.merged' ? [alertsRun(record, incident.id)] : []),
      ];
    case 'severity.changed':
      return [
        message('event', room),
        ...(incident.room === null ? [] : [starting(key('topic'), ROOM_TOPIC.with({ incident: incident.id }))]),
        ...raisedPage(record, incident),
      ];
    case 'incident.acknowledged':
    case 'impact.changed':
    case 'status.changed':
    case 'alert.attached':
    case 'note.added':
    case 'message.pinned':
    case 'update.snoozed':
    case 'incident.absorbed':
    case 'checklist.ticked':
      return [message('event', room)];
    case 'people.called':
      // In a room that exists already those who are called are brought in; a new one brings in all of them.
      return [
        ...(record.outcome === 'done' ? [] : [message('unreached', room)]),
        ...(incident.room === null || record.data.users.length === 0 ? [] : [invite(key('invite'), incident.id, record.data.users)]),
      ];
    case 'person.reached':
      if (isKeptOut(record.data)) return [message('event', room)];
      return record.data.way === null ? [message('unreached', room), ...elsewhere('unreached')] : [];
    case 'room.lost':
      return [
        starting(key('room'), ROOM.with({ incident: incident.id, lost: { channel: record.data.channel, reason: record.data.reason } })),
        ...elsewhere('room-lost'),
      ];
    case 'message.failed':
      return [starting(key('undelivered'), UNDELIVERED.with({ incident: incident.id, key: record.data.key, error: record.data.error }))];
    default:
      return changeNotices(record, incident, { key, message, room, outside });
  }

  /** Who was told that it is resolved is told when it is not. */
  function resolutions({ type }: IncidentRecord, { private: isPrivate }: Incident, { resolutions: channel }: ServiceChannels): Notice[] {
    if (isPrivate || channel === undefined) return [];
    if (type === 'incident.resolved') return [message('resolution', { kind: 'channel', channel })];
    return type === 'incident.reopened' && !outside.includes(channel)
      ? [message('milestone', { kind: 'channel', channel }, `milestone:${channel}`)]
      : [];
  }
}

/** Graver: whom a declaration calls is called, except for those who were called in this incident before. Less grave calls nobody. */
function raisedPage(record: Extract<IncidentRecord, { type: 'severity.changed' }>, incident: Incident): Notice[] {
  if (!isGraver(record.data.to, record.data.from)) return [];
  const more = { fresh: true, ...(record.actor.kind === 'person' ? { knows: record.actor.id } : {}) };
  return [page(`${record.event_id}:responders`, incident.id, record.seq, incident.policy.responders, 'page', more)];
}

/** Who owes the update: the commander, else communications, else whoever reads the room. */
function dutyOf(incident: Incident): Destination {
  const user = incident.roles['incident-commander'] ?? incident.roles.communications;
  return user === undefined ? { kind: 'room' } : { kind: 'person', user };
}

function isRoom(to: Destination): boolean {
  return to.kind === 'room';
}

function cards(incident: Incident, channels: ServiceChannels): Notice[] {
  if (incident.private) return [];
  return [...new Set([channels.incidents, channels.updates])].map((channel) => card(incident.id, channel));
}

function card(incident: string, channel: string): Notice {
  return { kind: 'message', key: cardKey(incident, channel), template: 'card', to: { kind: 'channel', channel }, data: {} };
}

function ownRoom(record: IncidentRecord, incident: Incident, channels: ServiceChannels): Notice[] {
  if (!hasOwnChannel(incident, channels)) return [];
  return [starting(`${record.event_id}:room`, ROOM.with({ incident: incident.id }))];
}

/** Who is paged when an incident is reopened: the responders, and those who have a role in it. */
function whoWorksOn({ policy, roles }: Incident): readonly Who[] {
  const users = new Set(Object.values(roles));
  return [...policy.responders, ...[...users].map((user) => ({ user }))];
}

/** Calls people: each line and each person on their own (engine/reach). `knows`: who caused it and need not be told; `fresh`: nobody is called twice. */
function page(
  id: string,
  incident: string,
  seq: number,
  who: readonly Who[],
  template: 'page' | 'escalated',
  more: { readonly knows?: string; readonly fresh?: boolean } = {},
): Notice {
  return starting(id, PAGE.with({ incident, seq, who: who.map((one) => ({ ...one })), template, ...more }));
}

/** Alerts belong to the open incident of their service, wherever that meets and whatever it is merged into (engine/alerts). */
function alertsRun(record: IncidentRecord, incident: string): Notice {
  return starting(`${record.event_id}:alerts`, INCIDENT_ALERTS.with({ incident }));
}

function invite(id: string, incident: string, users?: readonly string[]): Notice {
  return starting(id, ROOM_INVITE.with({ incident, ...(users === undefined ? {} : { users: [...users] }) }));
}
