import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type KubernetesSimulator, startKubernetesSimulator } from '../../kubernetes/index.ts';
import { call, JSON_PATCH, MERGE, STRATEGIC } from './client.ts';

const FRONTEND = '/apis/apps/v1/namespaces/aureus/deployments/aureus-frontend';
const START = Date.parse('2026-11-21T12:00:00Z');
const MANIFESTS = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: tocsin, namespace: aureus }
rules:
  - { apiGroups: [""], resources: [pods, pods/log], verbs: [get, list] }
  - { apiGroups: [apps], resources: [deployments], resourceNames: [aureus-frontend], verbs: [get, patch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: tocsin, namespace: aureus }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: tocsin }
subjects: [{ kind: ServiceAccount, name: tocsin, namespace: tocsin }]
`;

let simulator: KubernetesSimulator;

beforeAll(async () => {
  simulator = await startKubernetesSimulator({ seed: 'aureus', now: () => START, ticking: false, manifests: [MANIFESTS] });
});
afterAll(async () => await simulator.stop());

describe('errors', () => {
  test.each([
    ['GET', '/apis/apps/v1/namespaces/aureus/deployments/nothing', 404, 'NotFound', 'deployments.apps "nothing" not found'],
    ['GET', '/api/v1/namespaces/aureus/pods/nothing', 404, 'NotFound', 'pods "nothing" not found'],
    ['GET', '/apis/nothing/v1/things', 404, 'NotFound', 'the server could not find the requested resource'],
    ['GET', '/api/v1/pods?fieldSelector=spec.x%3D1', 400, 'BadRequest', 'field label not supported: spec.x'],
  ])('%s %s is %d', async (method, path, status, reason, message) => {
    const reply = await call(simulator, method, path);
    expect(reply).toMatchObject({ status, json: { kind: 'Status', status: 'Failure', code: status, reason, message } });
  });

  test('401 for a token that is none', async () => {
    expect(await call(simulator, 'GET', '/api/v1/pods', { token: 'wrong' })).toMatchObject({
      status: 401,
      json: { reason: 'Unauthorized', message: 'Unauthorized' },
    });
  });

  test.each([
    [{ spec: { replicas: -1 } }, MERGE, 422, 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    [{ spec: { selector: { matchLabels: { app: 'aureus', component: 'frontend', x: 'y' } } } }, STRATEGIC, 422, 'field is immutable'],
    [
      { metadata: { resourceVersion: '1' } },
      MERGE,
      409,
      'the object has been modified; please apply your changes to the latest version and try again',
    ],
    [{ spec: { replicas: 'three' } }, MERGE, 400, 'cannot unmarshal string into Go struct field'],
    [[{ op: 'test', path: '/spec/replicas', value: 99 }], JSON_PATCH, 422, 'the server rejected our request due to an error in our request'],
    [
      {},
      'application/apply-patch+yaml',
      415,
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json',
    ],
    [{}, 'text/plain', 415, 'the body of the request was in an unknown format'],
  ])('patch %j as %s is %d', async (body, type, status, message) => {
    const reply = await call(simulator, 'PATCH', FRONTEND, { body, type });
    expect(reply.status).toBe(status);
    expect(reply.json['message']).toContain(message);
  });

  test('an unknown field is dropped with a warning, and refused under Strict', async () => {
    const body = { spec: { template: { spec: { containers: [{ name: 'frontend', imgae: 'x' }] } } } };
    const warned = await call(simulator, 'PATCH', `${FRONTEND}?dryRun=All`, { body, type: STRATEGIC });
    expect(warned.status).toBe(200);
    expect(warned.headers['warning']).toContain('unknown field \\"spec.template.spec.containers[0].imgae\\"');
    const strict = await call(simulator, 'PATCH', `${FRONTEND}?dryRun=All&fieldValidation=Strict`, { body, type: STRATEGIC });
    expect(strict).toMatchObject({ status: 400, json: { reason: 'BadRequest' } });
    expect(strict.json['message']).toContain('strict decoding error: unknown field "spec.template.spec.containers[0].imgae"');
  });
});

describe('dry run', () => {
  test('answers with the change and stores nothing', async () => {
    const before = await call(simulator, 'GET', FRONTEND);
    const reply = await call(simulator, 'PATCH', `${FRONTEND}?dryRun=All`, { body: { spec: { replicas: 7 } }, type: MERGE });
    expect(reply.json).toMatchObject({ spec: { replicas: 7 } });
    expect((await call(simulator, 'GET', FRONTEND)).json).toEqual(before.json);
  });

  test('of a delete and of a create', async () => {
    const path = '/api/v1/namespaces/aureus/configmaps';
    expect(await call(simulator, 'POST', `${path}?dryRun=All`, { body: { metadata: { name: 'x' }, data: { a: 'b' } } })).toMatchObject({
      status: 201,
    });
    expect((await call(simulator, 'GET', `${path}/x`)).status).toBe(404);
    expect((await call(simulator, 'DELETE', `${path}/aureus-config?dryRun=All`)).status).toBe(200);
    expect((await call(simulator, 'GET', `${path}/aureus-config`)).status).toBe(200);
  });

  test('another value is refused', async () => {
    const reply = await call(simulator, 'PATCH', `${FRONTEND}?dryRun=Some`, { body: {}, type: MERGE });
    expect(reply).toMatchObject({
      status: 422,
      json: { message: 'PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: "Some": supported values: "All"' },
    });
  });
});

describe('claims', () => {
  const claims = '/api/v1/namespaces/aureus/persistentvolumeclaims';
  const storage = (text: string): object => ({ spec: { resources: { requests: { storage: text } } } });

  test('a class that cannot expand is refused in the words of the real server', async () => {
    const reply = await call(simulator, 'PATCH', `${claims}/data-aureus-postgres-0`, { body: storage('100Gi'), type: STRATEGIC });
    const why = 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
    expect(reply).toMatchObject({
      status: 403,
      json: { reason: 'Forbidden', message: `persistentvolumeclaims "data-aureus-postgres-0" is forbidden: ${why}` },
    });
  });

  test('shrinking is invalid', async () => {
    const reply = await call(simulator, 'PATCH', `${claims}/aureus-evidence-pvc`, { body: storage('1Gi'), type: STRATEGIC });
    expect(reply.status).toBe(422);
    expect(reply.json['message']).toContain('field can not be less than status.capacity');
  });

  test('one that can grows, and says so when it has', async () => {
    expect((await call(simulator, 'PATCH', `${claims}/aureus-evidence-pvc`, { body: storage('60Gi'), type: STRATEGIC })).status).toBe(200);
    await simulator.advance(3_000);
    expect((await call(simulator, 'GET', `${claims}/aureus-evidence-pvc`)).json).toMatchObject({ status: { capacity: { storage: '60Gi' } } });
  });
});

describe('lists', () => {
  test('limit and continue walk through all, once each', async () => {
    const names: string[] = [];
    let token = '';
    do {
      const { json } = await call(simulator, 'GET', `/api/v1/namespaces/aureus/pods?limit=2${token === '' ? '' : `&continue=${token}`}`);
      names.push(...(json['items'] as { metadata: { name: string } }[]).map((each) => each.metadata.name));
      token = (json['metadata'] as { continue?: string }).continue ?? '';
    } while (token !== '');
    expect(names).toEqual(simulator.cluster.list('pods', 'aureus').map((pod) => pod.metadata.name));
  });

  test('a table has the columns and cells that kubectl prints', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const { json } = await call(simulator, 'GET', '/apis/apps/v1/namespaces/aureus/deployments', { accept });
    expect(json).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(
      (json['columnDefinitions'] as { name: string; priority: number }[]).filter((each) => each.priority === 0).map((each) => each.name),
    ).toEqual(['Name', 'Ready', 'Up-to-date', 'Available', 'Age']);
    expect((json['rows'] as { cells: unknown[] }[])[0]?.cells.slice(0, 5)).toEqual(['aureus-frontend', '3/3', 3, 3, '3h']);
  });
});

describe('watch', () => {
  test('tells what came after a version, and an object that leaves the selection as deleted', async () => {
    const path = '/api/v1/namespaces/aureus/configmaps';
    const from = ((await call(simulator, 'GET', path)).json['metadata'] as { resourceVersion: string }).resourceVersion;
    await call(simulator, 'POST', path, { body: { metadata: { name: 'seen', labels: { a: '1' } } } });
    await call(simulator, 'PATCH', `${path}/seen`, { body: { metadata: { labels: { a: '2' } } }, type: MERGE });
    await call(simulator, 'DELETE', `${path}/seen`);
    const reply = await call(simulator, 'GET', `${path}?watch=true&labelSelector=a%3D1&resourceVersion=${from}&timeoutSeconds=1`);
    const events = reply.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; object: { metadata: { name: string } } });
    expect(events.map((event) => [event.type, event.object.metadata.name])).toEqual([
      ['ADDED', 'seen'],
      ['DELETED', 'seen'],
    ]);
  });

  test('a forgotten version ends in 410', async () => {
    const reply = await call(simulator, 'GET', '/api/v1/pods?watch=true&resourceVersion=1&timeoutSeconds=1');
    expect(JSON.parse(reply.body)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });
});

describe('RBAC', () => {
  test.each([
    ['GET', '/api/v1/namespaces/aureus/pods', 200],
    ['GET', FRONTEND, 200],
    ['GET', '/apis/apps/v1/namespaces/aureus/deployments', 403],
    ['GET', '/apis/apps/v1/namespaces/aureus/deployments/aureus-redis', 403],
    ['GET', '/api/v1/pods', 403],
    ['DELETE', FRONTEND, 403],
    ['GET', '/api/v1/namespaces/aureus/secrets', 403],
  ])('tocsin: %s %s is %d', async (method, path, status) => expect((await call(simulator, method, path, { user: 'tocsin' })).status).toBe(status));

  test('says who may not do what, where', async () => {
    const { json } = await call(simulator, 'PATCH', `${FRONTEND}/scale`, { user: 'tocsin', body: {}, type: MERGE });
    const why = 'User "system:serviceaccount:tocsin:tocsin" cannot patch resource "deployments/scale" in API group "apps" in the namespace "aureus"';
    expect(json).toMatchObject({ reason: 'Forbidden', message: `deployments.apps "aureus-frontend" is forbidden: ${why}` });
  });

  test.each([
    [{ verb: 'patch', group: 'apps', resource: 'deployments', name: 'aureus-frontend', namespace: 'aureus' }, true],
    [{ verb: 'patch', group: 'apps', resource: 'deployments', subresource: 'scale', name: 'aureus-frontend', namespace: 'aureus' }, false],
    [{ verb: 'get', resource: 'pods', subresource: 'exec', namespace: 'aureus' }, false],
  ])('an access review of %j is %s', async (resourceAttributes, allowed) => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const { json } = await call(simulator, 'POST', path, { user: 'tocsin', body: { spec: { resourceAttributes } } });
    expect(json).toMatchObject({ status: { allowed } });
  });
});
