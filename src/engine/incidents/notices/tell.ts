import type { EventType, RecordOf } from '../../../domain/incident/events.ts';
import type { Incident } from '../../../domain/incident/incident.ts';
import type { MessageName } from '../../../domain/messages/messages.ts';
import type { Json } from '../../../domain/record.ts';
import { type Destination, hasOwnChannel, type Notice, type ServiceChannels } from '../notice.ts';

/** What the notices of one record are made with. */
export interface Tell {
  /** As the record left it. */
  readonly incident: Incident;
  readonly channels: ServiceChannels;
  /** The key of something that follows from the record. */
  readonly key: (suffix: string) => string;
  readonly message: (template: MessageName, to: Destination, suffix?: string, data?: Json) => Notice;
  /** To the incident's room. */
  readonly inRoom: (template: MessageName) => Notice;
  /** Channels beside the room that hear of milestones. */
  readonly outside: readonly string[];
  /** To those channels. */
  readonly outsideRoom: (template: MessageName, data?: Json) => readonly Notice[];
  /** Also where everybody who follows the service looks, and never of what is private. */
  readonly elsewhere: (template: MessageName) => readonly Notice[];
}

/** What follows from the records of some types. */
export type NoticesOf<T extends EventType> = { readonly [K in T]?: (record: RecordOf<K>, tell: Tell) => readonly Notice[] };

export const ROOM_OF_INCIDENT: Destination = { kind: 'room' };

/** That the room is told of a record in a sentence, and nothing else follows. */
export function saidInRoom(_: unknown, { inRoom }: Tell): readonly Notice[] {
  return [inRoom('event')];
}

/** The key of something that follows from a record. `record`: its event_id. */
export function recordKey(record: string, suffix: string): string {
  return `${record}:${suffix}`;
}

/** What the notices of a record are made with. `record`: its event_id. */
export function tellOf(record: string, incident: Incident, channels: ServiceChannels): Tell {
  const key = (suffix: string) => recordKey(record, suffix);
  const message = (template: MessageName, to: Destination, suffix: string = template, data: Json = {}): Notice => ({
    kind: 'message',
    key: key(suffix),
    template,
    to,
    data,
  });
  const outside = incident.private ? [] : [channels.updates].filter((channel) => channel !== channels.incidents || hasOwnChannel(incident, channels));
  return {
    incident,
    channels,
    key,
    message,
    inRoom: (template) => message(template, ROOM_OF_INCIDENT),
    outside,
    outsideRoom: (template, data) => outside.map((channel) => message(template, { kind: 'channel', channel }, `${template}:${channel}`, data)),
    elsewhere: (template) =>
      incident.private || incident.room?.channel === channels.incidents
        ? []
        : [message(template, { kind: 'channel', channel: channels.incidents }, `${template}:elsewhere`)],
  };
}
