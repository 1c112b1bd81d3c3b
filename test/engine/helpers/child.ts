/** A replica of its own, to be killed: `node child.ts '{"url":"..."}'` or `'{"directory":"..."}'`. Says `step N` in each step. */
import { type DatabaseTarget, openDatabase } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { chores, createEffects } from './chores.ts';
import { startReplica } from './engine.ts';

const target = JSON.parse(process.argv[2] ?? '') as DatabaseTarget;
const database = await openDatabase(target);
await migrate(database);
await createEffects(database);
const { store } = await startReplica(database, { chores: chores(database, 'child', (step) => console.log(`step ${step}`)) });
await store.transaction((tx) => tx.startRun({ id: 'chores-1', kind: 'chores', input: null }));
setInterval(() => undefined, 1_000);
