import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { adoptIncidents } from '../../src/app/adopting.ts';
import { startKeeping } from '../../src/app/keeping.ts';
import { restoreDatabase } from '../../src/app/restoring.ts';
import { startTocsin } from '../../src/app/start.ts';
import { createIncidents } from '../../src/engine/incidents/incidents.ts';
import { SLACK_QUEUES } from '../../src/engine/queues.ts';
import { redactedChain } from '../../src/evidence/chain.ts';
import { createSigner, type FileSigner, readFileSigner } from '../../src/evidence/keys.ts';
import { createRedactor } from '../../src/evidence/redaction/redact.ts';
import { exitCode } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { ENGINE_QUEUES } from '../../src/ports/engine-queues.ts';
import { setClockOffset } from '../../src/store/clock.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { startQueue } from '../../src/store/queue.ts';
import { createStore } from '../../src/store/store.ts';
import type { timerTable } from '../../src/store/timers.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, approve, breakIt, commanded, environmentOf, MARIE, request } from '../e2e/helpers/remedies.ts';
import { declare } from '../e2e/helpers/world.ts';
import { ownPins } from '../evidence/helpers/pins.ts';
import { eventually } from '../store/helpers/eventually.ts';
import { inMemory } from '../store/helpers/memory.ts';

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
    expect(exitCode(await verifyEvidence(evidence, { strict: true, ...(await ownPins(evidence)) }))).toBe(0);
    const database = await openDatabase(await inMemory());
    await migrate(database);
    const queue = await startQueue(database, [...ENGINE_QUEUES, ...SLACK_QUEUES]);
    const store = createStore(database, queue);
    const chain = redactedChain(createRedactor([]));
    const keeping = {
      database,
      store,
      chain,
      evidence,
      signer: await worldsKey(world().data),
      replica: 'r',
      anchorChannel: CHANNELS.incidents,
      metrics: createMetrics(),
      logger: pino({ level: 'silent' }),
    };
    await expect(startKeeping(keeping)).rejects.toMatchObject({ code: 'store-ahead', message: expect.stringContaining('tocsin -- restore') });
    // What another key signed, anybody may have written.
    await expect(startKeeping({ ...keeping, signer: createSigner() })).rejects.toMatchObject({ code: 'store-ahead-unsigned' });

    await restoreDatabase(database, evidence, () => CHANNELS);
    const incidents = createIncidents({ store, chain, channelsOf: () => CHANNELS, wrong: database.seal.wrong });
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
    const { playStory } = await import('../../demo/story.ts');
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

describeWorld('After the database is lost while a bypass is in force', { delivery: 'socket', platforms: true }, (world) => {
  test('approvals are void, and the bypass of a resolved incident is reverted at once because its time is over', async () => {
    await breakIt(world(), 'policy-engine-down');
    const inForce = await commanded(world(), 'P0 aureus Policies block all queries');
    const bypass = await request(world(), inForce, 'aureus/policy-engine-failure bypass nothing else helps');
    await approve(world(), MARIE, inForce, bypass);
    const waiting = await commanded(world(), 'P1 aureus Connections are used up');
    const asked = await request(world(), waiting, 'aureus/frontend-down restart it hangs');
    expect(asked.status).toBe('waiting');
    await world().say(ADA, inForce.room, 'resolve the engine is back');
    expect((await world().tocsin.incidents.find(inForce.id))?.status).toBe('resolved');
    await world().tocsin.stop();

    const directory = await mkdtemp(join(tmpdir(), 'tocsin-restored-'));
    const evidence = await DirectoryStore.openReadOnly(world().evidence);
    const database = await openDatabase({ directory });
    await migrate(database);
    await restoreDatabase(database, evidence, () => CHANNELS);
    const queue = await startQueue(database, [...ENGINE_QUEUES, ...SLACK_QUEUES]);
    const store = createStore(database, queue);
    const restored = createIncidents({ store, chain: redactedChain(createRedactor([])), channelsOf: () => CHANNELS, wrong: database.seal.wrong });
    expect(await adoptIncidents(store, restored, () => CHANNELS)).toBeGreaterThanOrEqual(2);
    await queue.stop(0);
    await database.close();

    // Nobody was there when its hour was over.
    world().slack.clock.advance(70 * 60_000);
    const again = await startTocsin(world().config, pino({ level: 'silent' }), { database: { directory } });
    await setClockOffset(again.database, world().slack.clock.offsetMs);
    try {
      await eventually('the bypass is reverted', async () => (await again.incidents.find(inForce.id))?.plans[bypass.id]?.status === 'reverted');
      await eventually('the plan is void', async () => (await again.incidents.find(waiting.id))?.plans[asked.id]?.status === 'voided');
      expect(environmentOf(world(), 'aureus', 'aureus-frontend')).not.toHaveProperty('POLICY_BYPASS_MODE');
      const records = await again.store.records(inForce.id);
      const reverted = records.find(({ type }) => type === 'remedy.reverted')?.data as { late_ms: number; verified: boolean };
      expect(reverted.verified).toBe(true);
      expect(reverted.late_ms).toBeGreaterThan(10 * 60_000);
    } finally {
      await again.stop();
      await rm(directory, { recursive: true, force: true });
    }
  });
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

async function worldsKey(data: string): Promise<FileSigner> {
  const signer = await readFileSigner(join(data, 'signing-key.pem'));
  if (signer === null) throw new Error('The world has no signing key.');
  return signer;
}
