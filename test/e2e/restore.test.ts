import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { createIncidents } from '../../src/engine/incidents.ts';
import { ENGINE_QUEUES } from '../../src/engine/jobs.ts';
import { redactedChain } from '../../src/evidence/chain.ts';
import { createSigner } from '../../src/evidence/keys.ts';
import { createRedactor } from '../../src/evidence/redact.ts';
import { exitCode } from '../../src/evidence/report.ts';
import { verifyEvidence } from '../../src/evidence/verify.ts';
import { startKeeping } from '../../src/keeping.ts';
import { createMetrics } from '../../src/metrics.ts';
import { restoreDatabase } from '../../src/restoring.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { startQueue } from '../../src/store/queue.ts';
import { createStore } from '../../src/store/store.ts';
import type { timerTable } from '../../src/store/timers.ts';
import { SLACK_QUEUES } from '../../src/wire.ts';
import { describeWorld } from './helpers/each.ts';
import { declare } from './helpers/world.ts';

const CHANNELS = { incidents: 'C0INCIDENTS', updates: 'C0OPSESC', room: 'channel' } as const;

describeWorld('After the database is lost', { delivery: 'socket' }, (world) => {
  test('the evidence alone rebuilds state, ids and timers; a bot on an empty database refuses to start', async () => {
    const open = await declare(world(), 'P1 aureus Still open');
    const closed = await declare(world(), 'P2 sark Already closed');
    await world().say('U0ADA', open.room, 'ack');
    await world().say('U0ADA', open.room, 'note the password is hunter2, token=abcdefghijklmnop');
    await world().say('U0ADA', closed.room, 'resolve done');
    await world().say('U0ADA', closed.room, 'close');
    const before = await Promise.all([open.id, closed.id].map((id) => world().tocsin.incidents.find(id)));
    const timersBefore = await timers(world().tocsin.database);
    await world().tocsin.stop();

    const evidence = await DirectoryStore.openReadOnly(world().evidence);
    expect(exitCode(await verifyEvidence(evidence, { strict: true }))).toBe(0);
    const database = await openDatabase({ memory: true });
    await migrate(database);
    const queue = await startQueue(database, [...ENGINE_QUEUES, ...SLACK_QUEUES]);
    const store = createStore(database, queue);
    const chain = redactedChain(createRedactor([]));
    const keeping = {
      database,
      store,
      chain,
      evidence,
      signer: createSigner(),
      replica: 'r',
      metrics: createMetrics(),
      logger: pino({ level: 'silent' }),
    };
    await expect(startKeeping(keeping)).rejects.toMatchObject({ code: 'store-ahead', message: expect.stringContaining('tocsin restore') });

    await restoreDatabase(database, evidence, () => CHANNELS);
    const incidents = createIncidents({ store, chain, channelsOf: () => CHANNELS });
    expect(await Promise.all([open.id, closed.id].map((id) => incidents.find(id)))).toEqual(before);
    expect(await timers(database)).toEqual(timersBefore);
    const next = await store.transaction((tx) => tx.nextNumber(open.id.slice(0, 8)));
    expect(next).toBe(3);
    expect((await store.incidents({ open: true })).map(({ id }) => id)).toEqual([open.id]);
    expect(JSON.stringify(await store.records(open.id))).not.toContain('abcdefghijklmnop');
    await expect(restoreDatabase(database, evidence, () => CHANNELS)).rejects.toMatchObject({ code: 'restore-not-empty' });
    await queue.stop(0);
    await database.close();
  });
});

test('the command line restores into an empty directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tocsin-restore-'));
  try {
    const { playStory } = await import('../../src/demo/story.ts');
    await playStory(join(directory, 'evidence'), () => undefined);
    const evidence = await DirectoryStore.openReadOnly(join(directory, 'evidence'));
    const database = await openDatabase({ directory: join(directory, 'database') });
    await migrate(database);
    const restored = await restoreDatabase(database, evidence, () => CHANNELS);
    expect(restored.records).toBeGreaterThan(15);
    await database.close();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

async function timers(database: Parameters<typeof timerTable>[0]): Promise<unknown> {
  return database.db
    .selectFrom('timer')
    .select(['stream', 'name', 'due_at'])
    .where('stream', 'like', 'INC-%')
    .orderBy('stream')
    .orderBy('name')
    .execute();
}
