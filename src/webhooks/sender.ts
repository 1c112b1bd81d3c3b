import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { networks, plainAddress } from '../lib/cidr.ts';

/** The address that a request comes from: the connection's, or, behind proxies that are trusted, the last one that none of them has. */
export function senderOf(trusted: readonly string[]): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string {
  const isTrusted = networks(trusted);
  return ({ headers, socket }) => {
    const direct = plainAddress(socket.remoteAddress ?? '');
    if (!isTrusted(direct)) return direct;
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    let sender = direct;
    // From the right: what stands further left may be what the client itself has written.
    for (const part of forwarded.toReversed()) {
      const address = plainAddress(bare(part.trim()));
      if (isIP(address) === 0) break;
      sender = address;
      if (!isTrusted(address)) break;
    }
    return sender;
  };
}

/** Without its port: `10.0.0.1:4711`, `[fd00::1]:4711`. */
function bare(text: string): string {
  return /^\[([^\]]+)\](:\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+)(:\d+)?$/.exec(text)?.[1] ?? text;
}
