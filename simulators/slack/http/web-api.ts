import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { callMethod } from '../api/dispatch.ts';
import type { MethodContext } from '../api/method.ts';
import type { Faults } from '../faults.ts';
import type { RateLimits } from '../rate-limits.ts';
import type { ResponseUrls } from '../response-urls.ts';
import { SlackError } from '../slack-error.ts';
import type { Json } from '../state.ts';
import { parseJson, readArgs, readBody, readUpload } from './body.ts';
import type { CallLog } from './calls.ts';
import { sendJson, sendText } from './reply.ts';

export interface WebApi {
  context: Omit<MethodContext, 'provided'>;
  responseUrls: ResponseUrls;
  faults: Faults;
  calls: CallLog;
  limits: RateLimits;
}

const PAGE = '<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>';

/** An answer before faults have had their say. */
interface Reply {
  status: number;
  body: Json;
  applied: boolean;
  headers?: Record<string, string>;
  text?: string;
}

/** Serves what an app calls: `/api/*`, `/response/*`, `/upload/*`, `/files-pri/*`. False when the path is none of these. */
export async function serveWebApi(api: WebApi, request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
  const [, area, ...rest] = url.pathname.split('/');
  if (area === 'api') {
    const method = rest.join('/');
    const body = await readBody(request);
    const read = readArgs(request, url, body);
    const { token: inArgs, ...args } = read ?? {};
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? (inArgs as string | undefined);
    await withFaults(api, response, method, args, () => apiReply(api, method, token, read === undefined ? undefined : args));
    return true;
  }
  if (area === 'response') {
    const body = parseJson((await readBody(request)).toString());
    await withFaults(api, response, 'response_url', (body ?? {}) as Json, () => responseUrlReply(api, rest.at(-1) ?? '', body));
    return true;
  }
  if (area === 'upload') {
    const bytes = await readUpload(request, await readBody(request));
    const id = (rest.at(-1) ?? '').split('.')[0] ?? '';
    await withFaults(api, response, 'upload', { file: id, length: bytes.length }, () => uploadReply(api, id, bytes));
    return true;
  }
  if (area === 'files-pri') {
    servePrivateFile(api, request, response, rest);
    return true;
  }
  return false;
}

async function withFaults(api: WebApi, response: ServerResponse, method: string, args: Json, apply: () => Reply): Promise<void> {
  const { faults, calls } = api;
  const log = (status: number, applied: boolean, body: Json): void =>
    calls.add({ time: api.context.workspace.clock.now(), method, args, status, applied, response: body });
  const [refused] = faults.strike('refused_connection', method);
  if (refused !== undefined) {
    log(0, false, {});
    return void response.destroy();
  }
  const before = faultReply(faults, method) ?? limited(api, method, args);
  const reply = before ?? apply();
  const [torn] = before === undefined ? faults.strike('torn', method) : [];
  for (const fault of faults.strike('slow', method)) if (fault.kind === 'slow') await wait(fault.ms);
  log(torn === undefined ? reply.status : 0, reply.applied, reply.body);
  if (torn !== undefined) return void response.destroy();
  if (reply.text !== undefined) return sendText(response, reply.status, reply.text, reply.headers);
  sendJson(response, reply.status, reply.body, reply.headers);
}

function faultReply(faults: Faults, method: string): Reply | undefined {
  for (const kind of ['rate_limited', 'http_error', 'html', 'error'] as const) {
    const [fault] = faults.strike(kind, method);
    if (fault?.kind === 'rate_limited') {
      const headers = { 'retry-after': String(fault.retry_after) };
      return { status: 429, body: { ok: false, error: 'ratelimited' }, applied: false, headers };
    }
    if (fault?.kind === 'http_error') return { status: fault.status, body: { ok: false, error: 'internal_error' }, applied: false };
    if (fault?.kind === 'html') return { status: 200, body: {}, applied: false, text: PAGE, headers: { 'content-type': 'text/html' } };
    if (fault?.kind === 'error') return { status: 200, body: { ok: false, error: fault.error }, applied: false };
  }
  return undefined;
}

function limited({ limits }: WebApi, method: string, args: Json): Reply | undefined {
  const wait = limits.take(method, args);
  if (wait === null) return undefined;
  return { status: 429, body: { ok: false, error: 'ratelimited' }, applied: false, headers: { 'retry-after': String(wait) } };
}

function apiReply(api: WebApi, method: string, token: string | undefined, args: Json | undefined): Reply {
  if (args === undefined) return { status: 200, body: { ok: false, error: 'invalid_json' }, applied: false };
  const { body, headers } = callMethod({ ...api.context, provided: [] }, method, token, args);
  return { status: 200, body, applied: body.ok, headers };
}

/** Response URLs say `ok` in plain text, and what is wrong as JSON with a 4xx status. */
function responseUrlReply(api: WebApi, token: string, body: unknown): Reply {
  try {
    api.responseUrls.use(token, body);
    return { status: 200, body: { ok: true }, applied: true, text: 'ok' };
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    const gone = ['expired_url', 'used_url', 'not_found'].includes(error.code);
    return { status: gone ? 404 : 400, body: { ok: false, error: error.code, ...error.extra }, applied: false };
  }
}

function uploadReply(api: WebApi, id: string, bytes: Buffer): Reply {
  const stored = api.context.workspace.files.get(id);
  if (stored === undefined || stored.content !== undefined) return { status: 404, body: {}, applied: false, text: 'no such upload' };
  if (bytes.length !== stored.expectedLength) {
    return { status: 400, body: {}, applied: false, text: `expected ${stored.expectedLength} bytes, not ${bytes.length}` };
  }
  stored.content = bytes;
  return { status: 200, body: {}, applied: true, text: `OK - ${bytes.length}` };
}

function servePrivateFile(api: WebApi, request: IncomingMessage, response: ServerResponse, rest: readonly string[]): void {
  const { workspace } = api.context;
  if (request.headers.authorization !== `Bearer ${workspace.seed.bot.token}`) return sendText(response, 403, 'not authorised');
  const stored = workspace.files.get((rest[0] ?? '').split('-').at(-1) ?? '');
  if (stored?.content === undefined) return sendText(response, 404, 'no such file');
  response.writeHead(200, { 'content-type': stored.file.mimetype, 'content-length': String(stored.content.length) });
  response.end(stored.content);
}
