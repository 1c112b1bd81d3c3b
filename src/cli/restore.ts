import { join } from 'node:path';
import { adoptIncidents } from '../adopting.ts';
import { loadConfig } from '../config.ts';
import { TocsinError } from '../domain/errors.ts';
import { createIncidents } from '../engine/incidents.ts';
import { ENGINE_QUEUES } from '../engine/jobs.ts';
import { openEvidenceStore } from '../evidence-store.ts';
import { restoreDatabase } from '../restoring.ts';
import { channelsOf } from '../services.ts';
import { openDatabase } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { startQueue } from '../store/queue.ts';
import { createStore } from '../store/store.ts';
import { SLACK_QUEUES } from '../wire.ts';
import type { CliCommand } from './command.ts';

export const restore: CliCommand = {
  name: 'restore',
  usage: '',
  summary: 'Rebuilds an empty database from the evidence store.',
  flags: {},
  more: 'Stop the bot first. The database named by DATABASE_URL, or ./data/database, must be empty: move the old one away.',
  async run() {
    const config = loadConfig();
    const { DATABASE_URL, TOCSIN_DATA } = config.environment;
    const evidence = await openEvidenceStore(config);
    const channels = channelsOf(config.file);
    const database = await openDatabase(DATABASE_URL === undefined ? { directory: join(TOCSIN_DATA, 'database') } : { url: DATABASE_URL });
    try {
      await migrate(database);
      console.log(`Reading ${evidence.location} ...`);
      const restored = await restoreDatabase(database, evidence, channels);
      const queue = await startQueue(database, [...ENGINE_QUEUES, ...SLACK_QUEUES]);
      const store = createStore(database, queue);
      const incidents = createIncidents({ store, chain: neverChained, channelsOf: channels });
      const adopted = await adoptIncidents(store, incidents, channels);
      await queue.stop(0);
      console.log(
        `✓ ${restored.records} records of ${restored.streams} streams, ${restored.checkpoints} checkpoints; incidents taken up again: ${adopted}. Start the bot.`,
      );
      return 0;
    } finally {
      await database.close();
    }
  },
};

function neverChained(): never {
  throw new TocsinError('restore-appends', 'A restore appends nothing.');
}
