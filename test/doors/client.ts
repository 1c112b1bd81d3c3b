import { connect, type Socket } from 'node:net';
import type { Hostile } from './hostile.ts';

/** Where a door is: a port of this machine, or the path of a socket. */
export type Door = { readonly port: number } | { readonly path: string };

export function dial(door: Door): Socket {
  // No Nagle: what is written in pieces arrives in pieces.
  return ('port' in door ? connect({ host: '127.0.0.1', port: door.port }) : connect({ path: door.path })).setNoDelay(true);
}

/** How long (ms) an answer may take before it counts as none. */
const PATIENCE = 30_000;
/** How long (ms) a client with nothing more to say waits before it ends its side of the connection. */
const SAID_ALL = 250;

/** Sends it; resolves with the status of the first answer, `null` when the connection was closed without one, `'none'` when nothing happened. */
export function send(door: Door, { bytes, cut, after }: Hostile): Promise<number | null | 'none'> {
  return new Promise((done) => {
    const socket = dial(door);
    let received = '';
    let ending: NodeJS.Timeout | undefined;
    const patience = setTimeout(() => finish('none'), PATIENCE);

    function finish(answer: number | null | 'none'): void {
      clearTimeout(patience);
      clearTimeout(ending);
      socket.destroy();
      done(answer);
    }

    socket.on('connect', () => {
      if (cut === null) return rest();
      socket.write(bytes.subarray(0, cut), () => setImmediate(rest));
    });
    function rest(): void {
      const last = bytes.subarray(cut ?? 0);
      if (after === 'leaves') socket.write(last, () => finish(null));
      else socket.write(last);
      if (after === 'ends') ending = setTimeout(() => socket.end(), SAID_ALL);
    }
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const status = statusOf(received);
      if (status !== null) finish(status);
    });
    socket.on('error', () => finish(statusOf(received)));
    socket.on('close', () => finish(statusOf(received)));
  });
}

/** The status of the first answer that is not `100 Continue`. */
function statusOf(text: string): number | null {
  const found = /^(?:HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
  return found === undefined || found === '100' ? null : Number(found);
}

/** Does `work` for each item, `width` at a time. */
export async function eachOf<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}
