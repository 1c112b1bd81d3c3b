import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:tls';

export interface SeenRequest {
  /** From 1, in the order of arrival. */
  readonly number: number;
  readonly method: string;
  readonly path: string;
}

export interface ApiProxy {
  readonly url: string;
  /** Called before a request goes on and after its answer came back, before the client sees it. Throwing drops the connection. */
  onRequest: ((phase: 'before' | 'after', request: SeenRequest) => Promise<void>) | null;
  stop(): Promise<void>;
}

/** A proxy in front of an API server, plain HTTP on loopback: where a client is killed between an act and its answer. */
export async function startApiProxy(upstream: string): Promise<ApiProxy> {
  const target = new URL(upstream);
  let count = 0;
  const proxy: { onRequest: ApiProxy['onRequest'] } = { onRequest: null };
  const see = (message: IncomingMessage): SeenRequest => ({ number: ++count, method: message.method ?? '', path: message.url ?? '' });
  const tell = async (phase: 'before' | 'after', seen: SeenRequest) => proxy.onRequest?.(phase, seen);

  async function forward(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = see(message);
    try {
      await tell('before', seen);
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const { method, url, headers } = message;
        const onward = secureRequest(
          { host: target.hostname, port: target.port, method, path: url, headers: { ...headers, host: target.host }, rejectUnauthorized: false },
          resolve,
        );
        onward.on('error', reject);
        response.on('close', () => onward.destroy());
        message.pipe(onward);
      });
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      await tell('after', seen);
      const { 'transfer-encoding': _chunked, ...headers } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, headers).end(Buffer.concat(chunks));
    } catch {
      response.destroy();
    }
  }

  function upgrade(message: IncomingMessage, socket: Socket, head: Buffer): void {
    const seen = see(message);
    socket.on('error', () => undefined);
    void tunnel(message, socket, head, seen).catch(() => socket.destroy());
  }

  async function tunnel(message: IncomingMessage, socket: Socket, head: Buffer, seen: SeenRequest): Promise<void> {
    await tell('before', seen);
    const onward = connect({ host: target.hostname, port: Number(target.port), rejectUnauthorized: false }, () => {
      const headers = Object.entries({ ...message.headers, host: target.host }).flatMap(([name, value]) =>
        [value ?? []].flat().map((one) => `${name}: ${one}`),
      );
      onward.write(`${message.method} ${message.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    // A client that was killed ends nothing by itself.
    socket.on('close', () => onward.destroy());
    if (socket.destroyed) onward.destroy();
    // The end of an exec is its answer.
    onward.on('end', () => void tell('after', seen).catch(() => undefined));
  }

  const server = createServer((message, response) => void forward(message, response));
  server.on('upgrade', (message, socket, head) => upgrade(message, socket as Socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** A kubeconfig that leads to the proxy instead. */
export function throughProxy(kubeconfig: string, proxy: ApiProxy): string {
  return kubeconfig.replace(/server: .*/, `server: ${proxy.url}`).replace(/^\s*certificate-authority-data: .*\n/m, '');
}
