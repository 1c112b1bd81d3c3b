import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { z } from 'zod';
import { close, listen, urlOf } from '../listening.ts';
import { REMEMBERED, remember } from '../newest.ts';
import { PUBLIC_POLICY, publicPage } from './public-page.ts';
import { type ComponentState, createSchema, type PageIncident, updateSchema } from './schema.ts';

export interface StatuspageSimulatorOptions {
  readonly key?: string;
  readonly page?: string;
  /** What the page is called. */
  readonly title?: string;
  /** Ids of the page's components. */
  readonly components?: readonly string[];
  readonly port?: number;
  readonly host?: string;
  /** ms since 1970. */
  readonly now?: () => number;
}

/** Requests that a key may send within the window (ms): one a second, as measured on a rolling window. */
const WINDOW = 60_000;
const MOST = 60;

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * A small and strict Statuspage: a page with components and incidents, as its API v1 has them. A request without the key, of another page, with a field that
 * is not known or a component that is not there is refused, and so is one too many in a minute.
 */
export class StatuspageSimulator {
  readonly page: string;
  readonly title: string;
  readonly key: string;
  readonly components: Map<string, ComponentState>;
  /** Newest first; those that are too many are forgotten. */
  readonly incidents: PageIncident[] = [];
  /** Method and path of each request, in order; the newest of them. */
  readonly requests: string[] = [];
  /** The status of every answer, while it is set. */
  refuses: number | null = null;
  /** How many of the next writes are done without an answer: the connection breaks. */
  losesAnswers = 0;
  readonly #now: () => number;
  readonly #times: number[] = [];
  #server: Server;
  #made = 0;
  #writes = 0;

  private constructor({
    key = 'statuspage-key',
    page = 'tocsinpage01',
    title = 'Status',
    components = [],
    now = Date.now,
  }: StatuspageSimulatorOptions) {
    this.key = key;
    this.page = page;
    this.title = title;
    this.components = new Map(components.map((id) => [id, 'operational']));
    this.#now = now;
    this.#server = createServer((message, response) => void this.#serve(message, response));
  }

  static async start(options: StatuspageSimulatorOptions = {}): Promise<StatuspageSimulator> {
    const simulator = new StatuspageSimulator(options);
    await listen(simulator.#server, options);
    return simulator;
  }

  get url(): string {
    return urlOf(this.#server);
  }

  /** Changes whenever the page does. */
  get version(): number {
    return this.#writes;
  }

  /** The page as the public reads it, at `/`. */
  html(): string {
    return publicPage(this.title, this.components, this.incidents);
  }

  async stop(): Promise<void> {
    await close(this.#server);
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = message.method ?? 'GET';
    const { pathname, searchParams } = new URL(message.url ?? '/', 'http://statuspage');
    if (method === 'GET' && pathname === '/') {
      const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PUBLIC_POLICY, 'cache-control': 'no-store' };
      response.writeHead(200, headers).end(this.html());
      return;
    }
    remember(this.requests, `${method} ${pathname}`);
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of message) chunks.push(chunk as Buffer);
      this.#assertAllowed(message);
      const [status, body] = this.#answer(method, pathname, searchParams, message, Buffer.concat(chunks).toString('utf8'));
      if (method !== 'GET' && this.losesAnswers > 0) {
        this.losesAnswers -= 1;
        message.socket.resetAndDestroy();
        return;
      }
      send(response, status, body);
    } catch (error) {
      if (error instanceof Refusal) send(response, error.status, { error: error.status === 422 ? [error.message] : error.message });
      else message.socket.destroy();
    }
  }

