import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createCluster } from '../../../src/adapters/kubernetes/index.ts';
import { ClusterError } from '../../../src/ports/cluster.ts';
import { type FakeServer, fakeServer, json, pod, status, TOKEN } from './server.ts';

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'frontend' } as const;
const POD = { apiVersion: 'v1', kind: 'Pod' } as const;

let server: FakeServer;
beforeEach(async () => {
  server = await fakeServer();
});
afterEach(() => server.close());

async function failure(work: Promise<unknown>): Promise<ClusterError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ClusterError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('reading', () => {
  test('asks for a known kind in the default namespace with the token, over plain http', async () => {
    server.respond = (_seen, response) => json(response, 200, { ...pod('frontend'), kind: 'Deployment', apiVersion: 'apps/v1' });
    const object = await server.cluster().get(DEPLOYMENT);
    expect(object?.metadata.name).toBe('frontend');
    expect(server.seen[0]?.url.pathname).toBe('/apis/apps/v1/namespaces/aureus/deployments/frontend');
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  test('an absent object is null, an absent kind an error', async () => {
    server.respond = (_seen, response) => json(response, 404, status(404, 'NotFound', 'not found'));
    expect(await server.cluster().get(DEPLOYMENT)).toBeNull();
    const error = await failure(server.cluster().list({ apiVersion: 'ops.prov-fabric.io/v1alpha1', kind: 'Rollback' }));
    expect(error.reason).toBe('not-found');
    expect(error.message).toBe('The cluster fake has no kind Rollback in ops.prov-fabric.io/v1alpha1.');
  });

  test('discovers a custom resource once, and that it has no namespace', async () => {
    server.respond = (seen, response) => {
      if (seen.url.pathname === '/apis/ops.prov-fabric.io/v1alpha1') {
        return json(response, 200, {
          resources: [
            { name: 'rollbacks/status', kind: 'Rollback', namespaced: true },
            { name: 'rollbacks', kind: 'Rollback', namespaced: false },
          ],
        });
      }
      return json(response, 200, { metadata: { resourceVersion: '1' }, items: [] });
    };
    const cluster = server.cluster();
    await cluster.list({ apiVersion: 'ops.prov-fabric.io/v1alpha1', kind: 'Rollback' });
    await cluster.list({ apiVersion: 'ops.prov-fabric.io/v1alpha1', kind: 'Rollback' });
    expect(server.seen.map((seen) => seen.url.pathname)).toEqual([
      '/apis/ops.prov-fabric.io/v1alpha1',
      '/apis/ops.prov-fabric.io/v1alpha1/rollbacks',
      '/apis/ops.prov-fabric.io/v1alpha1/rollbacks',
    ]);
  });

  test('lists page by page, and gives each item its kind', async () => {
    server.respond = (seen, response) => {
      const next = seen.url.searchParams.get('continue');
      json(response, 200, {
        metadata: { resourceVersion: '9', continue: next === null ? 'more' : '' },
        items: [{ metadata: { name: next ?? 'first' } }],
      });
    };
    const pods = await server.cluster().list(POD, { labelSelector: 'app=aureus' });
    expect(pods.map((one) => `${one.kind} ${one.metadata.name}`)).toEqual(['Pod first', 'Pod more']);
    expect(server.seen.every((seen) => seen.url.searchParams.get('labelSelector') === 'app=aureus')).toBe(true);
  });

  test('begins again without pages when the server has forgotten the first one', async () => {
    server.respond = (seen, response) => {
      if (seen.url.searchParams.has('continue')) return json(response, 410, status(410, 'Expired', 'too old'));
      const paged = seen.url.searchParams.has('limit');
      return json(response, 200, {
        metadata: { resourceVersion: '9', continue: paged ? 'more' : '' },
        items: [{ metadata: { name: paged ? 'stale' : 'whole' } }],
      });
    };
    expect((await server.cluster().list(POD)).map((one) => one.metadata.name)).toEqual(['whole']);
  });

  test('all namespaces are asked for by a star', async () => {
    server.respond = (_seen, response) => json(response, 200, { metadata: {}, items: null });
    expect(await server.cluster().list(POD, { namespace: '*' })).toEqual([]);
    expect(server.seen[0]?.url.pathname).toBe('/api/v1/pods');
  });

  test('a name cannot leave its place in the path', async () => {
    server.respond = (_seen, response) => json(response, 404, {});
    await server.cluster().get({ ...POD, name: '../secrets/x?watch=1' });
    expect(server.seen[0]?.url.pathname).toBe('/api/v1/namespaces/aureus/pods/..%2Fsecrets%2Fx%3Fwatch%3D1');
  });

  test('logs ask for what was wanted', async () => {
    server.respond = (_seen, response) => void response.end('one\ntwo ü\n');
    const log = await server.cluster().logs({ pod: 'p', container: 'c', tail: 5, sinceSeconds: 60, previous: true, timestamps: true });
    expect(log).toEqual({ text: 'one\ntwo ü\n', dropped: 0 });
    expect(server.seen[0]?.url.pathname).toBe('/api/v1/namespaces/aureus/pods/p/log');
    expect(Object.fromEntries(server.seen[0]?.url.searchParams ?? [])).toMatchObject({
      container: 'c',
      tailLines: '5',
      sinceSeconds: '60',
      previous: 'true',
      timestamps: 'true',
    });
  });

  test('of a log that is too long the newest lines are kept, whole, and the rest is counted', async () => {
    const lines = Array.from({ length: 40_000 }, (_, index) => `line ${index} of a chatty application\n`);
    const whole = `${lines.join('')}NEWEST-ERROR out of memory\n`;
    server.respond = (_seen, response) => void response.end(whole);
    const { text, dropped } = await server.cluster().logs({ pod: 'p', container: 'c', keepBytes: 64 * 1024 });
    expect(server.seen[0]?.url.searchParams.has('limitBytes')).toBe(false);
    expect(text.endsWith('NEWEST-ERROR out of memory\n')).toBe(true);
    expect(text.startsWith('line ')).toBe(true);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64 * 1024);
    expect(Buffer.byteLength(text) + dropped).toBe(Buffer.byteLength(whole));
  });

  test('at most eight requests are under way at once', async () => {
    let open = 0;
    let most = 0;
    server.respond = (_seen, response) => {
      open += 1;
      most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        json(response, 200, pod('p'));
      });
    };
    const cluster = server.cluster();
    await Promise.all(Array.from({ length: 40 }, (_, index) => cluster.get({ ...POD, name: `p${index}` })));
    expect(server.seen).toHaveLength(40);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(8);
  });
});

