import { join } from 'node:path';
import type { Config } from '../../config/load.ts';
import { openDatabase } from '../../store/database.ts';
import { migrate } from '../../store/migrate.ts';
import { type Check, good, look } from './check.ts';

/** Can the database be opened, and is it of this version? Migrates it, as `start` would. */
export function checkDatabase({ environment }: Config): Promise<readonly Check[]> {
  const { DATABASE_URL, TOCSIN_DATA } = environment;
  const advice =
    DATABASE_URL === undefined
      ? 'Check that TOCSIN_DATA can be written and that no other Tocsin runs there.'
      : 'Check DATABASE_URL, the server, and that the user may create tables and the schema pgboss.';
  return look('Database', advice, async () => {
    const database = await openDatabase(DATABASE_URL === undefined ? { directory: join(TOCSIN_DATA, 'database') } : { url: DATABASE_URL });
    try {
      const done = await migrate(database);
      const kind = database.kind === 'pglite' ? 'embedded (one replica only)' : 'PostgreSQL';
      return [good('Database', `${kind}, ${done.length === 0 ? 'up to date' : `brought up to date (${done.join(', ')})`}`)];
    } finally {
      await database.close();
    }
  });
}
