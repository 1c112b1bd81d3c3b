import type { Incident } from '../../domain/incident/incident.ts';
import { PLAIN_NAME, roomName } from '../../domain/incident/room-name.ts';
import type { MessageName } from '../../domain/messages/messages.ts';
import type { Json } from '../../domain/record.ts';
import type { RunStart } from '../../ports/runs.ts';

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
  | { readonly kind: 'message'; readonly key: string; readonly template: MessageName; readonly to: Destination; readonly data: Json }
  | { readonly kind: 'run'; readonly id: string; readonly run: string; readonly input: Json }
  | { readonly kind: 'signal'; readonly run: string; readonly name: string; readonly payload: Json };

/** Where a service talks (tocsin.yml `channels`), by channel id. */
export interface ServiceChannels {
  readonly incidents: string;
  readonly updates: string;
  /** Where resolutions are told. */
  readonly resolutions?: string | undefined;
  /** Where the stakeholders read how it ended. */
  readonly stakeholders?: string | undefined;
  /** Where a private security breach is announced. */
  readonly security?: string | undefined;
  /** `channel`: each incident has its own; `thread`: it lives under its card. Private incidents always have their own. */
  readonly room: 'channel' | 'thread';
  /** Whether an incident's own channel gets a canvas with its summary. */
  readonly canvas?: boolean;
  /** What the channel of an incident is called; its id unless told. */
  readonly name?: string;
}

export function hasOwnChannel(incident: Incident, channels: ServiceChannels): boolean {
  return incident.private || incident.drill !== undefined || channels.room === 'channel';
}

/** What the channel of an incident is to be called, for the run that makes it: its severity may change while that is tried. */
export function roomNamed(incident: Incident, { name = PLAIN_NAME }: ServiceChannels): { readonly name?: string } {
  return name === PLAIN_NAME ? {} : { name: roomName(name, incident) };
}

export function cardKey(incident: string, channel: string): string {
  return `${incident}:card:${channel}`;
}

/** The run that reverts a plan; one a plan, whoever starts it. */
export function revertRunId(plan: string): string {
  return `${plan}:revert`;
}

/** A durable run that begins with the record. */
export function starting(id: string, { kind, input }: RunStart): Notice {
  return { kind: 'run', id, run: kind, input };
}
