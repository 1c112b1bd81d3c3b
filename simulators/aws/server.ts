import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { WireAnswer, WireRequest } from './protocol/http.ts';

/** What an HTTP/2 connection begins with (RFC 9113, 3.4). */
const PREFACE = 'PRI ';

/**
 * Listens with HTTP/1.1 and HTTP/2 on one port, without TLS: some clients of the SDK, that of Q Business among them, speak HTTP/2 at once.
 */
export async function serve(
  answer: (request: WireRequest) => WireAnswer,
  { port = 0, host = '127.0.0.1' }: { readonly port?: number; readonly host?: string },
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const handle = (message: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void => {
    read(message)
      .then((request) => send(response as ServerResponse, request.method, answer(request)))
      // A client that hung up, or a mistake of the simulator's own: whoever still listens sees the connection break.
      .catch((error: unknown) => message.socket.destroy(error instanceof Error ? error : undefined));
  };
  const http1 = createHttp1(handle);
  const http2 = createHttp2(handle);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket));
    socket.once('data', (first) => {
      socket.pause();
      socket.unshift(first);
      (first.toString('latin1', 0, PREFACE.length) === PREFACE ? http2 : http1).emit('connection', socket);
      // HTTP/2 reads from the socket below this layer, HTTP/1.1 from the stream.
      process.nextTick(() => socket.resume());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(message: IncomingMessage | Http2ServerRequest): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]));
  return {
    method: message.method ?? 'GET',
    url: message.url ?? '/',
    headers,
    body: Buffer.concat(chunks),
    sourceIp: message.socket.remoteAddress ?? '127.0.0.1',
  };
}

function send(response: ServerResponse, method: string, { status, headers, body }: WireAnswer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'content-length': bytes.length, ...headers });
  response.end(method === 'HEAD' ? undefined : bytes);
}
