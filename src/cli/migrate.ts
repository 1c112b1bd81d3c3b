import { databaseTargetOf } from '../app/database-target.ts';
import { loadEnvironment } from '../config/load.ts';
import { openDatabase } from '../store/database.ts';
import { migrate as migrateDatabase } from '../store/migrate.ts';
import type { CliCommand } from './command.ts';

export const migrate: CliCommand = {
  name: 'migrate',
  usage: '',
  summary: 'Brings the database to this version. `start` does the same.',
  flags: {},
  async run() {
    const database = await openDatabase(databaseTargetOf(loadEnvironment()));
    try {
      const done = await migrateDatabase(database);
      console.log(done.length === 0 ? 'The database is up to date.' : done.map((name) => `✓ ${name}`).join('\n'));
      return 0;
    } finally {
      await database.close();
    }
  },
};