  #assertAllowed({ headers }: IncomingMessage): void {
    if (this.refuses !== null) throw new Refusal(this.refuses, 'Injected by the simulator.');
    if (headers.authorization !== `OAuth ${this.key}`) throw new Refusal(401, 'Could not authenticate');
    const now = this.#now();
    while ((this.#times[0] ?? now) <= now - WINDOW) this.#times.shift();
    if (this.#times.length >= MOST) throw new Refusal(429, 'Rate limit exceeded');
    this.#times.push(now);
  }

  #answer(method: string, path: string, query: URLSearchParams, { headers }: IncomingMessage, body: string): readonly [number, unknown] {
    const [, version, pages, page, what, id, ...rest] = path.split('/');
    if (version !== 'v1' || pages !== 'pages' || page !== this.page || rest.length > 0) throw new Refusal(404, 'Not found');
    if (method === 'GET' && what === 'components' && id === undefined)
      return [200, [...this.components].map(([component, status]) => ({ id: component, status, name: component }))];
    if (what !== 'incidents') throw new Refusal(404, 'Not found');
    if (method === 'GET' && id === undefined) return [200, this.#list(query)];
    if (method === 'GET') return [200, this.#found(id)];
    if (!/^application\/json\b/.test(headers['content-type'] ?? '')) throw new Refusal(415, 'The body must be JSON.');
    if (method === 'POST' && id === undefined) return [201, this.#create(read(createSchema, body).incident)];
    if (method === 'PATCH' && id !== undefined) return [200, this.#update(this.#found(id), read(updateSchema, body).incident)];
    throw new Refusal(404, 'Not found');
  }

  #list(query: URLSearchParams): readonly PageIncident[] {
    const limit = Number(query.get('limit') ?? 100);
    const at = Number(query.get('page') ?? 1);
    if (!(limit >= 1 && limit <= 100)) throw new Refusal(400, 'limit must be 1 to 100');
    return this.incidents.slice((at - 1) * limit, at * limit);
  }

  #found(id: string | undefined): PageIncident {
    const found = this.incidents.find((one) => one.id === id);
    if (found === undefined) throw new Refusal(404, 'Not found');
    return found;
  }

  #create(asked: z.output<typeof createSchema>['incident']): PageIncident {
    const at = this.#time();
    this.#made += 1;
    const id = `incident${String(this.#made).padStart(4, '0')}`;
    const made: PageIncident = {
      id,
      page_id: this.page,
      shortlink: `https://stspg.example/${id}`,
      created_at: at,
      name: asked.name,
      status: asked.status,
      updated_at: at,
      resolved_at: null,
      components: [],
      metadata: {},
      incident_updates: [],
    };
    this.#update(made, asked);
    this.incidents.unshift(made);
    this.incidents.splice(REMEMBERED);
    return made;
  }

  #update(incident: PageIncident, asked: z.output<typeof updateSchema>['incident']): PageIncident {
    const named = [...(asked.component_ids ?? []), ...Object.keys(asked.components ?? {})];
    const unknown = named.find((id) => !this.components.has(id));
    if (unknown !== undefined) throw new Refusal(422, `Component ${unknown} is not of this page`);
    const at = this.#time();
    this.#writes += 1;
    incident.name = asked.name ?? incident.name;
    incident.status = asked.status ?? incident.status;
    incident.updated_at = at;
    incident.resolved_at = incident.status === 'resolved' ? at : null;
    incident.metadata = asked.metadata ?? incident.metadata;
    if (asked.component_ids !== undefined) incident.components = asked.component_ids.map((id) => ({ id }));
    for (const [id, state] of Object.entries(asked.components ?? {})) this.components.set(id, state);
    if (asked.body !== undefined || asked.status !== undefined) {
      const id = `${incident.id}-${incident.incident_updates.length + 1}`;
      const update = { id, incident_id: incident.id, status: incident.status, body: asked.body ?? '', created_at: at };
      incident.incident_updates = [{ ...update, deliver_notifications: asked.deliver_notifications ?? true }, ...incident.incident_updates];
    }
    return incident;
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

function read<T>(schema: z.ZodType<T>, body: string): T {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Refusal(400, 'The body is not JSON.');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Refusal(422, `${issue?.path.slice(1).join('.') ?? ''} ${issue?.message ?? 'is not valid'}`.trim());
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}
