import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { httpChange } from '../../../src/actions/http/change.ts';
import { httpRequest } from '../../../src/actions/http/request.ts';
import { curlConfig, readCurl, readWget } from '../../../src/actions/http/tools.ts';
import { opaPolicies } from '../../../src/actions/opa/policies.ts';
import { requestHttp } from '../../../src/adapters/http/request.ts';
import { ClusterError, type HttpRequest } from '../../../src/ports/cluster.ts';
import { addWorkload, type FakeCluster, fakeCluster } from '../net/helpers/cluster.ts';
import { calling, codeOf, type TestContext, testContext } from '../net/helpers/context.ts';

const TOKEN = 'tok-3f9a7c21e5d8b604';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let base: string;
let port: number;
let seen: Seen[];
let limited: boolean;
/** A proxy in front of it refuses everything. */
let forbidden = false;
/** Nothing listens there. */
let closed: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString('utf8');
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body });
      if (url === '/cut') {
        request.socket.destroy();
        return;
      }
      if (url === '/slow') return;
      if (forbidden) {
        response.writeHead(403).end('<html>Forbidden</html>');
        return;
      }
      if (url === '/there') response.writeHead(302, { location: '/health' }).end();
      else if (url === '/elsewhere') response.writeHead(302, { location: 'http://example.com/' }).end('gone');
      else if (url === '/missing') response.writeHead(404).end('no such thing');
      else if (url === '/big') response.end('x'.repeat(6 * 1024 * 1024));
      else if (url === '/limits/user-7' && method === 'DELETE') {
        limited = false;
        response.writeHead(204).end();
      } else if (url === '/limits/user-7') response.end(JSON.stringify({ limited }));
      else if (url === '/v1/policies') response.end(JSON.stringify({ result: [{ id: 'mcp.rego', raw: '# x\npackage mcp\n' }, { id: 'a.rego' }] }));
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ok: true, echo: body, method }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  base = `http://127.0.0.1:${port}`;
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  const free = other.address();
  closed = `http://127.0.0.1:${typeof free === 'object' && free !== null ? free.port : 0}`;
  await new Promise((done) => other.close(done));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

beforeEach(() => {
  seen = [];
  limited = true;
  forbidden = false;
});

function clusterWith(real: readonly string[]): FakeCluster {
  const cluster = fakeCluster({ real, proxy: async (_name, _port, request) => await requestHttp(base, request) });
  addWorkload(cluster, 'api');
  return cluster;
}

function contextWith(real: readonly string[], cluster = clusterWith(real)): TestContext {
  return testContext({
    targets: {
      server: { deployment: 'api' },
      gone: { deployment: 'nowhere' },
      site: { url: base },
      rooted: { url: `${base}/base` },
      down: { url: closed },
      through: { workload: 'server', port: 'http' },
      within: { url: base, from: 'server' },
      itself: { workload: 'server', port, inside: true, path: '/api' },
      secret: { url: base, from: 'server', token_env: 'API_TOKEN', csrf_cookie: 'csrf_token' },
      lost: { workload: 'gone', port: 80 },
    },
    cluster,
    secrets: { API_TOKEN: TOKEN },
    http: async (url: string, request: HttpRequest) => await requestHttp(url, request),
  });
}

const request = calling(httpRequest);

