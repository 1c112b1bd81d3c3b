import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { ConfigFile } from '../../config/schema.ts';
import { failureOf } from '../errors.ts';

/**
 * Joins the configured public channels. Posting would work without, but reading them back would not: a post whose answer
 * was lost is looked for there, and reactions are heard there. Private ones need an invitation, which the doctor asks for.
 */
export async function joinChannels(client: WebClient, file: ConfigFile, logger: Logger): Promise<void> {
  const channels = new Set<string>();
  for (const { channels: of } of Object.values(file.services)) {
    for (const channel of [of.incidents, of.alerts, of.updates, of.resolutions, of.stakeholders]) if (channel !== undefined) channels.add(channel);
  }
  for (const { channel } of Object.values(file.rotas)) if (channel !== undefined) channels.add(channel);
  if (file.digest !== undefined) channels.add(file.digest.channel);
  if (file.anchor_channel !== undefined) channels.add(file.anchor_channel);
  for (const channel of channels) {
    try {
      await client.conversations.join({ channel });
    } catch (error) {
      const failure = failureOf(error);
      logger.debug({ channel, failure }, 'a channel could not be joined; tocsin doctor says what to do');
    }
  }
}
