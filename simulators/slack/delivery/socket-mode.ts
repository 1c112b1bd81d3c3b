import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { secretId } from '../ids.ts';
import type { Json } from '../state.ts';
import { type Answer, type Attempt, ackLimitMs, type Transport } from './transport.ts';

/** docs.slack.dev/apis/events-api/using-socket-mode */
const maxConnections = 10;
const ticketLifetimeMs = 30_000;
const pingEveryMs = 10_000;
const goodbyeMs = 500;

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled';

export interface SocketMode extends Transport {
  /** A WebSocket address that works once, for `apps.connections.open`; undefined when ten connections are open. */
  ticket(): string | undefined;
  /** Takes over an HTTP upgrade; false when the path is not Socket Mode's. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Tells every connection to go: clients reconnect. Slack closes what stays. */
  disconnect(reason: DisconnectReason): void;
  /** Cuts every connection without a word. */
  drop(): void;
}

interface Connection {
  socket: WebSocket;
  waiting: Map<string, (answer: Json | 'closed') => void>;
}

const ackSchema = z.looseObject({ envelope_id: z.string(), payload: z.record(z.string(), z.unknown()).optional() });

export function socketMode(options: {
  appId: string;
  /** `ws://host:port` of the simulator. */
  origin: () => string;
  onChange: (connections: number) => void;
}): SocketMode {
  const server = new WebSocketServer({ noServer: true });
  const tickets = new Map<string, number>();
  const open: Connection[] = [];
  let turn = 0;

  const pings = setInterval(() => {
    for (const { socket } of open) socket.ping('Ping from simulator');
  }, pingEveryMs).unref();

  const admit = (socket: WebSocket): void => {
    const connection: Connection = { socket, waiting: new Map() };
    open.push(connection);
    socket.on('message', (data) => onAck(connection, Buffer.isBuffer(data) ? data.toString() : ''));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      open.splice(open.indexOf(connection), 1);
      options.onChange(open.length);
      for (const settle of connection.waiting.values()) settle('closed');
    });
    const debug_info = { host: 'simulator', build_number: 1, approximate_connection_time: 18_060 };
    send(socket, { type: 'hello', num_connections: open.length, debug_info, connection_info: { app_id: options.appId } });
    options.onChange(open.length);
  };

  /** Connections take turns; another than `avoid` where there is one. */
  const next = (avoid: ReadonlySet<Connection>): Connection | undefined => {
    const fresh = open.filter((connection) => !avoid.has(connection));
    turn += 1;
    return fresh[turn % Math.max(fresh.length, 1)];
  };

  const attemptOn = (connection: Connection, attempt: Attempt, limitMs: number): Promise<Json | 'closed' | 'late'> => {
    const envelope_id = randomUUID();
    return new Promise((resolve) => {
      const settle = (result: Json | 'closed' | 'late'): void => {
        clearTimeout(timer);
        connection.waiting.delete(envelope_id);
        resolve(result);
      };
      const timer = setTimeout(() => settle('late'), limitMs);
      connection.waiting.set(envelope_id, settle);
      const retry = attempt.retry === undefined ? {} : { retry_attempt: attempt.retry.num, retry_reason: attempt.retry.reason };
      const accepts_response_payload = attempt.kind !== 'events_api';
      send(connection.socket, { envelope_id, payload: attempt.payload, type: attempt.kind, accepts_response_payload, ...retry });
      if (attempt.drop === true) connection.socket.terminate();
    });
  };

  return {
    async deliver(attempt): Promise<Answer> {
      const deadline = performance.now() + ackLimitMs;
      const tried = new Set<Connection>();
      let current = attempt;
      for (;;) {
        const connection = next(tried);
        if (connection === undefined) return { status: tried.size === 0 ? 'not_connected' : 'timeout' };
        tried.add(connection);
        const result = await attemptOn(connection, current, Math.max(deadline - performance.now(), 1));
        if (result === 'late') return { status: 'timeout' };
        if (result !== 'closed') return { status: 'acked', body: result };
        // The connection went before it answered: the envelope goes to another one.
        current = { ...attempt, drop: false, retry: { num: (attempt.retry?.num ?? 0) + tried.size, reason: 'connection_failed' } };
      }
    },
    ticket() {
      if (open.length >= maxConnections) return undefined;
      const ticket = secretId();
      tickets.set(ticket, performance.now());
      return `${options.origin()}/link/?ticket=${ticket}&app_id=${options.appId}`;
    },
    upgrade(request, socket, head) {
      const url = new URL(request.url ?? '/', 'http://simulator');
      if (url.pathname !== '/link/') return false;
      const ticket = url.searchParams.get('ticket') ?? '';
      const issued = tickets.get(ticket);
      tickets.delete(ticket);
      if (issued === undefined || performance.now() - issued > ticketLifetimeMs) {
        socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
        return true;
      }
      server.handleUpgrade(request, socket, head, admit);
      return true;
    },
    disconnect(reason) {
      const message = { type: 'disconnect', reason, debug_info: { host: 'simulator' } };
      for (const { socket } of open) {
        send(socket, message);
        // A warning comes ten seconds before; the others close what has not gone by itself.
        if (reason !== 'warning') setTimeout(() => socket.close(1000), 1000).unref();
      }
    },
    drop() {
      for (const { socket } of Array.from(open)) socket.terminate();
    },
    connections: () => open.length,
    async close() {
      clearInterval(pings);
      await Promise.all(open.map(({ socket }) => closed(socket)));
      server.close();
    },
  };
}

/** Closes with a handshake, as Slack does; without a word when the other side does not answer. */
function closed(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), goodbyeMs);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.close(1001);
  });
}

function send(socket: WebSocket, message: Json): void {
  socket.send(JSON.stringify(message));
}

function onAck(connection: Connection, data: string): void {
  const parsed = ackSchema.safeParse(parse(data));
  if (!parsed.success) return;
  connection.waiting.get(parsed.data.envelope_id)?.(parsed.data.payload ?? {});
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
