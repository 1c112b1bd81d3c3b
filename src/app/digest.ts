import type { ConfigFile } from '../config/schema.ts';
import type { DigestTime } from '../engine/figures/digest.ts';

/** Where and when the figures of the week are posted; `null` where the file does not say. */
export function digestOf({ digest }: Pick<ConfigFile, 'digest'>): (DigestTime & { readonly channel: string }) | null {
  return digest === undefined ? null : { channel: digest.channel, ...digest.at, timeZone: digest.time_zone };
}
