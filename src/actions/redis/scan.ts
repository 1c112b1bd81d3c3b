import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { sayDuration } from '../../lib/time.ts';
import { readAction } from '../../ports/action.ts';
import { targetField } from '../shared/fields.ts';
import { failed, openRedis, type Redis, redisPreflight, redisRights } from './ask.ts';

/** Keys that one SCAN looks at. */
const STEP = '1000';
/** Then it is enough: 100,000 keys. */
const MAX_STEPS = 100;

const input = z.strictObject({
  target: targetField,
  match: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[\x20-\x7e]+$/, 'expected a pattern of plain characters')
    .describe('A pattern as Redis knows it, such as ratelimit:*'),
  limit: z.number().int().min(1).max(1_000).default(100),
});

const output = z.strictObject({
  found: z.boolean(),
  /** All that match, also beyond the limit. */
  count: z.number().int(),
  /** `ttl_s`: seconds to live; -1 when it lives for ever, -2 when it is gone meanwhile. */
  keys: z.array(z.strictObject({ key: z.string(), ttl_s: z.number().int() })),
  /** Every key of the database was looked at. */
  complete: z.boolean(),
});

/** Keys by pattern, by SCAN in small steps: KEYS would stop the server meanwhile (AU-51). */
export const redisScan = readAction({
  name: 'redis.scan',
  about: 'Finds keys of a Redis by pattern without stopping it.',
  input,
  output,
  rights: ({ target }, context) => redisRights(context, target),
  preflight: ({ target }, context) => redisPreflight(context, target),
  async run({ target, match, limit }, context) {
    const opened = await openRedis(context, target);
    if (!opened.found) return { state: 'unknown', output: { found: false }, summary: opened.why };
    const { redis } = opened;
    const { keys, complete } = await scanAll(redis, match, context.signal);
    const shown = keys.slice(0, limit);
    const withTtl = await ttlsOf(redis, shown);
    const missing = complete ? '' : ' Not all keys of the database were scanned.';
    return {
      output: { found: true, count: keys.length, keys: withTtl, complete },
      summary: `${plural(keys.length, 'key')} match ${match} in ${redis.place.pod.metadata.name}.${missing}`,
      ...(withTtl.length === 0 ? {} : { table: { columns: ['key', 'lives for'], rows: withTtl.map(({ key, ttl_s }) => [key, sayTtl(ttl_s)]) } }),
    };
  },
});

async function scanAll(redis: Redis, match: string, signal: AbortSignal): Promise<{ keys: string[]; complete: boolean }> {
  // SCAN may name a key twice.
  const keys = new Set<string>();
  let cursor = '0';
  for (let step = 0; step < MAX_STEPS && !signal.aborted; step += 1) {
    const [next = '', ...found] = await redis.lines([['SCAN', cursor, 'MATCH', match, 'COUNT', STEP]]);
    if (!/^\d+$/.test(next)) throw failed(redis.place, next);
    for (const key of found) keys.add(key);
    cursor = next;
    if (cursor === '0') return { keys: [...keys].sort(), complete: true };
  }
  return { keys: [...keys].sort(), complete: false };
}

async function ttlsOf(redis: Redis, keys: readonly string[]): Promise<{ key: string; ttl_s: number }[]> {
  if (keys.length === 0) return [];
  const seconds = await redis.numbers(keys.map((key) => ['TTL', key]));
  return keys.map((key, index) => ({ key, ttl_s: seconds[index] ?? -2 }));
}

function sayTtl(seconds: number): string {
  if (seconds === -1) return 'ever';
  return seconds < 0 ? 'gone' : sayDuration(seconds * 1_000);
}
