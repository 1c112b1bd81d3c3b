import { beforeEach, describe, expect, test } from '@jest/globals';
import { sarkDisableServer } from '../../../src/actions/sark/disable-server.ts';
import { ClusterError, type HttpRequest, type HttpResponse } from '../../../src/ports/cluster.ts';
import { calling, codeOf, type TestContext, testContext } from '../net/helpers/context.ts';

const ID = '550e8400-e29b-41d4-a716-446655440000';
const TOKEN = 'tok-3f9a7c21e5d8b604';
const disable = calling(sarkDisableServer);
const input = { target: 'api', server_id: ID };

let status: string;
let requests: HttpRequest[];
let lose: boolean;
let deny: boolean;

/** SARK's routes as platforms/sark/http-shapes.json has them. */
async function sark(_url: string, request: HttpRequest): Promise<HttpResponse> {
  requests.push(request);
  const answer = (code: number, body: unknown): HttpResponse => ({ status: code, headers: {}, body: JSON.stringify(body), ms: 3 });
  const headers = request.headers ?? {};
  if (headers['authorization'] !== `Bearer ${TOKEN}`)
    return answer(401, { detail: 'Missing authorization token', error_type: 'authentication_error' });
  if (request.method === 'GET' && request.path === `/api/v1/servers/${ID}`)
    return answer(200, { id: ID, name: 'payments-mcp', status, sensitivity_level: 'high' });
  if (request.method === 'GET') return answer(404, { detail: 'not found' });
  const cookie = /^csrf_token=(.+)$/.exec(headers['cookie'] ?? '')?.[1];
  if (cookie === undefined || cookie.length < 32 || cookie !== headers['x-csrf-token'])
    return answer(403, { error: 'CSRF token invalid', message: 'CSRF token missing or invalid' });
  if (request.method !== 'PATCH' || request.path !== '/api/v1/bulk/servers/status') return answer(405, { detail: 'Method Not Allowed' });
  const body = JSON.parse(request.body ?? '{}') as { updates: { server_id: string; status: string }[] };
  if (deny) return answer(200, { total: 1, succeeded: 0, failed: 1, succeeded_items: [], failed_items: [{ server_id: ID, error: 'policy' }] });
  status = body.updates[0]?.status ?? status;
  if (lose) throw new ClusterError('uncertain', 'PATCH: the connection was cut.');
  return answer(200, { total: 1, succeeded: 1, failed: 0, succeeded_items: [], failed_items: [] });
}

function contextWith(target: Record<string, unknown> = {}): TestContext {
  return testContext({
    targets: { api: { url: 'http://sark-api:8000', token_env: 'SARK_TOKEN', csrf_cookie: 'csrf_token', ...target } },
    secrets: { SARK_TOKEN: TOKEN },
    http: sark,
  });
}

beforeEach(() => {
  status = 'active';
  requests = [];
  lose = false;
  deny = false;
});

const patches = () => requests.filter(({ method }) => method === 'PATCH');

describe('sark.disable-server', () => {
  test('[SK-51] shows the diff, sets it inactive by the bulk route, once, and back', async () => {
    const context = contextWith();
    const planned = await disable.plan(input, context);
    expect(planned.diff).toContain('- status: active\n+ status: inactive');
    expect(planned.snapshot).toEqual({ status: 'active' });
    expect((await disable.apply(input, planned, context)).output).toEqual({ server_id: ID, status: 'inactive', was: 'active', changed: true });
    expect(JSON.parse(patches()[0]?.body ?? '')).toEqual({ updates: [{ server_id: ID, status: 'inactive' }], fail_on_first_error: false });
    expect((await disable.apply(input, planned, context)).output).toMatchObject({ changed: false, was: 'active' });
    expect(patches()).toHaveLength(1);
    expect(await disable.revert(input, planned, context)).toMatchObject({ kind: 'reverted' });
    expect(status).toBe('active');
    expect(await disable.revert(input, planned, context)).toMatchObject({ kind: 'already' });
    expect(context.hidden).toContain(TOKEN);
  });

  test('a status that changed meanwhile makes the plan stale, and the revert a question', async () => {
    const context = contextWith();
    const planned = await disable.plan(input, context);
    status = 'unhealthy';
    expect(await codeOf(disable.apply(input, planned, context))).toBe('plan-stale');
    expect(patches()).toHaveLength(0);
    expect(await disable.revert(input, planned, context)).toMatchObject({ kind: 'conflict', diff: '- status: unhealthy\n+ status: active' });
    expect(await disable.revert(input, planned, context, true)).toMatchObject({ kind: 'reverted' });
  });

  test('an answer that got lost is looked up', async () => {
    const context = contextWith();
    const planned = await disable.plan(input, context);
    lose = true;
    expect((await disable.apply(input, planned, context)).output).toMatchObject({ changed: true });
  });

  test('a 200 that changed nothing is an error', async () => {
    const context = contextWith();
    const planned = await disable.plan(input, context);
    deny = true;
    expect(await codeOf(disable.apply(input, planned, context))).toBe('sark-refused');
  });

  test('what is already inactive, unknown or forbidden', async () => {
    status = 'inactive';
    expect(await disable.plan(input, contextWith())).toMatchObject({ changes: false });
    expect(await codeOf(disable.plan({ ...input, server_id: 'other' }, contextWith()))).toBe('sark-no-server');
    expect(() => disable.parse({ ...input, server_id: '../users' })).toThrow();
    status = 'active';
    const context = contextWith({ csrf_cookie: undefined });
    const planned = await disable.plan(input, context);
    await expect(disable.apply(input, planned, context)).rejects.toThrow(/Set csrf_cookie in the target/);
  });

  test('the pre-flight wants a token', async () => {
    expect(await disable.preflight(input, contextWith({ token_env: undefined }))).toContainEqual(
      expect.objectContaining({ state: 'failure', what: 'Target api names no token' }),
    );
    expect((await disable.preflight(input, contextWith())).map(({ state }) => state)).toEqual(['ok']);
  });
});
