import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a simulator listens: on the loopback and any free port unless told. */
export interface ListenOptions {
  readonly port?: number;
  readonly host?: string;
}

export function listen(server: Server, { port = 0, host = '127.0.0.1' }: ListenOptions): Promise<void> {
  return new Promise((resolve) => server.listen(port, host, resolve));
}

/** `http://127.0.0.1:40123` of a server that listens. */
export function urlOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `http://${address}:${port}`;
}

/** Ends a server with the connections that it has. */
export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
