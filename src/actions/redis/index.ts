import type { Action } from '../../ports/action.ts';
import { redisFlush } from './flush.ts';
import { redisScan } from './scan.ts';
import { redisStats } from './stats.ts';

/** Questions to a Redis, and what may be done to it. */
export const REDIS_ACTIONS: readonly Action[] = [redisScan, redisStats, redisFlush];
