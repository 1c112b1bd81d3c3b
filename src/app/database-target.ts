import { join } from 'node:path';
import type { Environment } from '../config/schema.ts';
import type { DatabaseTarget } from '../store/database.ts';

/** The database that the environment names: a server, how it is logged in there, or a directory. */
export function databaseTargetOf(environment: Environment): DatabaseTarget {
  const { DATABASE_URL: url, DATABASE_DIRECT_URL: direct, DATABASE_IAM_REGION: region, TOCSIN_DATA } = environment;
  if (url === undefined) return { directory: join(TOCSIN_DATA, 'database') };
  return {
    url,
    ...(direct === undefined ? {} : { direct }),
    ...(region === undefined
      ? {}
      : {
          async password(server) {
            const { databaseToken } = await import('../adapters/aws/database-token.ts');
            return databaseToken({ ...server, region, environment });
          },
        }),
  };
}
