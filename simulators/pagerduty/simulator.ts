import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { remember } from '../newest.ts';
import { answerCover, type CoveredService, type Integration } from './cover.ts';
import { eventSchema, MAX_EVENT, refusal, type SentEvent } from './event.ts';
import { PageFaults } from './faults.ts';
import { type Happened, type PagedIncident, PagedIncidents } from './incidents.ts';
import { type ApiKey, type RestAnswer, refused } from './rest.ts';
import { answerSchedules, type PlannedSchedule } from './schedules.ts';
import { type Agent, deliver, type Subscription, webhookBody } from './webhook.ts';

export interface PagerDutySimulatorOptions {
  /** 0 for any free one. */
  readonly port?: number;
  /** Integration keys that there are. */
  readonly keys: readonly string[];
  /** Keys of the REST API, with what they may read. */
  readonly apiKeys?: readonly ApiKey[];
  /** ms since 1970. Default: the machine's. */
  readonly now?: () => number;
}

/** A request that came, and what was answered; `null`: nothing. */
export interface SeenEvent {
  readonly body: unknown;
  readonly status: number | null;
}

export interface PagerDutySimulator {
  /** In place of https://events.pagerduty.com. */
  readonly url: string;
  /** The newest of them; so are the incidents. */
  readonly requests: readonly SeenEvent[];
  readonly incidents: readonly PagedIncident[];
  readonly faults: PageFaults;
  /** The same for questions to the REST API. */
  readonly restFaults: PageFaults;
  /** What was asked of the REST API, the newest of it: path and query. */
  readonly asked: readonly string[];
  /** Puts a schedule in the place of the one with its id. */
  plan(schedule: PlannedSchedule): void;
  /** The same of a service, with its escalation policy. */
  cover(service: CoveredService): void;
  /** From now on webhooks go there. */
  subscribe(subscription: Subscription): void;
  /** What a person does in PagerDuty. Returns what the webhook was answered with; `null` without a subscription. */
  act(name: string, what: 'acknowledged' | 'unacknowledged' | 'resolved', key: string): Promise<number | null>;
  /** Waits until every webhook was answered. */
  settled(): Promise<void>;
  /** Nobody can connect until it is back. */
  away(): Promise<void>;
  back(): Promise<void>;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Starts a simulated PagerDuty on loopback: POST /v2/enqueue, schedules, services and who is on call, as strict as the real ones, and signed webhooks of what becomes of incidents. */
export async function startPagerDutySimulator({
  port = 0,
  keys,
  apiKeys = [],
  now = Date.now,
}: PagerDutySimulatorOptions): Promise<PagerDutySimulator> {
  const incidents = new PagedIncidents(now);
  const faults = new PageFaults();
  const requests: SeenEvent[] = [];
  const restFaults = new PageFaults();
  const asked: string[] = [];
  const schedules = new Map<string, PlannedSchedule>();
  const services = new Map<string, CoveredService>();
  const sending = new Set<Promise<unknown>>();
  let subscription: Subscription | null = null;

  function announce(incident: PagedIncident | null, happened: Happened, by: Agent): Promise<number | null> {
    if (incident === null || happened === null || subscription === null) return Promise.resolve(null);
    const sent = deliver(subscription, webhookBody(incident, happened, by, now())).catch(() => null);
    sending.add(sent);
    return sent.finally(() => sending.delete(sent));
  }

  function answerTo(body: unknown): Answer {
    const parsed = eventSchema.safeParse(body);
    if (!parsed.success) return { status: 400, body: refusal(parsed.error.issues.map(({ message }) => message)) };
    const event: SentEvent = parsed.data;
    if (!keys.includes(event.routing_key)) return { status: 400, body: refusal(['Invalid routing key']) };
    const { incident, happened } = incidents.take(event);
    void announce(incident, happened, null);
    return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: incident?.key ?? event.dedup_key } };
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url } = message;
    const read = answerSchedules(message, schedules, apiKeys) ?? answerCover(message, services, apiKeys, now());
    if (read !== null) return answerRead(message, response, read);
    if (url !== '/v2/enqueue') return send(response, { status: 404, body: { status: 'Not Found', message: 'Not Found' } });
    if (method !== 'POST') return send(response, { status: 405, body: { status: 'Method Not Allowed', message: 'Method Not Allowed' } });
    const body = await jsonOf(message);
    const fault = faults.take();
    if (fault?.kind === 'silence') {
      remember(requests, { body, status: null });
      return;
    }
    const retry = fault?.kind === 'status' && fault.retryAfter !== undefined ? { 'retry-after': String(fault.retryAfter) } : {};
    const answer =
      fault?.kind === 'status'
        ? { status: fault.status, body: { status: 'throttle exceeded', message: 'Injected by the simulator.' }, headers: retry }
        : body === undefined
          ? { status: 400, body: { status: 'Unrecognized object', message: 'Event object format is unrecognized', errors: ['JSON parse error'] } }
          : answerTo(body);
    if (fault?.kind === 'lost-answer') {
      remember(requests, { body, status: null });
      message.socket.resetAndDestroy();
      return;
    }
    remember(requests, { body, status: answer.status });
    send(response, answer);
  }

  function answerRead(message: IncomingMessage, response: ServerResponse, read: RestAnswer): void {
    remember(asked, message.url ?? '');
    const fault = restFaults.take();
    if (fault === null) return send(response, read);
    if (fault.kind === 'status') return send(response, refused(fault.status));
    if (fault.kind === 'lost-answer') message.socket.resetAndDestroy();
  }

  function listen(at: number): Promise<Server> {
    const server = createServer((message, response) => {
      // A client that hung up: nobody is there to be told.
      serve(message, response).catch(() => message.socket.destroy());
    });
    return new Promise((done) => server.listen(at, '127.0.0.1', () => done(server)));
  }

  let server: Server | null = await listen(port);
  const { port: own } = server.address() as AddressInfo;

  async function away(): Promise<void> {
    const closing = server;
    server = null;
    if (closing === null) return;
    closing.closeAllConnections();
    await new Promise((done) => closing.close(done));
  }

  return {
    url: `http://127.0.0.1:${own}`,
    requests,
    incidents: incidents.all,
    faults,
    restFaults,
    asked,
    cover: (service) => void services.set(service.id, { integrations: keys.map(integrationWith), ...service }),
    plan: (schedule) => void schedules.set(schedule.id, schedule),
    subscribe(to) {
      subscription = to;
    },
    act: (name, what, key) => announce(incidents.by(name, key, what), what, { name }),
    async settled() {
      await Promise.all(sending);
    },
    away,
    async back() {
      server ??= await listen(own);
    },
    async stop() {
      await Promise.all(sending);
      await away();
    },
  };
}

function integrationWith(key: string, i: number): Integration {
  return { id: `PINTG${String(i).padStart(2, '0')}`, name: 'Tocsin', type: 'events_api_v2_inbound_integration', key };
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** `undefined` for what is no JSON, or too large. */
async function jsonOf(message: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  if (bytes.length > MAX_EVENT) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