describe('http.request', () => {
  test('from the bot', async () => {
    const reading = await request.run({ target: 'site', path: '/health' }, contextWith([]));
    expect(reading.output).toMatchObject({ reachable: true, status: 200, ok: true, json: { ok: true }, problem: '' });
    expect(reading.summary).toMatch(/^GET site\/health answered 200 in \d+ ms from the bot/);
    await request.run({ target: 'rooted', path: '/x' }, contextWith([]));
    await request.run({ target: 'rooted' }, contextWith([]));
    expect(seen.map(({ url }) => url)).toEqual(['/health', '/base/x', '/base']);
  });

  test("through the API server's proxy, to the pod's port of that name", async () => {
    const cluster = clusterWith([]);
    const proxied: (number | string)[] = [];
    const spied = { ...cluster, proxy: (async (to, sent) => (proxied.push(to.port), await cluster.proxy(to, sent))) as FakeCluster['proxy'] };
    const reading = await request.run({ target: 'through', path: '/missing', expect_status: 404 }, contextWith([], spied));
    expect(reading.output).toMatchObject({ status: 404, ok: true, body: 'no such thing', json: null });
    expect(proxied).toEqual([8_000]);
  });

  test.each(['curl', 'wget', 'python3', 'node'])('from inside of a container by the real %s, with a body', async (tool) => {
    const body = { action: 'query', user: 'te\'st "x" ünï\n', dataset: '$(id)' };
    const reading = await request.run(
      { target: 'within', method: 'POST', path: '/api/policy/evaluate?a=1', body, headers: { 'x-test': 'a b' } },
      contextWith([tool]),
    );
    expect(reading.output).toMatchObject({ reachable: true, status: 200, ok: true });
    expect(reading.summary).toContain(`from inside of api-0 by ${tool}`);
    expect(seen).toMatchObject([{ method: 'POST', url: '/api/policy/evaluate?a=1', body: JSON.stringify(body) }]);
    expect(seen[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'x-test': 'a b' });
    expect((await request.run({ target: 'within', path: '/missing' }, contextWith([tool]))).output).toMatchObject({
      reachable: true,
      status: 404,
      ok: false,
    });
    expect((await request.run({ target: 'within', path: '/there' }, contextWith([tool]))).output['reachable']).toBe(true);
  });

  test('inside of itself, below its own path', async () => {
    expect((await request.run({ target: 'itself', path: '/policy' }, contextWith(['curl']))).output).toMatchObject({ status: 200 });
    expect(seen[0]?.url).toBe('/api/policy');
  });

  test.each(['curl', 'python3', 'node'])('a token goes in by stdin with %s: it is in no argv, and hidden', async (tool) => {
    const cluster = clusterWith([tool, 'wget']);
    const context = contextWith([], cluster);
    const body = { text: 'line\none "two" \\three\ttab' };
    const reading = await request.run({ target: 'secret', method: 'POST', path: '/x', body }, context);
    expect(reading.output).toMatchObject({ status: 200 });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'POST', body: JSON.stringify(body) });
    expect(seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    const csrf = String(seen[0]?.headers['x-csrf-token']);
    expect(csrf.length).toBeGreaterThanOrEqual(32);
    expect(seen[0]?.headers.cookie).toBe(`csrf_token=${csrf}`);
    expect(JSON.stringify(cluster.execs.map(({ argv }) => argv))).not.toContain(TOKEN);
    expect(context.hidden).toContain(TOKEN);
  });

  test('what cannot be reached is an answer', async () => {
    expect((await request.run({ target: 'down' }, contextWith([]))).output).toMatchObject({
      reachable: false,
      ok: false,
      problem: 'unreachable',
    });
    // Nothing was asked: neither reachable nor unreachable.
    expect(await request.run({ target: 'lost' }, contextWith([]))).toMatchObject({ state: 'unknown', output: { problem: 'no-workload' } });
    expect((await request.run({ target: 'within' }, contextWith([]))).output).toEqual({ problem: 'no-tool' });
    for (const tool of ['curl', 'python3', 'node']) {
      expect((await request.run({ target: 'within', path: '/cut' }, contextWith([tool]))).output).toMatchObject({
        reachable: false,
        problem: 'unreachable',
      });
    }
  });

  test('a long body is cut in the output, whole in the file', async () => {
    const reading = await request.run({ target: 'site', path: '/big' }, contextWith([]));
    expect(String(reading.output['body'])).toHaveLength(4_096);
    expect(reading.text?.content).toHaveLength(4 * 1024 * 1024);
  });

  test('secrets and tricks do not come from runbooks', () => {
    for (const headers of [{ Authorization: 'x' }, { cookie: 'a=b' }, { 'x y': 'z' }, { x: 'a\nb' }])
      expect(() => request.parse({ target: 'site', headers })).toThrow();
    for (const path of ['no-slash', '/a b', '/a\nb', '/a#b']) expect(() => request.parse({ target: 'site', path })).toThrow();
    expect(() => request.parse({ target: 'site', method: 'DELETE' })).toThrow();
  });

  test('rights and pre-flight follow the way', async () => {
    const context = contextWith(['curl']);
    const rights = (target: string) =>
      request.rights({ target }, context).map((right) => `${right.resource}${right.subresource === undefined ? '' : `/${right.subresource}`}`);
    expect([rights('site'), rights('through'), rights('within')]).toEqual([
      [],
      ['deployments', 'pods', 'pods/proxy'],
      ['deployments', 'pods', 'pods/exec'],
    ]);
    expect((await request.preflight({ target: 'secret' }, context)).map(({ state, what }) => `${state} ${what}`)).toEqual([
      'ok API_TOKEN is set',
      'ok Container api of deployment/api has curl to ask secret with',
    ]);
    expect((await request.preflight({ target: 'secret' }, contextWith(['wget']))).map(({ state }) => state)).toEqual(['ok', 'failure']);
  });
});

test('[SK-12] the policies that OPA has loaded', async () => {
  const reading = await calling(opaPolicies).run({ target: 'through' }, contextWith([]));
  expect(reading.output).toEqual({ reachable: true, count: 2, ids: ['a.rego', 'mcp.rego'] });
  expect(reading.table?.rows[1]).toEqual(['mcp.rego', 'mcp', '3']);
  // A proxy in front of it that refuses says nothing of its policies.
  forbidden = true;
  expect(await calling(opaPolicies).run({ target: 'through' }, contextWith([]))).toMatchObject({ state: 'unknown', output: {} });
  expect(await calling(opaPolicies).run({ target: 'lost' }, contextWith([]))).toMatchObject({ state: 'unknown', output: {} });
});

