/** A replica of its own, to be killed: `node child.ts '{"url":"..."}' 3`, or with `{"directory":"..."}`. Says so in step 3, and stays there. */
import { type DatabaseTarget, openDatabase } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { chores, createEffects } from './chores.ts';
import { startReplica } from './engine.ts';

const target = JSON.parse(process.argv[2] ?? '') as DatabaseTarget;
const database = await openDatabase(target);
await migrate(database);
await createEffects(database);
const stopAt = Number(process.argv[3]);
const { store } = await startReplica(database, {
  chores: chores(database, 'child', async (step) => {
    if (step < stopAt) return;
    console.log(`in step ${step}`);
    await new Promise(() => undefined);
  }),
});
await store.transaction((tx) => tx.startRun({ id: 'chores-1', kind: 'chores', input: null }));
setInterval(() => undefined, 1_000);
