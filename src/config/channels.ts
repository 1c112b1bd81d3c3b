import { z } from 'zod';
import { nameProblem, PLAIN_NAME } from '../domain/incident/room-name.ts';
import type { IncidentPolicy } from '../domain/policy.ts';
import type { ServiceConfig } from './schema.ts';
import { channelId, duration } from './values.ts';

/** Where a service talks. */
export const channelsSchema = z.strictObject({
  incidents: channelId,
  /** Where alerts arrive; an incident declared there is this service's. */
  alerts: channelId.optional(),
  /** Where updates are posted besides the incident's own room. */
  updates: channelId.optional(),
  /** Where it is told how an incident was resolved, with its timeline and its evidence. */
  resolutions: channelId.optional(),
  /** Where the stakeholders read how it ended: a summary with the timeline. */
  stakeholders: channelId.optional(),
  /** Where a security breach is announced, and nowhere else: a private channel. */
  security: channelId.optional(),
  /** `channel`: each incident gets a channel of its own; `thread`: it lives under its card. */
  room: z.enum(['channel', 'thread']).default('channel'),
  /** What an incident's own channel is called. */
  name: z.string().min(1).max(80).default(PLAIN_NAME),
  /** Whether an incident's own channel gets a canvas that shows the incident as it stands, and one with the draft of its review. */
  canvas: z.boolean().default(true),
  /** How long after the close an incident's own channel is archived; never unless told. */
  archive_after: duration.optional(),
});

interface ChannelProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** Names of channels that Slack would not take, or that two incidents could have. */
export function channelProblems({
  services,
}: {
  readonly services: Readonly<Record<string, Pick<ServiceConfig, 'channels'>>>;
}): readonly ChannelProblem[] {
  return Object.entries(services).flatMap(([id, { channels }]) => {
    const message = nameProblem(channels.name, id);
    return message === null ? [] : [{ path: ['services', id, 'channels', 'name'], message }];
  });
}

/** When the channel of an incident is archived, as its policy keeps it. */
export function archivePolicyOf({ channels }: Pick<ServiceConfig, 'channels'>): Pick<IncidentPolicy, 'archive_after_ms'> {
  return channels.archive_after === undefined ? {} : { archive_after_ms: channels.archive_after };
}
