import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { faultSchema } from '../faults.ts';
import type { PersonActions } from '../person.ts';
import type { SlackSimulator } from '../simulator.ts';
import { changeFor, stateFor } from '../snapshot.ts';
import type { Change } from '../state.ts';
import type { Workspace } from '../workspace.ts';
import { parseJson, readBody } from './body.ts';
import { serveOutside } from './outside.ts';
import { sendJson, sendText } from './reply.ts';

/** Routes of the control API: what tests, the bot's clock and the page use. Never Slack's own. */
type Route = (sim: SlackSimulator, input: { path: string[]; query: URLSearchParams; body: unknown }, workspace: Workspace) => unknown;

const advance = z.strictObject({ advance_ms: z.number().min(0) });
const disconnect = z.strictObject({ reason: z.enum(['warning', 'refresh_requested', 'link_disabled']).default('refresh_requested') });
const raw = z.strictObject({
  kind: z.enum(['slash_commands', 'interactive', 'events_api']),
  payload: z.record(z.string(), z.unknown()),
});
const platformFault = z.strictObject({ id: z.string(), on: z.boolean() });
const pageAnswer = z.strictObject({ as: z.string(), page: z.string(), what: z.enum(['acknowledged', 'resolved']) });
const members = z.strictObject({ users: z.array(z.string()) });

const routes: Record<string, Route> = {
  'GET clock': (sim) => ({ offset_ms: sim.clock.offsetMs, now: sim.clock.now() }),
  'POST clock': (sim, { body }) => {
    sim.clock.advance(advance.parse(body).advance_ms);
    return { offset_ms: sim.clock.offsetMs, now: sim.clock.now() };
  },
  'POST as': (sim, { path: [user = '', action = ''], body }) => sim.perform(user, action as keyof PersonActions, body ?? {}),
  'GET channels': (sim) => sim.channels(),
  'GET messages': (sim, { query }) => sim.messages(query.get('channel') ?? '', optional('thread_ts', query)),
  'GET ephemerals': (sim, { query }) => sim.ephemerals(query.get('user') ?? ''),
  'GET views': (sim, { query }) => sim.views(query.get('user') ?? ''),
  'GET home': (sim, { query }) => sim.home(query.get('user') ?? '') ?? null,
  'GET calls': (sim, { query }) => sim.calls(query.get('method') ?? undefined),
  'GET deliveries': (sim) => sim.deliveries(),
  'POST deliveries': (sim, { path: [id = ''], body }) => {
    if (id !== '') return sim.redeliver(id);
    const { kind, payload } = raw.parse(body);
    return sim.deliver(kind, payload);
  },
  'GET faults': (sim) => sim.faults.list(),
  'POST faults': (sim, { body }) => ({ id: sim.faults.add(faultSchema.parse(body)) }),
  'DELETE faults': (sim, { path: [id] }) => {
    if (id === undefined) sim.faults.clear();
    else sim.faults.remove(id);
    return {};
  },
  'GET connections': (sim) => ({ count: sim.connections() }),
  'POST connections': (sim, { path: [what], body }) => {
    if (what === 'drop') sim.dropSockets();
    else sim.disconnectSockets(disconnect.parse(body ?? {}).reason);
    return {};
  },
  'GET platforms': (sim) => sim.platformFaults(),
  'POST platforms': async (sim, { body }) => {
    const { id, on } = platformFault.parse(body);
    await sim.setPlatformFault(id, on);
    return sim.platformFaults();
  },
  'POST outside': async (sim, { body }, workspace) => {
    const { as, page, what } = pageAnswer.parse(body);
    const person = workspace.users.get(as);
    if (person === undefined) throw new Error(`There is nobody called ${as}.`);
    await sim.outside.answerPage(person.real_name, page, what);
    return sim.outside.list();
  },
  'POST usergroups': (sim, { path: [id = ''], body }) => {
    sim.setUsergroup(id, members.parse(body).users);
    return {};
  },
  'POST idle': async (sim) => {
    await sim.idle();
    return {};
  },
};

/**
 * Serves `/_sim/*`. POST bodies are JSON with that content type, and pages of other sites are refused:
 * a browser lets them send neither unasked.
 */
export async function serveControl(
  sim: SlackSimulator,
  workspace: Workspace,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (isForeign(request)) return sendText(response, 403, 'another site may not control the simulator');
  const [area = '', ...path] = url.pathname.split('/').slice(2).map(decodeURIComponent);
  if (area === 'state') return serveState(sim, workspace, response, url);
  if (area === 'events') return serveEvents(workspace, request, response, url);
  if (area === 'files') return serveFile(workspace, response, path[0] ?? '');
  if (area === 'outside' && request.method === 'GET') return serveOutside(sim.outside, response, path);
  const route = routes[`${request.method} ${area}`];
  if (route === undefined) return sendText(response, 404, 'not found');
  const text = (await readBody(request)).toString();
  try {
    const body = text === '' ? undefined : parseJson(text);
    sendJson(response, 200, (await route(sim, { path, query: url.searchParams, body }, workspace)) ?? null);
  } catch (error) {
    sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

function isForeign(request: IncomingMessage): boolean {
  const { origin, host, 'content-type': type } = request.headers;
  if (origin !== undefined && new URL(origin).host !== host) return true;
  return request.method === 'POST' && type !== undefined && !type.includes('json');
}

function serveState(sim: SlackSimulator, workspace: Workspace, response: ServerResponse, url: URL): void {
  const people = [...workspace.users.values()].filter((user) => !user.is_bot && !user.deleted);
  const user = people.find((candidate) => candidate.id === url.searchParams.get('as')) ?? people[0];
  if (user === undefined) return sendText(response, 404, 'nobody is here');
  sendJson(
    response,
    200,
    stateFor(workspace, user, { connections: sim.connections(), platforms: sim.platformFaults(), outside: sim.outside.list() }),
  );
}

/** Server-sent events: everything, or with `as` what that person may see. */
function serveEvents(workspace: Workspace, request: IncomingMessage, response: ServerResponse, url: URL): void {
  const user = workspace.users.get(url.searchParams.get('as') ?? '');
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(`data: ${JSON.stringify({ kind: 'hello', offset_ms: workspace.clock.offsetMs })}\n\n`);
  const stop = workspace.watch((change: Change) => {
    const shown = user === undefined ? change : changeFor(workspace, change, user);
    if (shown !== undefined) response.write(`data: ${JSON.stringify(shown)}\n\n`);
  });
  const beat = setInterval(() => response.write(': beat\n\n'), 15_000).unref();
  request.on('close', () => {
    clearInterval(beat);
    stop();
  });
}

/** Files as text or as a download, whatever they say they are: nothing in them runs in the page. */
function serveFile(workspace: Workspace, response: ServerResponse, id: string): void {
  const stored = workspace.files.get(id);
  if (stored?.content === undefined || !stored.shared) return sendText(response, 404, 'no such file');
  const image = /^image\/(png|jpeg|gif)$/.test(stored.file.mimetype);
  response.writeHead(200, {
    'content-type': image ? stored.file.mimetype : 'text/plain; charset=utf-8',
    'content-disposition': `inline; filename*=UTF-8''${encodeURIComponent(stored.file.name)}`,
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
  });
  response.end(stored.content);
}

function optional(key: string, query: URLSearchParams): Record<string, string> {
  const value = query.get(key);
  return value === null ? {} : { [key]: value };
}
