import { hash } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { changeAction, type Planned, type Touch } from '../../ports/action.ts';
import { targetField } from '../shared/fields.ts';
import { assertFresh, touch } from '../shared/stale.ts';
import { failed, mustOpen, type Redis, redisPreflight, redisRights } from './ask.ts';

/** How long the mark that it was done stays in the database. In seconds. */
const MARK_S = '86400';

const input = z.strictObject({ target: targetField });

const output = z.strictObject({ flushed: z.boolean(), keys: z.number().int() });

/**
 * Empties one database of a Redis (AU-45). Right after it a key that lives for a day is set, so that a second try of the same step
 * does not flush what the application has cached since.
 */
export const redisFlush = changeAction({
  name: 'redis.flush',
  effect: 'destructive',
  oneWay: 'Deleted keys are gone. Caches fill up again; restore anything else from a backup of Redis.',
  about: 'Empties one database of a Redis.',
  input,
  output,
  rights: ({ target }, context) => redisRights(context, target),
  preflight: ({ target }, context) => redisPreflight(context, target),

  async plan({ target }, context): Promise<Planned> {
    const redis = await mustOpen(context, target);
    const { server, role, keys } = await look(redis, target);
    if (role === 'slave')
      throw new UserError('redis-replica', `${redis.place.pod.metadata.name} is a replica, which cannot be flushed. Point ${target} at the primary.`);
    const where = `database ${redis.database} of ${redis.place.label}`;
    return {
      summary: keys === 0 ? `${where} is already empty.` : `Deletes ${plural(keys, 'key')} of ${where} (FLUSHDB)`,
      diff: keys === 0 ? null : `- ${plural(keys, 'key')} in ${where}`,
      noPlan: keys === 0 ? 'Nothing would change.' : null,
      notes: [
        'All keys are deleted, also those that are no cache entries: rate limits, sessions, queues. This cannot be reverted.',
        `A key tocsin:flush:… stays for a day as a marker, so that the flush happens only once.`,
      ],
      touches: [server],
      changes: keys > 0,
      asListed: true,
      scope: { target, database: redis.database },
      snapshot: null,
    };
  },

  async apply({ target }, planned, context, key) {
    const redis = await mustOpen(context, target);
    const mark = `tocsin:flush:${hash('sha256', key, 'hex').slice(0, 32)}`;
    const [marked] = await redis.numbers([['EXISTS', mark]]);
    if (marked === 1) return { output: { flushed: false, keys: 0 }, summary: 'An earlier attempt of this step has already flushed it.' };
    const { server, keys } = await look(redis, target);
    assertFresh(planned, [server]);
    const replies = await redis.lines([['FLUSHDB'], ['SET', mark, '1', 'EX', MARK_S]]);
    const wrong = replies.find((line) => line !== 'OK');
    if (wrong !== undefined || replies.length !== 2) throw failed(redis.place, wrong ?? 'nothing');
    return {
      output: { flushed: true, keys },
      summary: `Deleted ${plural(keys, 'key')} of database ${redis.database} in ${redis.place.pod.metadata.name}.`,
    };
  },
});

async function look(redis: Redis, target: string): Promise<{ server: Touch; role: string; keys: number }> {
  const runId = (await redis.info('server')).get('run_id') ?? '';
  const role = (await redis.info('replication')).get('role') ?? '';
  const [keys = 0] = await redis.numbers([['DBSIZE']]);
  return {
    server: touch(`${target} (Redis)`, runId, 'that it is the same server, not restarted', { run_id: runId, database: redis.database }),
    role,
    keys,
  };
}
