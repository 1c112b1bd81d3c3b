import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { redisFlush } from '../../../src/actions/redis/flush.ts';
import { argument, isError, parseInfo } from '../../../src/actions/redis/replies.ts';
import { redisScan } from '../../../src/actions/redis/scan.ts';
import { redisStats } from '../../../src/actions/redis/stats.ts';
import { addWorkload, type FakeCluster, fakeCluster } from '../net/helpers/cluster.ts';
import { calling, codeOf, type TestContext, testContext } from '../net/helpers/context.ts';
import { type LittleRedis, littleRedis } from '../net/helpers/redis.ts';

const PASSWORD = 'p"a\\ss wörd';
const targets = {
  server: { deployment: 'redis' },
  gone: { deployment: 'nowhere' },
  cache: { redis: { workload: 'server', password: { secret: 'aureus-secrets', key: 'redis.password' } } },
  open: { redis: { workload: 'server', database: 3 } },
  lost: { redis: { workload: 'gone' } },
};

let redis: LittleRedis;
let cluster: FakeCluster;
let context: TestContext;

beforeEach(() => {
  redis = littleRedis(PASSWORD);
  cluster = clusterOf(redis, PASSWORD);
  context = testContext({ targets, cluster });
});

function clusterOf(server: LittleRedis, password: string): FakeCluster {
  const made = fakeCluster({ programs: { 'redis-cli': server.cli } });
  addWorkload(made, 'redis');
  made.add({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'aureus-secrets' },
    data: { 'redis.password': Buffer.from(password).toString('base64') },
  });
  return made;
}

describe('what goes to redis-cli, and comes back', () => {
  test('an argument is one line of plain characters, and means what it was', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        (text) => {
          const line = argument(text);
          expect(line).toMatch(/^"[\x20-\x7e]*"$/);
          const bytes = line.slice(1, -1).replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
          expect(Buffer.from(bytes, 'latin1').toString('utf8')).toBe(text);
        },
      ),
    );
  });

  test('INFO, and errors', () => {
    expect([...parseInfo(['# Stats', 'keyspace_hits:7', 'x:a:b'])]).toEqual([
      ['keyspace_hits', '7'],
      ['x', 'a:b'],
    ]);
    expect(['ERR no', 'NOAUTH Authentication required.', '(error) READONLY You', 'OK', '# Server', '12'].map(isError)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('readings', () => {
  test('[AU-51] keys are found by SCAN in steps, each once, with their time to live', async () => {
    for (let index = 0; index < 10; index += 1) redis.keys.set(`ratelimit:user-${index}`, { value: '1', ttl: 60 });
    redis.keys.set('session:x', { value: '1', ttl: -1 });
    const reading = await calling(redisScan).run({ target: 'cache', match: 'ratelimit:*', limit: 2 }, context);
    expect(reading.output).toEqual({
      found: true,
      count: 10,
      keys: [
        { key: 'ratelimit:user-0', ttl_s: 60 },
        { key: 'ratelimit:user-1', ttl_s: 60 },
      ],
      complete: true,
    });
    expect(redis.seen.flat()).not.toContain('KEYS');
  });

  test('[SK-34] the hit rate', async () => {
    const reading = await calling(redisStats).run({ target: 'cache' }, context);
    expect(reading.output).toEqual({ found: true, hits: 75, misses: 25, hit_rate: 0.75, keys: 0 });
    expect(reading.chart?.bars[0]).toEqual({ label: 'hits', value: 75, alarming: true });
  });

  test('the password is hidden, and in no argv', async () => {
    await calling(redisStats).run({ target: 'cache' }, context);
    expect(context.hidden).toContain(PASSWORD);
    expect(JSON.stringify(cluster.execs.map(({ argv }) => argv))).not.toContain('ss w');
  });

  test('a missing workload is an answer; a wrong password is an error that does not show it', async () => {
    expect((await calling(redisStats).run({ target: 'lost' }, context)).output['found']).toBe(false);
    const wrong = testContext({ targets, cluster: clusterOf(redis, 'another-password') });
    await expect(calling(redisStats).run({ target: 'cache' }, wrong)).rejects.toThrow(/WRONGPASS/);
    await expect(calling(redisStats).run({ target: 'cache' }, wrong)).rejects.not.toThrow(/another-password/);
  });

  test('a server without a password lets in who sends one', async () => {
    const free = testContext({ targets, cluster: clusterOf(littleRedis(), 'needless') });
    expect((await calling(redisStats).run({ target: 'cache' }, free)).output['found']).toBe(true);
  });
});

describe('redis.flush', () => {
  const flush = calling(redisFlush);
  const input = { target: 'cache' };

  beforeEach(() => {
    redis.keys.set('policy:1', { value: 'x', ttl: -1 });
  });

  test('[AU-45] deletes the keys once, also when it is applied twice with one key', async () => {
    const planned = await flush.plan(input, context);
    expect(planned.diff).toBe('- 1 key in database 0 of deployment/redis');
    expect((await flush.apply(input, planned, context, 'run:1')).output).toEqual({ flushed: true, keys: 1 });
    expect([...redis.keys.keys()]).toEqual([expect.stringMatching(/^tocsin:flush:/)]);
    redis.keys.set('policy:2', { value: 'fresh', ttl: -1 });
    expect((await flush.apply(input, planned, context, 'run:1')).output).toEqual({ flushed: false, keys: 0 });
    expect(redis.keys.has('policy:2')).toBe(true);
    expect(flush.reverts).toBe(false);
  });

  test('a server that was restarted makes the plan stale', async () => {
    const planned = await flush.plan(input, context);
    redis.runId = 'run-2';
    expect(await codeOf(flush.apply(input, planned, context))).toBe('plan-stale');
    expect(redis.keys.has('policy:1')).toBe(true);
  });

  test('a replica is refused, an empty database needs nothing', async () => {
    redis.keys.clear();
    expect((await flush.plan(input, context)).changes).toBe(false);
    redis.role = 'slave';
    expect(await codeOf(flush.plan(input, context))).toBe('redis-replica');
  });
});

test('rights name the one Secret; the pre-flight sees a wrong password', async () => {
  expect(calling(redisStats).rights({ target: 'cache' }, context)).toContainEqual({
    group: '',
    resource: 'secrets',
    verbs: ['get'],
    namespace: 'aureus',
    name: 'aureus-secrets',
  });
  expect((await calling(redisStats).preflight({ target: 'cache' }, context)).map(({ state }) => state)).toEqual(['ok']);
  const wrong = testContext({ targets, cluster: clusterOf(redis, 'wrong') });
  expect((await calling(redisStats).preflight({ target: 'cache' }, wrong)).map(({ state }) => state)).toEqual(['failure']);
});
