import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { createCluster } from '../../../src/adapters/kubernetes/index.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';

export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Respond = (seen: Seen, response: ServerResponse) => void;

/** An API server that answers what a test tells it to, and remembers what it was asked. */
export interface FakeServer {
  readonly seen: Seen[];
  readonly waits: number[];
  respond: Respond;
  /** Takes over a WebSocket. */
  talk: (socket: WebSocket, url: URL) => void;
  /** Answers to the next requests for a WebSocket, instead of one. */
  refuse: object[];
  readonly protocols: { offered: string[] };
  cluster(options?: { readonly tries?: number; readonly signal?: AbortSignal; readonly timeoutMs?: number }): Cluster;
  readonly kubeconfig: string;
  close(): Promise<void>;
}

export const TOKEN = 'token-that-nobody-may-see';

/** `accepted`: the WebSocket subprotocols that it knows. */
export async function fakeServer(accepted: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io']): Promise<FakeServer> {
  const seen: Seen[] = [];
  const waits: number[] = [];
  const protocols = { offered: [] as string[] };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const one: Seen = { method: request.method ?? '', url: new URL(request.url ?? '/', 'http://fake'), headers: request.headers, body };
      seen.push(one);
      fake.respond(one, response);
    });
  });
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => {
      protocols.offered = [...offered];
      return [...offered].find((protocol) => accepted.includes(protocol)) ?? false;
    },
  });
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    seen.push({ method: 'UPGRADE', url, headers: request.headers, body: '' });
    const refusal = fake.refuse.shift();
    if (refusal !== undefined) {
      const body = JSON.stringify(refusal);
      const { code } = refusal as { code: number };
      socket.end(
        `HTTP/1.1 ${code} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => fake.talk(opened, url));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'bot', user: { token: TOKEN } }],
    contexts: [
      { name: 'fake', context: { cluster: 'fake', user: 'bot' } },
      { name: 'other', context: { cluster: 'fake', user: 'bot' } },
    ],
    'current-context': 'fake',
  });
  const fake: FakeServer = {
    seen,
    waits,
    protocols,
    kubeconfig,
    refuse: [],
    respond: (_seen, response) => json(response, 500, {}),
    talk: (socket) => socket.close(),
    cluster: (options = {}) =>
      createCluster({
        kubeconfig: { text: kubeconfig },
        namespace: 'aureus',
        ...options,
        pace: {
          tries: options.tries ?? 4,
          random: () => 0,
          wait: (ms) => {
            waits.push(ms);
            return Promise.resolve();
          },
        },
      }),
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function status(code: number, reason: string, message: string, details: object = {}): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details };
}

export function pod(name: string, resourceVersion = '1'): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'aureus', uid: `uid-${name}`, resourceVersion } };
}
