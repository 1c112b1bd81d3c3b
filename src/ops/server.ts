import type { ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { closeDoor, createDoor, openDoor } from '../lib/http-door.ts';

export interface OpsOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  readonly registry: Registry;
  readonly health: Health;
  readonly onError: (error: unknown) => void;
}

/** How it is, for `/readyz`. */
export interface Health {
  /** What keeps Tocsin from working, one line each; empty when it is ready. */
  readonly missing: () => Promise<readonly string[]>;
  /** What somebody should look at although it works. */
  readonly notes: () => Promise<readonly string[]>;
}

export interface OpsServer {
  readonly port: number;
  close(): Promise<void>;
}

const METHODS = ['GET', 'HEAD'];
/** Nobody has a reason to send one (bytes). */
const MAX_BODY = 64 * 1024;

/** `/healthz`: the process lives. `/readyz`: it can work, or 503 with what is missing. `/metrics`: Prometheus. */
export async function startOpsServer({ port, host, registry, health, onError }: OpsOptions): Promise<OpsServer> {
  const server = createDoor(
    async ({ method, path }, response) => {
      if (!['/healthz', '/readyz', '/metrics'].includes(path)) return send(response, 404, 'text/plain', 'not found\n');
      if (!METHODS.includes(method)) return send(response.setHeader('allow', METHODS.join(', ')), 405, 'text/plain', 'GET or HEAD\n');
      if (path === '/healthz') return send(response, 200, 'text/plain', 'ok\n');
      if (path === '/metrics') return send(response, 200, registry.contentType, await registry.metrics());
      const missing = await health.missing();
      const notes = (await health.notes()).map((note) => `note: ${note}\n`);
      // Still 200: a replica without payloads would help nobody whose incident is well.
      if (missing.length === 0) return send(response, 200, 'text/plain', ['ready\n', ...notes].join(''));
      send(response, 503, 'text/plain', [`not ready: ${missing.join('; ')}\n`, ...notes].join(''));
    },
    { maxBody: MAX_BODY, onError },
  );
  return { port: await openDoor(server, { port, host }), close: () => closeDoor(server) };
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}
