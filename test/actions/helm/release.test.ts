import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { currentOf, earlierOf, readSecrets, servingOf } from '../../../src/actions/helm/read-history.ts';
import { helmRevision } from '../../../src/actions/helm/release.ts';
import type { KubeObject } from '../../../src/ports/cluster.ts';

const HASH = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);

function secret(release: object | string, labels: Record<string, string> = {}): KubeObject {
  const packed = typeof release === 'string' ? release : gzipSync(JSON.stringify(release)).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'sh.helm.release.v1.app.v2', uid: 'u', resourceVersion: '1', labels },
    data: { release: Buffer.from(packed).toString('base64') },
  };
}

const release = (more: object = {}, annotations: Record<string, string> = {}) => ({
  version: 2,
  info: { status: 'deployed', last_deployed: '2026-11-21T12:00:00Z', description: 'Upgrade complete' },
  chart: { metadata: { version: '0.2.0', appVersion: 'v0.2.0', annotations } },
  ...more,
});

test('a release is unpacked without its values', () => {
  const read = helmRevision(secret(release({ config: { password: 'geheim' } })));
  expect(read).toEqual({
    revision: 2,
    status: 'deployed',
    version: '0.2.0',
    appVersion: 'v0.2.0',
    deployed: '2026-11-21T12:00:00Z',
    description: 'Upgrade complete',
    hash: '',
    hashFrom: '',
  });
});

test('the hash comes from labels, chart annotations or the values that are called so; of several none is guessed', () => {
  const hash = (object: KubeObject) => [helmRevision(object)?.hash, helmRevision(object)?.hashFrom];
  expect(hash(secret(release(), { 'release-hash': HASH }))).toEqual([HASH, 'label release-hash']);
  expect(hash(secret(release({}, { 'example.com/build': HASH })))).toEqual([HASH, 'chart annotation example.com/build']);
  expect(hash(secret(release({}, { a: HASH, 'x/release-hash': OTHER })))).toEqual([OTHER, 'chart annotation x/release-hash']);
  expect(hash(secret(release({}, { a: HASH, b: OTHER })))).toEqual(['', '']);
  expect(hash(secret(release({ config: { releaseHash: HASH } })))).toEqual([HASH, 'value releaseHash']);
  expect(hash(secret(release({ config: { image: { digest: `sha256:${HASH}` } } })))).toEqual([HASH, 'value image.digest']);
  expect(hash(secret(release({ config: { releaseHash: 'v0.1.0' } })))).toEqual(['', '']);
});

test('what is no release of Helm is none, and one that unpacks to far too much is none either', () => {
  expect(helmRevision(secret('no gzip at all'))).toBeNull();
  expect(helmRevision(secret({ version: 'two' }))).toBeNull();
  expect(helmRevision(secret(gzipSync(Buffer.alloc(40 * 1024 * 1024)).toString('base64')))).toBeNull();
});

test('a rollback can lead to earlier releases that differ from the current one, the newest first, and to no failed one', () => {
  const one = (revision: number, hash: string, status = 'superseded') => ({
    revision,
    status,
    hash,
    version: '',
    appVersion: '',
    deployed: '',
    description: '',
    hashFrom: '',
  });
  const revisions = [
    one(6, HASH, 'failed'),
    one(5, HASH, 'deployed'),
    one(4, OTHER),
    one(3, HASH),
    one(2, OTHER),
    one(1, 'ee'.repeat(32), 'failed'),
    one(0, ''),
  ];
  expect(currentOf(revisions)?.revision).toBe(5);
  expect(earlierOf(revisions).map(({ revision }) => revision)).toEqual([4]);
  expect(earlierOf([])).toEqual([]);
});

test('of revisions that unpack to far too much together only the newest are read', async () => {
  const large = (version: number) => secret(release({ version, config: { pad: 'x'.repeat(1_000) } }), { version: String(version) });
  const { revisions, unread } = await readSecrets([1, 2, 3, 4, 5, 6].map(large), { left: 4_000 });
  expect(revisions.map(({ revision }) => revision)).toEqual([6, 5, 4]);
  expect(unread.map(({ metadata }) => metadata.labels?.['version'])).toEqual(['3', '2', '1']);
});

test('where a newer revision cannot be read, nobody plans on the one before it', async () => {
  const read = await readSecrets([secret(release({ version: 4 }), { version: '4' }), secret('no gzip at all', { version: '5' })]);
  const history = { release: 'app', namespace: 'pf', revisions: read.revisions, unread: 1 };
  expect(() => servingOf({ ...history, newestUnread: 5 })).toThrow('Revision 5 of app cannot be read');
  expect(servingOf({ ...history, newestUnread: 3 })).toMatchObject({ revision: 4 });
});
