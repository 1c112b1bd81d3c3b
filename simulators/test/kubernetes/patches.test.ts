import { describe, expect, test } from '@jest/globals';
import type { Json, JsonObject } from '../../kubernetes/json.ts';
import { jsonPatch } from '../../kubernetes/patch/json-patch.ts';
import { mergePatch } from '../../kubernetes/patch/merge-patch.ts';
import { strategicMergePatch } from '../../kubernetes/patch/strategic-merge.ts';

function deployment(container: JsonObject, spec: JsonObject = {}): JsonObject {
  return {
    kind: 'Deployment',
    spec: {
      template: {
        spec: {
          containers: [
            { name: 'a', image: 'a:1', ...container },
            { name: 'b', image: 'b:1' },
          ],
          ...spec,
        },
      },
    },
  };
}

function podSpec(object: JsonObject): { containers: JsonObject[]; volumes?: JsonObject[]; tolerations?: JsonObject[] } {
  return (object as { spec: { template: { spec: never } } }).spec.template.spec;
}

function patchPod(container: JsonObject, patch: JsonObject, spec: JsonObject = {}): ReturnType<typeof podSpec> {
  return podSpec(strategicMergePatch('Deployment', deployment(container, spec), { spec: { template: { spec: patch } } }));
}

describe('strategic merge patch', () => {
  test('merges containers and their environment by name', () => {
    const result = patchPod(
      {
        env: [
          { name: 'X', value: '1' },
          { name: 'Y', value: '2' },
        ],
      },
      {
        containers: [
          {
            name: 'a',
            env: [
              { name: 'Y', value: '3' },
              { name: 'Z', value: '4' },
            ],
          },
        ],
      },
    );
    expect(result.containers).toEqual([
      {
        name: 'a',
        image: 'a:1',
        env: [
          { name: 'X', value: '1' },
          { name: 'Y', value: '3' },
          { name: 'Z', value: '4' },
        ],
      },
      { name: 'b', image: 'b:1' },
    ]);
  });

  test('deletes one element with $patch: delete', () => {
    const result = patchPod(
      {
        env: [
          { name: 'X', value: '1' },
          { name: 'Y', value: '2' },
        ],
      },
      { containers: [{ name: 'a', env: [{ name: 'X', $patch: 'delete' }] }] },
    );
    expect(result.containers[0]?.['env']).toEqual([{ name: 'Y', value: '2' }]);
  });

  test('merges ports by containerPort and volume mounts by mountPath', () => {
    const result = patchPod(
      { ports: [{ containerPort: 80, name: 'http' }], volumeMounts: [{ mountPath: '/a', name: 'v' }] },
      {
        containers: [
          { name: 'a', ports: [{ containerPort: 80, name: 'web' }, { containerPort: 90 }], volumeMounts: [{ mountPath: '/a', readOnly: true }] },
        ],
      },
    );
    expect(result.containers[0]?.['ports']).toEqual([{ containerPort: 80, name: 'web' }, { containerPort: 90 }]);
    expect(result.containers[0]?.['volumeMounts']).toEqual([{ mountPath: '/a', name: 'v', readOnly: true }]);
  });

  test('replaces lists without a merge key, such as args and tolerations', () => {
    const result = patchPod(
      { args: ['x', 'y'] },
      { containers: [{ name: 'a', args: ['z'] }], tolerations: [{ key: 'new' }] },
      { tolerations: [{ key: 'old' }] },
    );
    expect(result.containers[0]?.['args']).toEqual(['z']);
    expect(result.tolerations).toEqual([{ key: 'new' }]);
  });

  test('orders by $setElementOrder and keeps what the patch did not see', () => {
    const env = [{ name: 'A' }, { name: 'B' }, { name: 'C' }];
    const result = patchPod(
      { env },
      {
        '$setElementOrder/containers': [{ name: 'a' }],
        containers: [{ name: 'a', '$setElementOrder/env': [{ name: 'C' }, { name: 'A' }], env: [{ name: 'C', value: 'c' }] }],
      },
    );
    expect(result.containers[0]?.['env']).toEqual([{ name: 'B' }, { name: 'C', value: 'c' }, { name: 'A' }]);
  });

  test('keeps only the keys of $retainKeys', () => {
    const target = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const result = strategicMergePatch('Deployment', target, { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } });
    expect(result).toEqual({ spec: { strategy: { type: 'Recreate' } } });
  });

  test('replaces a map with $patch: replace, removes a member with null', () => {
    const target = { metadata: { labels: { a: '1', b: '2' }, annotations: { x: '1', y: '2' } } };
    const result = strategicMergePatch('ConfigMap', target, { metadata: { labels: { $patch: 'replace', c: '3' }, annotations: { x: null } } });
    expect(result).toEqual({ metadata: { labels: { c: '3' }, annotations: { y: '2' } } });
  });

  test('merges and deletes in lists of strings', () => {
    const result = strategicMergePatch(
      'Pod',
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { finalizers: ['c'], '$deleteFromPrimitiveList/finalizers': ['a'] } },
    );
    expect(result['metadata']).toEqual({ finalizers: ['b', 'c'] });
  });

  test('refuses an element without its merge key', () => {
    expect(() => patchPod({}, { containers: [{ image: 'x' }] })).toThrow('does not contain declared merge key: name');
  });
});

describe('JSON patch', () => {
  const apply = (patch: Json): Json => jsonPatch({ a: [1, 2], b: { 'c/d': 'x' } }, patch);

  test.each<[string, Json, Json]>([
    ['add into a list', [{ op: 'add', path: '/a/1', value: 9 }], { a: [1, 9, 2], b: { 'c/d': 'x' } }],
    ['append', [{ op: 'add', path: '/a/-', value: 9 }], { a: [1, 2, 9], b: { 'c/d': 'x' } }],
    ['replace an escaped key', [{ op: 'replace', path: '/b/c~1d', value: 'y' }], { a: [1, 2], b: { 'c/d': 'y' } }],
    ['move', [{ op: 'move', from: '/a/0', path: '/first' }], { a: [2], b: { 'c/d': 'x' }, first: 1 }],
    [
      'copy after a test that holds',
      [
        { op: 'test', path: '/a/0', value: 1 },
        { op: 'copy', from: '/a', path: '/z' },
      ],
      { a: [1, 2], b: { 'c/d': 'x' }, z: [1, 2] },
    ],
    ['remove', [{ op: 'remove', path: '/b' }], { a: [1, 2] }],
  ])('%s', (_name, patch, expected) => expect(apply(patch)).toEqual(expected));

  test.each<[string, Json]>([
    ['a test that fails', [{ op: 'test', path: '/a/0', value: 7 }]],
    ['a path that is missing', [{ op: 'remove', path: '/nothing' }]],
    ['an index beyond the end', [{ op: 'add', path: '/a/5', value: 1 }]],
    ['an unknown operation', [{ op: 'merge', path: '/a' }]],
  ])('422 for %s', (_name, patch) => expect(() => apply(patch)).toThrow(expect.objectContaining({ code: 422, reason: 'Invalid' })));
});

test('merge patch removes with null and replaces lists', () => {
  expect(mergePatch({ a: { b: 1, c: 2 }, d: [1, 2] }, { a: { b: null, e: 3 }, d: [3] })).toEqual({ a: { c: 2, e: 3 }, d: [3] });
});
