import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { repairStream } from '../../src/app/repairing.ts';
import { restoreDatabase } from '../../src/app/restoring.ts';
import { nextRecord } from '../../src/evidence/chain.ts';
import { readFileSigner } from '../../src/evidence/keys.ts';
import { recordKey, repairKey } from '../../src/evidence/layout.ts';
import { exitCode } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { declare, readable } from '../e2e/helpers/world.ts';
import { eventually } from '../store/helpers/eventually.ts';
import { inMemory } from '../store/helpers/memory.ts';

const CHANNELS = { incidents: 'C0INCIDENTS', updates: 'C0OPSESC', room: 'channel' } as const;

describeWorld('With the evidence store’s write access alone', { delivery: 'socket' }, (world) => {
  test('taking the next record’s name is told everywhere; the incident goes on behind it, and both histories stay visible', async () => {
    const { id, room } = await declare(world(), 'P1 aureus Somebody else writes here');
    const { store, database, ops } = world().tocsin;
    const evidence = await DirectoryStore.open(world().evidence, 0);
    await eventually('all is stored', async () => {
      const row = await database.db.selectFrom('stream').select(['seq', 'uploaded']).where('name', '=', id).executeTakeFirstOrThrow();
      return row.seq === row.uploaded;
    });
    const seq = ((await store.head(id))?.seq ?? 0) + 1;
    const planted = Buffer.from('{"planted":true}\n');
    await writeFile(join(world().evidence, recordKey(id, seq)), planted);
    await world().say('U0ADA', room, 'note this is where it stops');

    const ready = async () => (await fetch(`http://127.0.0.1:${ops.port}/readyz`)).text();
    await eventually('readiness says it', async () => (await ready()).includes(`evidence-fork ${id}`));
    for (const channel of [room, 'C0OPSESC'])
      await eventually(`${channel} is told`, () =>
        world()
          .slack.messages(channel)
          .some((message) => readable(message).includes(`Evidence of ${id} has stopped`)),
      );
    expect(await (await fetch(`http://127.0.0.1:${ops.port}/metrics`)).text()).toMatch(/tocsin_evidence_forked_streams 1/);

    const signer = await readFileSigner(join(world().data, 'signing-key.pem'));
    if (signer === null) throw new Error('no key');
    const objects = await repairStream({ database, store, chain: nextRecord, evidence, signer }, id);
    expect(objects).toMatchObject([{ key: recordKey(id, seq) }]);
    await eventually('it goes on', async () => (await evidence.get(repairKey(recordKey(id, seq)))) !== null);
    await world().say('U0ADA', room, 'note and goes on');
    await world().tocsin.stop();

    expect(Buffer.from((await evidence.get(recordKey(id, seq))) ?? [])).toEqual(planted);
    const report = await verifyEvidence(evidence, { strict: true, pinnedKeyIds: [signer.keyId] });
    expect(report.findings.filter(({ severity }) => severity === 'altered')).toEqual([]);
    expect(report.findings).toContainEqual(expect.objectContaining({ code: 'foreign-object', key: recordKey(id, seq) }));
    expect(exitCode(report)).toBe(2);

    const restored = await openDatabase(await inMemory());
    await migrate(restored);
    const { unsigned } = await restoreDatabase(restored, evidence, () => CHANNELS, { pinned: [signer.keyId] });
    expect(unsigned).toEqual([]);
    expect(await restored.db.selectFrom('record').select('seq').where('stream', '=', id).where('type', '=', 'note.added').execute()).toHaveLength(2);
    await restored.close();
    await expect(restoreFresh(evidence, 'f'.repeat(64))).rejects.toMatchObject({ code: 'restore-broken', message: expect.stringContaining('--key') });
  });
});

async function restoreFresh(evidence: DirectoryStore, pinned: string): Promise<void> {
  const database = await openDatabase(await inMemory());
  try {
    await migrate(database);
    await restoreDatabase(database, evidence, () => CHANNELS, { pinned: [pinned] });
  } finally {
    await database.close();
  }
}
