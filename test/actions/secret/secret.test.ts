import { beforeEach, describe, expect, test } from '@jest/globals';
import { secretRotate } from '../../../src/actions/secret/rotate.ts';
import { usesSecret } from '../../../src/actions/secret/users.ts';
import { addWorkload, type FakeCluster, fakeCluster } from '../net/helpers/cluster.ts';
import { calling, codeOf, type TestContext, testContext } from '../net/helpers/context.ts';

const OLD = 'old-secret-value-91f2';
const rotate = calling(secretRotate);
const input = { target: 'key' };

let cluster: FakeCluster;
let context: TestContext;

beforeEach(() => {
  cluster = fakeCluster();
  addWorkload(cluster, 'sark-api', { secret: 'sark-secrets' });
  addWorkload(cluster, 'worker', { secret: 'sark-secrets' });
  cluster.add({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'sark-secrets' },
    data: { 'secret-key': Buffer.from(OLD).toString('base64'), other: Buffer.from('stays-as-it-is').toString('base64') },
  });
  context = testContext({
    targets: {
      api: { deployment: 'sark-api' },
      key: { secret: 'sark-secrets', key: 'secret-key', workloads: ['api'] },
      wrong: { secret: 'sark-secrets', key: 'nope' },
    },
    cluster,
  });
});

