import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import { selfSigned } from '../../simulators/kubernetes/certificate.ts';

export interface PrivateNetwork {
  /** PEM of the authority that signs what is published. */
  readonly ca: string;
  /** The proxy, with user and password in its address. */
  readonly proxyUrl: string;
  readonly password: string;
  /** `CONNECT host:port`, `GET http://host/path`: what the proxy was asked for, in order. Refused ones end with their status. */
  readonly asked: string[];
  /** Puts a server of this machine behind a name that nothing but the proxy resolves; with TLS of the private authority unless it has its own. */
  publish(name: string, port: number, tls?: 'terminate' | 'own'): Promise<void>;
  stop(): Promise<void>;
}

const PASSWORD = 'proxy-pass-word';

/** A network without a way out but its proxy (RFC 9110, CONNECT), which wants a user and password. `hosts`: all names that will be published. */
export async function startPrivateNetwork(...hosts: readonly string[]): Promise<PrivateNetwork> {
  const certificate = selfSigned(...hosts);
  const names = new Map<string, number>();
  const asked: string[] = [];
  const fronts: Server[] = [];
  const login = `Basic ${Buffer.from(`tocsin:${PASSWORD}`).toString('base64')}`;

  /** The port behind a name, or the status that refuses. */
  function behind(what: string, host: string, message: IncomingMessage): number | { readonly status: 407 | 502 } {
    const port = names.get(host);
    const status = message.headers['proxy-authorization'] !== login ? 407 : port === undefined ? 502 : null;
    asked.push(status === null ? what : `${what} ${status}`);
    return status === null ? (port ?? 0) : { status };
  }

  function forward(message: IncomingMessage, response: ServerResponse): void {
    const url = URL.parse(message.url ?? '');
    const port = url === null ? { status: 502 as const } : behind(`${message.method} ${url.href}`, `${url.hostname}:${url.port || '80'}`, message);
    if (typeof port === 'object') {
      response.writeHead(port.status).end();
      return;
    }
    const onward = request(
      { host: '127.0.0.1', port, method: message.method, path: `${url?.pathname}${url?.search}`, headers: message.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    message.pipe(onward);
  }

  const proxy = createServer(forward);
  proxy.on('connect', (message: IncomingMessage, socket: Socket, head: Buffer) => {
    const port = behind(`CONNECT ${message.url}`, message.url ?? '', message);
    if (typeof port === 'object') {
      socket.end(`HTTP/1.1 ${port.status} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    join(socket, onward);
    join(onward, socket);
  });
  await listening(proxy);

  return {
    ca: certificate.cert,
    password: PASSWORD,
    proxyUrl: `http://tocsin:${PASSWORD}@127.0.0.1:${portOf(proxy)}`,
    asked,
    async publish(name, port, tls = 'terminate') {
      const [host = '', outside = '443'] = name.split(':');
      if (tls === 'own') {
        names.set(`${host}:${outside}`, port);
        return;
      }
      const front = createSecureServer(certificate, (socket) => {
        const onward = connect(port, '127.0.0.1');
        join(socket, onward);
        join(onward, socket);
        socket.pipe(onward).pipe(socket);
      });
      await listening(front);
      fronts.push(front);
      names.set(`${host}:${outside}`, portOf(front));
      names.set(`${host}:80`, port);
    },
    async stop() {
      proxy.closeAllConnections();
      for (const server of [proxy, ...fronts]) server.close();
    },
  };

  /** What ends one ends the other, when it has passed on what came. */
  function join(one: Socket, other: Socket): void {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroySoon());
  }
}

async function listening(server: Server): Promise<void> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
