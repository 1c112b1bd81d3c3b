import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface OpsOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: string;
  readonly registry: Registry;
  /** What keeps Tocsin from working, by name; empty when it is ready. */
  readonly notReady: () => Promise<readonly string[]>;
}

export interface OpsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** `/healthz`: the process lives. `/readyz`: it can work, or 503 with what is missing. `/metrics`: Prometheus. */
export async function startOpsServer({ port, host = '0.0.0.0', registry, notReady }: OpsOptions): Promise<OpsServer> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://ops').pathname;
    answer(path, response).catch(() => send(response, 500, 'text/plain', 'error\n'));
  });

  async function answer(path: string, response: ServerResponse): Promise<void> {
    if (path === '/healthz') return send(response, 200, 'text/plain', 'ok\n');
    if (path === '/metrics') return send(response, 200, registry.contentType, await registry.metrics());
    if (path !== '/readyz') return send(response, 404, 'text/plain', 'not found\n');
    const missing = await notReady();
    if (missing.length === 0) return send(response, 200, 'text/plain', 'ready\n');
    send(response, 503, 'text/plain', `not ready: ${missing.join(', ')}\n`);
  }

  await listen(server, port, host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((done) => server.close(() => done())),
  };
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((done, failed) => server.once('error', failed).listen(port, host, done));
}
