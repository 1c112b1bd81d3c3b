import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { readAction } from '../../ports/action.ts';
import { targetField } from '../shared/fields.ts';
import { openRedis, redisPreflight, redisRights } from './ask.ts';
import { parseInfo } from './replies.ts';

/** Below this share of hits the bar is drawn as alarming. */
const LOW = 0.8;

const input = z.strictObject({ target: targetField });

const output = z.strictObject({
  found: z.boolean(),
  hits: z.number().int(),
  misses: z.number().int(),
  /** Hits by all look-ups, 0 to 1; missing when there were none. */
  hit_rate: z.number().optional(),
  /** Keys of the target's database. */
  keys: z.number().int(),
});

/** How often the cache has what is asked for, since the server was started (SK-34). */
export const redisStats = readAction({
  name: 'redis.stats',
  about: 'Computes the hit rate of a Redis.',
  input,
  output,
  rights: ({ target }, context) => redisRights(context, target),
  preflight: ({ target }, context) => redisPreflight(context, target),
  async run({ target }, context) {
    const opened = await openRedis(context, target);
    if (!opened.found) return { state: 'unknown', output: { found: false }, summary: opened.why };
    const { redis } = opened;
    // One command in the container for both: starting it is what takes the time.
    const [size = '', ...rest] = await redis.lines([['DBSIZE'], ['INFO', 'stats']]);
    const [keys = 0] = /^\d+$/.test(size) ? [Number(size)] : await redis.numbers([['DBSIZE']]);
    const info = parseInfo(rest);
    const [hits, misses] = [Number(info.get('keyspace_hits') ?? 0), Number(info.get('keyspace_misses') ?? 0)];
    const rate = hits + misses === 0 ? 0 : hits / (hits + misses);
    const percent = Math.round(rate * 1_000) / 10;
    const said = hits + misses === 0 ? 'no lookups yet' : `${percent}% hits (${hits} of ${hits + misses})`;
    return {
      output: { found: true, hits, misses, keys, ...(hits + misses === 0 ? {} : { hit_rate: rate }) },
      summary: `${redis.place.pod.metadata.name}: ${said}, ${plural(keys, 'key')}.`,
      chart: {
        title: `Look-ups of ${target}`,
        unit: '%',
        bars: [
          { label: 'hits', value: percent, ...(hits + misses > 0 && rate < LOW ? { alarming: true } : {}) },
          { label: 'misses', value: hits + misses === 0 ? 0 : Math.round((1 - rate) * 1_000) / 10 },
        ],
      },
    };
  },
});
