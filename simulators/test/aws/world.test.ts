import { createHash } from 'node:crypto';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchesPattern, parsePattern } from '../../aws/services/events/pattern.ts';
import { parseFilter } from '../../aws/services/logs/filter.ts';
import { unifiedDiff } from '../../aws/vaultmesh/diff.ts';
import { type Clients, clientsOf, startStill } from './clients.ts';

let simulator: Awaited<ReturnType<typeof startStill>>;
let clients: Clients;

beforeEach(async () => {
  simulator = await startStill();
  clients = clientsOf(simulator);
});
afterEach(async () => {
  clients.close();
  await simulator.stop();
});

test('it begins in sync and healthy; every fault starts and is mended', async () => {
  expect(simulator.faults.list().filter(({ active }) => active)).toEqual([]);
  for (const { id } of simulator.faults.list()) {
    await simulator.faults.set(id, true);
    expect(simulator.faults.list().filter(({ active }) => active)).toMatchObject([{ id }]);
    await simulator.faults.set(id, false);
    expect(simulator.faults.list().filter(({ active }) => active)).toEqual([]);
  }
  await expect(simulator.faults.set('nothing', true)).rejects.toThrow('There is no fault nothing.');
});

test('drift evidence: sets of four with their digests, the newest set incomplete', async () => {
  const { auditBucket: Bucket } = simulator.vaultmesh.names;
  const keys = simulator.vaultmesh.objects(Bucket, 'audit/drift/').map(({ key }) => key);
  const sets = Map.groupBy(keys, (key) => /guardrail-\w+-(.*)\.\w+$/.exec(key)?.[1]);
  expect([...sets].sort(([left = ''], [right = '']) => (left < right ? -1 : 1)).map(([timestamp, set]) => [timestamp, set.length])).toEqual([
    ['2026-11-20T10:00:00Z', 4],
    ['2026-11-21T09:00:00Z', 4],
    ['2026-11-21T11:00:00Z', 2],
  ]);
  const read = async (part: string) => {
    const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket, Key: `audit/drift/guardrail-${part}-2026-11-21T09:00:00Z.json` }));
    return (await Body?.transformToString()) ?? '';
  };
  const sha = (text: string) => createHash('sha256').update(text).digest('hex');
  const [drift, local, remote] = [JSON.parse(await read('drift')) as Record<string, string>, await read('local'), await read('remote')];
  expect([drift['local_sha'], drift['remote_sha'], drift['file_sha']]).toEqual([sha(local), sha(remote), sha(simulator.vaultmesh.source())]);
  expect(JSON.parse(local)).toEqual(JSON.parse(simulator.vaultmesh.source()));
  const head = await clients.s3.send(new HeadObjectCommand({ Bucket, Key: 'audit/drift/guardrail-drift-2026-11-21T09:00:00Z.json' }));
  expect(head.Metadata).toMatchObject({ git_sha: drift['git_sha'], run_id: drift['run_id'] });
});

test('a console change leaves its evidence, with the true difference in the patch', async () => {
  await simulator.faults.set('guardrail-console-change', true);
  const [object] = simulator.vaultmesh.objects(simulator.vaultmesh.names.auditBucket, 'audit/drift/guardrail-diff-2026-11-21T12:00:00Z');
  expect(object?.text).toContain('+      "project nightjar",\n');
  expect(object?.text).toContain('-    {\n-      "description": "Blocks sharing of pricing, roadmaps, and partner financials.",\n');
});

test('a diff applies: its lines rebuild both texts', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', '{', '}'), { maxLength: 12 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const text = (all: readonly string[]): string => all.map((line) => `${line}\n`).join('');
      const diff = unifiedDiff(text(before), text(after), ['old', 'new']);
      const body = diff
        .split('\n')
        .slice(2)
        .filter((line) => /^[ +-]/.test(line));
      const removed = body.filter((line) => line.startsWith('-')).length;
      const added = body.filter((line) => line.startsWith('+')).length;
      expect(after.length - before.length).toBe(added - removed);
      expect(diff === '').toBe(text(before) === text(after));
    }),
  );
});

test.each<[string, string, boolean]>([
  ['ERROR', 'an ERROR here', true],
  ['ERROR', 'an error here', false],
  ['"access denied" -test', 'access denied', true],
  ['"access denied" -test', 'access denied in a test', false],
  ['?one ?two', 'two', true],
  ['{ $.LogLevel = "Error" }', '{"LogLevel":"Error"}', true],
  ['{ $.LogLevel = Error && ($.Code = 5 || $.Code > 9) }', '{"LogLevel":"Error","Code":10}', true],
  ['{ $.LogLevel = Error && ($.Code = 5 || $.Code > 9) }', '{"LogLevel":"Error","Code":7}', false],
  ['{ $.DocumentId != "" }', '{"LogLevel":"Error"}', false],
  ['{ $.ErrorCode = "Access*" }', '{"ErrorCode":"AccessDenied"}', true],
  ['{ $.LogLevel = "Error" }', 'no JSON', false],
])('log filter %s takes %s: %s', (pattern, message, taken) => {
  expect(parseFilter(pattern)?.(message)).toBe(taken);
});

test.each(['{ $.a }', '{ $.a = }', '{ $.a = 1', '{ a = 1 }', '{ ($.a = 1 }'])('%s is no log filter', (pattern) => {
  expect(parseFilter(pattern)).toBeNull();
});

test.each<[object, boolean]>([
  [{ source: ['aws.qbusiness'] }, true],
  [{ source: ['aws.s3'] }, false],
  [{ detail: { eventName: [{ prefix: 'Update' }] } }, true],
  [{ detail: { eventName: [{ 'anything-but': ['UpdateThing'] }] } }, false],
  [{ detail: { missing: [{ exists: false }], eventName: [{ suffix: 'Thing' }, 'Other'] } }, true],
  [{ detail: { eventName: [{ wildcard: 'Up*ing' }], n: [1] } }, true],
])('event pattern %j matches: %s', (pattern, matches) => {
  const parsed = parsePattern(JSON.stringify(pattern));
  if ('reason' in parsed) throw new Error(parsed.reason);
  expect(matchesPattern(parsed.pattern, { source: 'aws.qbusiness', detail: { eventName: 'UpdateThing', n: 1 } })).toBe(matches);
});

test('buckets of others are in the same account', async () => {
  const other = await startStill({ buckets: { archive: { versioned: true } } });
  expect(other.account.s3.buckets.get('archive')?.versioned).toBe(true);
  await other.stop();
});

test('evidence of a commit has its source', async () => {
  const source = simulator.vaultmesh.source().replace('"bearer token"', '"session cookie"');
  const { keys, timestamp } = simulator.vaultmesh.recordDrift({ source, gitSha: 'a'.repeat(40), runId: '7' });
  expect(timestamp).toBe('2026-11-21T12:00:00Z');
  const read = (key: string) => simulator.vaultmesh.objects(simulator.vaultmesh.names.auditBucket, key)[0]?.text ?? '';
  expect(JSON.parse(read(keys.local))).toEqual(JSON.parse(source));
  expect(JSON.parse(read(keys.drift))).toMatchObject({
    git_sha: 'a'.repeat(40),
    run_id: '7',
    file_sha: createHash('sha256').update(source).digest('hex'),
  });
  expect(read(keys.diff)).toContain('-      "session cookie",');
});