function data(): Record<string, string> {
  const object = cluster.objects.get('Secret/sark-secrets');
  return Object.fromEntries(
    Object.entries(object?.['data'] as Record<string, string>).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

function annotations(): Record<string, string> | undefined {
  const object = cluster.objects.get('Deployment/sark-api') as unknown as {
    spec: { template: { metadata: { annotations?: Record<string, string> } } };
  };
  return object.spec.template.metadata.annotations;
}

describe('A plan says who else manages the Secret and its readers', () => {
  test('Argo CD, which sets the key, and an operator that owns the reader', async () => {
    cluster.add({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'sark-secrets',
        annotations: { 'argocd.argoproj.io/tracking-id': 'sark:/Secret:sark/sark-secrets' },
        managedFields: [{ manager: 'argocd-controller', operation: 'Apply', fieldsV1: { 'f:data': { 'f:secret-key': {} } } }],
      },
      data: { 'secret-key': Buffer.from(OLD).toString('base64') },
    });
    const reader = cluster.objects.get('Deployment/sark-api');
    if (reader === undefined) throw new Error('no reader');
    const ownerReferences = [{ apiVersion: 'sark.dev/v1', kind: 'Sark', name: 'prod', uid: 'u', controller: true }];
    cluster.add({ ...reader, metadata: { ...reader.metadata, ownerReferences } });
    const { notes } = await rotate.plan(input, context);
    expect(notes[0]).toMatch(/^Argo CD \(application sark\) sets the key secret-key of secret\/sark-secrets and puts this back within seconds/);
    expect(notes[1]).toMatch(/^deployment\/sark-api belongs to sark\/prod: if its operator sets the time of the restart, it puts this back/);
  });

  test('nobody: nothing is said of it', async () => {
    const { notes } = await rotate.plan(input, context);
    expect(notes.join('\n')).not.toMatch(/manages|belongs to|puts this back/);
  });
});

describe('secret.rotate', () => {
  test('[SK-52] one key gets a new value that nobody sees, its readers restart, and a retry does neither again', async () => {
    const planned = await rotate.plan(input, context);
    expect(planned.diff?.split('\n').slice(0, 4)).toEqual([
      '  secret/sark-secrets',
      '- secret-key: (old value, not shown)',
      '+ secret-key: (new value, not shown)',
      '  other: (stays)',
    ]);
    expect(data()['secret-key']).toBe(OLD);
    const first = await rotate.apply(input, planned, context, 'run:1');
    expect(first.output).toEqual({ rotated: true, rolled: ['deployment/sark-api'] });
    const fresh = data()['secret-key'] ?? '';
    expect(Buffer.from(fresh, 'base64url')).toHaveLength(32);
    expect(data()['other']).toBe('stays-as-it-is');
    const marks = annotations();
    const second = await rotate.apply(input, planned, context, 'run:1');
    expect(second.output).toEqual({ rotated: false, rolled: ['deployment/sark-api'] });
    expect(data()['secret-key']).toBe(fresh);
    expect(annotations()).toEqual(marks);
    expect(context.hidden).toEqual(expect.arrayContaining([OLD, fresh]));
    for (const value of [OLD, fresh]) expect(JSON.stringify([planned, first, second, context.said])).not.toContain(value);
    expect(rotate.reverts).toBe(false);
  });

  test('a crash after the new value goes on with the restart, with that value', async () => {
    const planned = await rotate.plan(input, context);
    const dying = {
      ...cluster,
      patch: (async (ref, patch, options) =>
        ref.kind === 'Secret' ? await cluster.patch(ref, patch, options) : Promise.reject(new Error('killed'))) as FakeCluster['patch'],
    };
    await expect(rotate.apply(input, planned, { ...context, cluster: () => dying }, 'run:1')).rejects.toThrow('killed');
    const fresh = data()['secret-key'];
    expect(annotations()).toBeUndefined();
    await rotate.apply(input, planned, context, 'run:1');
    expect(data()['secret-key']).toBe(fresh);
    expect(Object.keys(annotations() ?? {})).toEqual(['tocsin.dev/rotation']);
  });

  test('a Secret that changed since the plan is left alone', async () => {
    const planned = await rotate.plan(input, context);
    await cluster.patch({ apiVersion: 'v1', kind: 'Secret', name: 'sark-secrets' }, { type: 'merge', body: { metadata: { labels: { x: 'y' } } } });
    expect(await codeOf(rotate.apply(input, planned, context))).toBe('plan-stale');
    expect(data()['secret-key']).toBe(OLD);
  });

  test('a change at the very moment is left alone as well', async () => {
    const planned = await rotate.plan(input, context);
    const racing = {
      ...cluster,
      patch: (async (ref, patch, options) => {
        cluster.add({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'sark-secrets' }, data: {} });
        return await cluster.patch(ref, patch, options);
      }) as FakeCluster['patch'],
    };
    expect(await codeOf(rotate.apply(input, planned, { ...context, cluster: () => racing }))).toBe('plan-stale');
  });

  test('a missing key, an immutable Secret', async () => {
    expect(await codeOf(rotate.plan({ target: 'wrong' }, context))).toBe('secret-key-missing');
    cluster.add({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'sark-secrets' }, immutable: true, data: { 'secret-key': 'eA==' } });
    expect(await codeOf(rotate.plan(input, context))).toBe('secret-immutable');
  });

  test('rights name the objects; the pre-flight finds readers that were forgotten', async () => {
    // Who else has a say can be left unseen: those rights are optional.
    const rights = rotate.rights(input, context);
    expect(rights.filter(({ optional }) => optional !== undefined).map(({ resource }) => resource)).toEqual([
      'scaledobjects',
      'verticalpodautoscalers',
      'rollouts',
      'resourcequotas',
    ]);
    expect(rights.filter(({ optional }) => optional === undefined)).toEqual([
      { group: '', resource: 'secrets', verbs: ['get', 'patch'], namespace: 'aureus', name: 'sark-secrets' },
      { group: 'apps', resource: 'deployments', verbs: ['get', 'patch'], namespace: 'aureus', name: 'sark-api' },
    ]);
    expect((await rotate.preflight(input, context)).map(({ state, what }) => `${state}: ${what}`)).toEqual([
      'ok: secret/sark-secrets has the key secret-key',
      'ok: deployment/sark-api reads secret-key of secret/sark-secrets',
      'warning: deployment/worker reads it as well and would keep the old value',
    ]);
  });
});

test('readers of a key: variable, all keys, volume, projected volume', () => {
  const workload = (spec: unknown) => ({ spec: { template: { spec } } });
  const uses = (spec: unknown) => usesSecret(workload(spec), 's', 'k');
  expect(uses({ containers: [{ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }] })).toBe(true);
  expect(uses({ containers: [{ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'other' } } }] }] })).toBe(false);
  expect(uses({ initContainers: [{ envFrom: [{ secretRef: { name: 's' } }] }] })).toBe(true);
  expect(uses({ volumes: [{ secret: { secretName: 's' } }] })).toBe(true);
  expect(uses({ volumes: [{ projected: { sources: [{ secret: { name: 's' } }] } }] })).toBe(true);
  expect(uses({ volumes: [{ secret: { secretName: 't' } }] })).toBe(false);
});
