import { join } from 'node:path';
import { DirectoryStore } from '../../../src/adapters/evidence/directory.ts';
import { restoreDatabase } from '../../../src/app/restoring.ts';
import { spareMemory } from '../../../src/lib/spare-memory.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { watchMemory } from '../memory.ts';

/** Restores `DIRECTORY/evidence` into DIRECTORY/database, or into `postgres://...`, and prints what it took of memory (MiB, resident) and time. */
const [directory = '', url] = process.argv.slice(2);

spareMemory();
const database = await openDatabase(url === undefined ? { directory: join(directory, 'database') } : { url });
await migrate(database);
const memory = watchMemory();
const began = performance.now();
const restored = await restoreDatabase(database, await DirectoryStore.openReadOnly(join(directory, 'evidence')), () => ({
  incidents: 'C1',
  updates: 'C1',
  room: 'channel',
}));
const { streams, records, unsigned } = restored;
const seconds = (performance.now() - began) / 1_000;
console.log(JSON.stringify({ streams, records, unsigned: unsigned.length, seconds, ...memory.end() }));
await database.close();
