import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { slowness } from './api/proxy.ts';
import type { Machine } from './containers/machine.ts';
import { isNetworkError } from './containers/program.ts';
import type { FaultState } from './platforms/platform.ts';

const faultSchema = z.strictObject({ id: z.string(), on: z.boolean() });

interface Faults {
  list(): FaultState[];
  set(id: string, on: boolean): Promise<void>;
}

/** Answers what reaches the cluster from outside: services by `/{namespace}/{service}:{port}/…`, and the controls of the page. */
export async function outsideHandler(machine: Machine, faults: Faults, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const url = new URL(message.url ?? '/', 'http://outside');
  try {
    if (url.pathname === '/sim/faults') return await controlFaults(faults, message, body, response);
    const [, namespace = '', address = '', ...rest] = url.pathname.split('/');
    const [service = '', port = ''] = address.split(':');
    const endpoint = machine.endpoints(namespace, service, port === '' ? '' : Number(port))?.[0];
    const listener = endpoint === undefined ? undefined : machine.listener(endpoint.pod, endpoint.port);
    if (endpoint === undefined || listener === undefined) return plain(response, 503, 'no healthy upstream\n');
    const headers = Object.fromEntries(Object.entries(message.headers).map(([key, value]) => [key, Array.isArray(value) ? value.join(', ') : value]));
    const answer = await machine.serve(listener, endpoint.port, {
      method: message.method ?? 'GET',
      path: `/${rest.join('/')}${url.search}`,
      headers,
      body,
    });
    if (isNetworkError(answer)) return plain(response, 502, 'bad gateway\n');
    await slowness(answer);
    response.writeHead(answer.status, { 'content-type': 'text/plain; charset=utf-8', ...answer.headers });
    response.end(answer.body);
  } catch (error) {
    plain(response, 500, `${error instanceof Error ? error.message : 'unknown'}\n`);
  }
}

async function controlFaults(faults: Faults, message: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
  if (message.method === 'POST') {
    const wanted = faultSchema.safeParse(parse(body));
    if (!wanted.success) return plain(response, 400, 'expected {"id": "…", "on": true}\n');
    if (!faults.list().some((fault) => fault.id === wanted.data.id)) return plain(response, 404, `no fault ${wanted.data.id}\n`);
    await faults.set(wanted.data.id, wanted.data.on);
  } else if (message.method !== 'GET') return plain(response, 405, 'GET or POST\n');
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(faults.list()));
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}