describe('http.change', () => {
  const change = calling(httpChange);
  const input = { target: 'site', method: 'DELETE', path: '/limits/user-7', check: { path: '/limits/user-7', contains: '"limited":false' } };

  test('[AU-53] says that no plan is possible, sends once, and looks afterwards', async () => {
    const context = contextWith([]);
    const planned = await change.plan(input, context);
    expect(planned).toMatchObject({ diff: null, changes: true, snapshot: null });
    expect(planned.noPlan).toContain('no dry run');
    expect((await change.apply(input, planned, context, 'run:1')).output).toMatchObject({ sent: true, status: 204, checked: true });
    expect((await change.apply(input, planned, context, 'run:1')).output).toMatchObject({ sent: false, checked: true });
    const sent = seen.filter(({ method }) => method === 'DELETE');
    expect(sent).toHaveLength(1);
    expect(sent[0]?.headers['idempotency-key']).toBe('run:1');
    expect((await change.plan(input, context)).changes).toBe(false);
  });

  test('a refusal and a lost answer are errors', async () => {
    const context = contextWith([]);
    const refused = { target: 'site', method: 'DELETE', path: '/missing' };
    expect(await codeOf(change.apply(refused, await change.plan(refused, context), context))).toBe('http-refused');
    const cut = { target: 'site', method: 'POST', path: '/cut' };
    expect(await codeOf(change.apply(cut, await change.plan(cut, context), context))).toBe('http-unreachable');
  });

  test('a target that points elsewhere by now makes the plan stale', async () => {
    const context = contextWith([]);
    const planned = await change.plan(input, context);
    const moved = { ...context, target: () => ({ url: 'http://127.0.0.1:1' }) } as unknown as TestContext;
    expect(await codeOf(change.apply(input, planned, moved))).toBe('plan-stale');
    expect(seen.filter(({ method }) => method === 'DELETE')).toHaveLength(0);
  });
});

describe('requests of the bot itself', () => {
  const ask = (path: string, parts: Partial<HttpRequest> = {}) => requestHttp(base, { method: 'GET', path, timeoutMs: 5_000, ...parts });
  const reasonOf = async (promise: Promise<unknown>) =>
    await promise.then(
      () => 'none',
      (error: unknown) => (error instanceof ClusterError ? error.reason : 'other'),
    );

  test('redirects are followed on the same origin only', async () => {
    expect((await ask('/there')).status).toBe(200);
    expect(await ask('/elsewhere')).toMatchObject({ status: 302, body: 'gone' });
    expect((await ask('/there', { method: 'POST' })).status).toBe(302);
  });

  test('the body is limited', async () => expect((await ask('/big')).body).toHaveLength(4 * 1024 * 1024));

  test('failures say whether it may have been done', async () => {
    expect(await reasonOf(ask('/cut'))).toBe('unreachable');
    expect(await reasonOf(ask('/cut', { method: 'POST' }))).toBe('uncertain');
    expect(await reasonOf(ask('/slow', { timeoutMs: 50 }))).toBe('timeout');
    expect(await reasonOf(ask('/slow', { timeoutMs: 50, method: 'PATCH' }))).toBe('uncertain');
    expect(await reasonOf(requestHttp(closed, { method: 'POST', path: '/', timeoutMs: 1_000 }))).toBe('unreachable');
    expect(await reasonOf(requestHttp('http://127.0.0.1:1', { method: 'POST', path: '/', timeoutMs: 1_000 }))).toBe('misconfigured');
    expect(await reasonOf(requestHttp('http://user:pw@host', { method: 'GET', path: '/', timeoutMs: 1_000 }))).toBe('misconfigured');
  });

  test('messages hold neither path nor query', async () => {
    await expect(requestHttp(closed, { method: 'GET', path: '/x?token=abc', timeoutMs: 1_000 })).rejects.toThrow(
      `GET to ${closed}: nothing listens there (connection refused).`,
    );
  });
});

describe('what tools say', () => {
  const ran = (stdout: string, stderr = '', exitCode = 0) => ({ exitCode, stderr, stdout, bytes: new Uint8Array(), truncated: false, ms: 12 });

  test('curl: whatever the body is, it comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('\n', '2', '0', ' ', '.', 'a') }), (body) => {
        expect(readCurl(ran(`${body}\n201 0.123456`))).toEqual({ kind: 'answer', status: 201, body, ms: 123 });
      }),
    );
    expect(readCurl(ran('\n000 0.000000', 'curl: (7) Failed to connect to x port 1: Connection refused', 7))).toEqual({
      kind: 'silent',
      why: 'Failed to connect to x port 1: Connection refused',
    });
  });

  test("curl's configuration never breaks out of its quotes", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\r', 'a', '\t') }), (body) => {
        const text = curlConfig({ method: 'POST', url: 'http://x/', headers: {}, body, timeoutMs: 1_000, secret: true });
        expect(text.split('\n').every((line) => line === '' || /^[a-z-]+( = ("(?:[^"\\]|\\.)*"|\d+))?$/.test(line))).toBe(true);
      }),
    );
  });

  test('BusyBox wget', () => {
    expect(readWget(ran('', '  HTTP/1.1 404 Not Found\nwget: server returned error: HTTP/1.1 404 Not Found', 1))).toMatchObject({ status: 404 });
    expect(readWget(ran('', "wget: can't connect to remote host: Connection refused", 1))).toEqual({
      kind: 'silent',
      why: "can't connect to remote host: Connection refused",
    });
  });
});
