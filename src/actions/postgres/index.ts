import type { Action } from '../../ports/action.ts';
import { postgresCompress } from './compress.ts';
import { postgresConnections } from './connections.ts';
import { postgresCriticalEvents } from './critical-events.ts';
import { postgresHourly } from './hourly.ts';
import { postgresPlans } from './plans.ts';
import { postgresQuery } from './query.ts';
import { postgresTerminateIdle } from './terminate-idle.ts';

/** Questions to a PostgreSQL, and what may be done to it. */
export const POSTGRES_ACTIONS: readonly Action[] = [
  postgresConnections,
  postgresQuery,
  postgresPlans,
  postgresHourly,
  postgresCriticalEvents,
  postgresTerminateIdle,
  postgresCompress,
];