describe('trying again', () => {
  test('a read comes back after 429 as told, and after 5xx', async () => {
    const answers = [429, 503, 500, 200];
    server.respond = (_seen, response) => {
      const code = answers.shift() ?? 200;
      json(response, code, code === 200 ? pod('p') : {}, code === 429 ? { 'retry-after': '3' } : {});
    };
    expect((await server.cluster().get({ ...POD, name: 'p' }))?.metadata.name).toBe('p');
    expect(server.waits[0]).toBe(3000);
    expect(server.seen).toHaveLength(4);
  });

  test('never for longer than ten seconds, and not for ever', async () => {
    server.respond = (_seen, response) => json(response, 429, status(429, 'TooManyRequests', 'slow down'), { 'retry-after': '86400' });
    const error = await failure(server.cluster().get({ ...POD, name: 'p' }));
    expect(error.reason).toBe('throttled');
    expect(server.waits).toEqual([10_000, 10_000, 10_000]);
  });

  test('a change is not repeated after a 5xx that does not say when: it may have happened', async () => {
    server.respond = (_seen, response) => json(response, 500, status(500, 'InternalError', 'etcdserver: request timed out'));
    const error = await failure(server.cluster().patch(DEPLOYMENT, { type: 'merge', body: {} }));
    expect(error.reason).toBe('uncertain');
    expect(server.seen).toHaveLength(1);
  });

  test('a change is repeated after a 503 that says when, and a dry run after any', async () => {
    const answers = [503, 200, 500, 200];
    server.respond = (_seen, response) => {
      const code = answers.shift() ?? 200;
      json(response, code, code === 200 ? pod('p') : {}, code === 503 ? { 'retry-after': '1' } : {});
    };
    await server.cluster().patch(DEPLOYMENT, { type: 'merge', body: {} });
    await server.cluster().patch(DEPLOYMENT, { type: 'merge', body: {} }, { dryRun: true });
    expect(server.seen.map((seen) => seen.url.searchParams.get('dryRun'))).toEqual([null, null, 'All', 'All']);
  });

  test('a lost connection makes a change uncertain and a read come again', async () => {
    let lost = 0;
    server.respond = (seen, response) => {
      if (seen.method === 'PATCH' || lost++ === 0) return void response.destroy();
      return json(response, 200, pod('p'));
    };
    expect((await failure(server.cluster().patch(DEPLOYMENT, { type: 'merge', body: {} }))).reason).toBe('uncertain');
    expect(server.seen).toHaveLength(1);
    expect((await server.cluster().get({ ...POD, name: 'p' }))?.metadata.name).toBe('p');
  });

  test('a server that is not there is unreachable, even for a change', async () => {
    const cluster = server.cluster();
    await server.close();
    expect((await failure(cluster.patch(DEPLOYMENT, { type: 'merge', body: {} }))).reason).toBe('unreachable');
    server = await fakeServer();
  });

  test('an answer that is cut off is no answer', async () => {
    let cut = true;
    server.respond = (_seen, response) => {
      if (!cut) return json(response, 200, pod('whole'));
      cut = false;
      response.writeHead(200, { 'content-length': '500' });
      response.write('{"apiVersion":"v1"', () => response.destroy());
    };
    expect((await server.cluster().get({ ...POD, name: 'p' }))?.metadata.name).toBe('whole');
  });

  test('a server that does not answer is a timeout, for a change uncertain', async () => {
    server.respond = () => undefined;
    expect((await failure(server.cluster({ timeoutMs: 50 }).get({ ...POD, name: 'p' }))).reason).toBe('timeout');
    expect((await failure(server.cluster({ timeoutMs: 50 }).patch(DEPLOYMENT, { type: 'merge', body: {} }))).reason).toBe('uncertain');
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    server.respond = () => stop.abort();
    const error = await failure(server.cluster({ signal: stop.signal }).get({ ...POD, name: 'p' }));
    expect(error.reason).toBe('timeout');
    expect(server.seen).toHaveLength(1);
  });
});

describe('errors', () => {
  test('forbidden names the verb, the resource, the namespace and the user', async () => {
    const message =
      'deployments.apps "frontend" is forbidden: User "system:serviceaccount:ops:tocsin" cannot patch resource "deployments" in API group "apps" in the namespace "aureus"';
    server.respond = (_seen, response) => json(response, 403, status(403, 'Forbidden', message));
    const error = await failure(server.cluster().patch(DEPLOYMENT, { type: 'merge', body: {} }));
    expect(error.reason).toBe('forbidden');
    expect(error.status).toBe(403);
    expect(error.message).toBe(
      "User system:serviceaccount:ops:tocsin may not patch deployments.apps/frontend in namespace aureus. Add patch on deployments.apps to the bot's role in namespace aureus.",
    );
  });

  test.each([
    [
      422,
      `deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'frozen' with binding 'b' denied request: no changes today.`,
      'policy frozen',
      'no changes today',
    ],
    [403, 'admission webhook "guard.example.com" denied the request: images need a digest', 'webhook guard.example.com', 'images need a digest'],
  ])('what admission refuses (%i) is said in its words, and by whom', async (code, message, who, words) => {
    server.respond = (_seen, response) => json(response, code, status(code, code === 403 ? 'Forbidden' : 'Invalid', message));
    const error = await failure(server.cluster().patch({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, { type: 'merge', body: {} }));
    expect(error.message).toBe(
      `The ${who} of the cluster refuses to patch deployments.apps/web in namespace aureus: ${words}. Whoever keeps the cluster’s policies has to allow it.`,
    );
  });

  test('a 403 of admission keeps its own words', async () => {
    server.respond = (_seen, response) => json(response, 403, status(403, 'Forbidden', 'exceeded quota: pods=10'));
    expect((await failure(server.cluster().patch(DEPLOYMENT, { type: 'merge', body: {} }))).message).toContain('exceeded quota: pods=10');
  });

  test('a conflict, an object that exists, and one that is wrong are told apart', async () => {
    const answers = [
      [409, 'Conflict'],
      [409, 'AlreadyExists'],
      [422, 'Invalid'],
    ] as const;
    let next = 0;
    server.respond = (_seen, response) => {
      const [code, reason] = answers[next++] ?? [500, ''];
      json(response, code, status(code, reason, 'said'));
    };
    const cluster = server.cluster();
    expect((await failure(cluster.patch(DEPLOYMENT, { type: 'merge', body: {} }))).reason).toBe('conflict');
    expect((await failure(cluster.create(pod('x') as never))).reason).toBe('exists');
    expect((await failure(cluster.patch(DEPLOYMENT, { type: 'merge', body: {} }))).reason).toBe('invalid');
  });

  test('what a Secret holds is not quoted', async () => {
    server.respond = (_seen, response) =>
      json(
        response,
        422,
        status(422, 'Invalid', 'data[key]: Invalid value: "hunter2"', { causes: [{ field: 'data[key]', message: 'Invalid value: "hunter2"' }] }),
      );
    const error = await failure(server.cluster().patch({ apiVersion: 'v1', kind: 'Secret', name: 's' }, { type: 'merge', body: {} }));
    expect(error.message).toContain('data[key]');
    expect(error.message).not.toContain('hunter2');
  });

  test('a refused token is said once the kubeconfig was read again, and is not in the text', async () => {
    server.respond = (_seen, response) => json(response, 401, status(401, 'Unauthorized', 'Unauthorized'));
    const error = await failure(server.cluster().get(DEPLOYMENT));
    expect(error.reason).toBe('unauthorized');
    expect(server.seen).toHaveLength(2);
    expect(`${error.message} ${error.stack}`).not.toContain(TOKEN);
  });

  test('a broken kubeconfig is not quoted, an unknown context names those there are', async () => {
    const broken = await failure(createCluster({ kubeconfig: { text: `users: [{token: ${TOKEN}` }, namespace: 'x' }).raw('/version'));
    expect(broken.reason).toBe('misconfigured');
    expect(`${broken.message} ${broken.stack}`).not.toContain(TOKEN);
    const unknown = await failure(createCluster({ kubeconfig: { text: server.kubeconfig }, context: 'prod', namespace: 'x' }).raw('/version'));
    expect(unknown.message).toBe('the kubeconfig has no context prod. It has: fake, other.');
    const absent = await failure(createCluster({ kubeconfig: { file: '/nowhere/config' }, namespace: 'x' }).raw('/version'));
    expect(absent.message).toContain('/nowhere/config cannot be read (ENOENT)');
  });
});

describe('writing', () => {
  test('each patch has its type, and a subresource its path', async () => {
    server.respond = (_seen, response) => json(response, 200, pod('p'));
    const cluster = server.cluster();
    await cluster.patch(DEPLOYMENT, { type: 'strategic', body: { a: 1 } });
    await cluster.patch(DEPLOYMENT, { type: 'merge', body: { spec: { replicas: 2 } }, subresource: 'scale' });
    await cluster.patch(DEPLOYMENT, { type: 'json', body: [] });
    expect(server.seen.map((seen) => `${seen.url.pathname.split('/').slice(6).join('/')} ${seen.headers['content-type']}`)).toEqual([
      'deployments/frontend application/strategic-merge-patch+json',
      'deployments/frontend/scale application/merge-patch+json',
      'deployments/frontend application/json-patch+json',
    ]);
    expect(server.seen[0]?.url.searchParams.get('fieldManager')).toBe('tocsin');
  });

  test('a deletion names the uid it means', async () => {
    server.respond = (_seen, response) => json(response, 200, {});
    await server.cluster().delete({ ...POD, name: 'p' }, { uid: 'u-1', gracePeriodSeconds: 5, dryRun: true });
    expect(JSON.parse(server.seen[0]?.body ?? '')).toMatchObject({ preconditions: { uid: 'u-1' }, gracePeriodSeconds: 5, dryRun: ['All'] });
  });
});

describe('the proxy', () => {
  const request = { method: 'GET', path: '/v1/policies?pretty', timeoutMs: 1000 };

  test("an application's answer is its own, whatever its status", async () => {
    server.respond = (_seen, response) => void response.writeHead(500, { 'x-app': 'opa' }).end('broken');
    const answer = await server.cluster().proxy({ kind: 'Pod', name: 'opa-1', port: 8181, scheme: 'https' }, request);
    expect(answer).toMatchObject({ status: 500, body: 'broken' });
    expect(answer.headers['x-app']).toBe('opa');
    expect(`${server.seen[0]?.url.pathname}${server.seen[0]?.url.search}`).toBe(
      '/api/v1/namespaces/aureus/pods/https:opa-1:8181/proxy/v1/policies?pretty',
    );
    expect(server.seen).toHaveLength(1);
  });

  test("an application's 401 and 429 are not the API server's", async () => {
    const answers = [401, 429];
    server.respond = (_seen, response) => json(response, answers.shift() ?? 500, { error: 'of the application' }, { 'retry-after': '9' });
    expect((await server.cluster().proxy({ kind: 'Pod', name: 'web', port: 80 }, request)).status).toBe(401);
    expect((await server.cluster().proxy({ kind: 'Pod', name: 'web', port: 80 }, request)).status).toBe(429);
    expect([server.seen.length, server.waits]).toEqual([2, []]);
  });

  test('a connection that is lost is tried again for a GET, never for a POST', async () => {
    let lost = true;
    server.respond = (_seen, response) => {
      if (!lost) return void response.end('ok');
      lost = false;
      response.destroy();
    };
    expect((await server.cluster().proxy({ kind: 'Pod', name: 'web', port: 80 }, request)).body).toBe('ok');
    lost = true;
    expect((await failure(server.cluster().proxy({ kind: 'Pod', name: 'web', port: 80 }, { ...request, method: 'POST', body: '{}' }))).reason).toBe(
      'uncertain',
    );
  });

  test("the API server's own refusals are errors", async () => {
    server.respond = (_seen, response) =>
      json(response, 503, status(503, 'ServiceUnavailable', 'error trying to reach service: dial tcp 10.0.0.1:8181: connect: connection refused'));
    const error = await failure(server.cluster().proxy({ kind: 'Service', name: 'opa', port: 'http' }, request));
    expect(error.reason).toBe('unreachable');
    expect(error.message).toContain('connection refused');
  });

  test('an Authorization header would go no further than the API server, so it is refused', async () => {
    const error = await failure(server.cluster().proxy({ kind: 'Pod', name: 'x', port: 1 }, { ...request, headers: { Authorization: 'Bearer x' } }));
    expect(error.reason).toBe('invalid');
    expect(
      (await failure(server.cluster().proxy({ kind: 'Pod', name: 'x', port: 1 }, { ...request, headers: { 'Impersonate-User': 'admin' } }))).reason,
    ).toBe('invalid');
    expect((await failure(server.cluster().proxy({ kind: 'Pod', name: 'x', port: 1 }, { ...request, path: 'health' }))).reason).toBe('invalid');
    expect(server.seen).toHaveLength(0);
  });
});

describe('rights', () => {
  test('every verb has to be allowed', async () => {
    server.respond = (seen, response) => {
      const { verb } = (JSON.parse(seen.body) as { spec: { resourceAttributes: { verb: string } } }).spec.resourceAttributes;
      json(response, 201, { status: { allowed: verb === 'get', reason: verb === 'get' ? 'RBAC: allowed' : '' } });
    };
    const cluster = server.cluster();
    expect(await cluster.can({ group: '', resource: 'pods', subresource: 'exec', verbs: ['get', 'create'] })).toEqual({
      allowed: false,
      reason: null,
    });
    expect(await cluster.can({ group: '', resource: 'pods', verbs: ['get'] })).toEqual({ allowed: true, reason: null });
    expect(JSON.parse(server.seen[0]?.body ?? '')).toMatchObject({ spec: { resourceAttributes: { namespace: 'aureus', subresource: 'exec' } } });
  });
});
