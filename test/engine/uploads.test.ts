import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Loop } from '../../src/durable/loop.ts';
import { decodeCheckpoint, verifyCheckpoint } from '../../src/evidence/checkpoint.ts';
import { parsePublicKey } from '../../src/evidence/keys.ts';
import { ensureDurable, oldestUncheckpointed, requestCheckpoint, startCheckpoints } from '../../src/evidence/pipeline/checkpoints.ts';
import { startUploads } from '../../src/evidence/pipeline/uploads.ts';
import { sha256 } from '../../src/lib/hash.ts';
import type { ChainedRecord, EvidenceOutbox } from '../../src/ports/evidence.ts';
import type { Store } from '../../src/ports/store.ts';
import { checkpointTable } from '../../src/store/checkpoints.ts';
import { clockOffset } from '../../src/store/clock.ts';
import type { Database } from '../../src/store/database.ts';
import { leases } from '../../src/store/leases.ts';
import { evidenceOutbox } from '../../src/store/outbox.ts';
import { type StoreQueue, startQueue } from '../../src/store/queue.ts';
import { createStore } from '../../src/store/store.ts';
import { describeEachDatabase } from '../store/helpers/databases.ts';
import { eventually } from '../store/helpers/eventually.ts';
import { note } from '../store/helpers/records.ts';
import { chainRecord, keys, MemoryEvidence, makeCheckpoints, testSigner, uploadTo } from './helpers/evidence.ts';

const TIME = '2026-01-01T00:00:00.000Z';

describeEachDatabase('uploads and checkpoints', ({ database, open }) => {
  const { signer, publicKey } = testSigner();
  const loops: Loop[] = [];
  let queue: StoreQueue;
  let store: Store;
  let outbox: EvidenceOutbox;
  let evidence: MemoryEvidence;
  let forks: string[];
  let errors: unknown[];

  beforeEach(async () => {
    queue = await startQueue(database(), []);
    store = createStore(database(), queue);
    outbox = evidenceOutbox(database());
    evidence = new MemoryEvidence();
    forks = [];
    errors = [];
  });
  afterEach(async () => {
    for (const loop of loops.splice(0)) await loop.stop();
    await queue.stop(0);
    for (const table of ['stream', 'record', 'artifact', 'checkpoint', 'lease'] as const) await database().db.deleteFrom(table).execute();
  });

  function uploads(on: Database = database(), replica: string = randomUUID()): Loop {
    const loop = startUploads({
      outbox: evidenceOutbox(on),
      leases: leases(on),
      bus: on.bus,
      replica,
      keys,
      upload: uploadTo(evidence),
      publicKeys: [publicKey],
      onFork: (stream) => void forks.push(stream),
      onError: (error) => errors.push(error),
    });
    loops.push(loop);
    return loop;
  }

  function checkpoints(on: Database = database(), replica: string = randomUUID()): Loop {
    const loop = startCheckpoints({
      table: checkpointTable(on, chainRecord),
      leases: leases(on),
      bus: on.bus,
      replica,
      make: makeCheckpoints(signer),
      onError: (error) => errors.push(error),
    });
    loops.push(loop);
    return loop;
  }

  function append(stream: string, count: number, artifact?: Uint8Array, type = 'test.note'): Promise<ChainedRecord[]> {
    return store.transaction(async (tx) => {
      const artifacts = artifact === undefined ? [] : [await tx.putArtifact(stream, artifact)];
      const head = await tx.lockStream(stream);
      const records: ChainedRecord[] = [];
      let last: { seq: number; hash: string } = head;
      for (let index = 0; index < count; index += 1) {
        const record = chainRecord(last, { ...note({ index }), type, artifacts }, { stream, time: TIME, eventId: randomUUID() });
        records.push(record);
        last = { seq: record.record.seq, hash: record.hash };
      }
      await tx.append(head, records, null);
      return records;
    });
  }

  test('artifacts come before records, records in order and byte for byte, and the database lets go of the artifact', async () => {
    uploads();
    const [first] = await append('INC-2026-0001', 60, Buffer.from('a log'));
    await append('DRL-2026-0001', 2);
    await eventually('all is stored', async () => (await outbox.depth()).records === 0);
    const written = evidence.written('incidents/INC-2026-0001/');
    expect(written[0]).toBe(`artifacts/sha256/${sha256(Buffer.from('a log'))}`);
    expect(written.slice(1)).toEqual(Array.from({ length: 60 }, (_, index) => `records/${String(index + 1).padStart(8, '0')}.json`));
    expect(Buffer.from(evidence.objects.get('incidents/INC-2026-0001/records/00000001.json') ?? [])).toEqual(Buffer.from(first?.bytes ?? []));
    expect(evidence.written('drills/DRL-2026-0001/')).toHaveLength(2);
    expect(evidence.written('keys/')).toHaveLength(1);
    const artifact = await database().db.selectFrom('artifact').selectAll().executeTakeFirstOrThrow();
    expect(artifact).toMatchObject({ bytes: null, stored: true, size: '5' });
    expect(await store.records('INC-2026-0001', { to: 1 })).toHaveLength(1);
  });

  test('an outage loses nothing, shows in the depth, and ends by itself', async () => {
    evidence.down = true;
    uploads();
    await append('INC-2026-0002', 3);
    await eventually('it was tried twice', () => evidence.refusals >= 2);
    expect(await outbox.depth()).toMatchObject({ records: 3, artifacts: 0, checkpoints: 0 });
    await append('INC-2026-0002', 2);
    evidence.down = false;
    await eventually('all is stored', async () => (await outbox.depth()).records === 0);
    expect(evidence.written('incidents/INC-2026-0002/')).toHaveLength(5);
    expect(errors.length).toBeGreaterThan(0);
    expect(forks).toEqual([]);
  });

  test('the log waits for a stream that fails, but not for one that another replica has stored since', async () => {
    evidence.down = true;
    uploads();
    await append('INC-2026-0021', 1);
    await append('log', 1);
    await eventually('it was tried', () => evidence.refusals >= 1 && errors.length >= 1);
    await outbox.recordsStored('INC-2026-0021', 1);
    evidence.down = false;
    await eventually('the log is stored', () => evidence.written('log/').length === 1);
  });

  test('a fork stops its stream, sounds the alarm once, and leaves the others alone', async () => {
    evidence.objects.set('incidents/INC-2026-0003/records/00000002.json', Buffer.from('another history\n'));
    uploads();
    await append('INC-2026-0003', 3);
    await append('INC-2026-0004', 1);
    await eventually('the alarm', () => forks.length > 0);
    await append('INC-2026-0003', 1);
    await append('INC-2026-0004', 1);
    await eventually('the other goes on', () => evidence.written('incidents/INC-2026-0004/').length === 2);
    expect(forks).toEqual(['INC-2026-0003']);
    expect(evidence.written('incidents/INC-2026-0003/records/')).toEqual(['00000002.json', '00000001.json']);
    expect(await outbox.forks()).toMatchObject([{ stream: 'INC-2026-0003', reason: expect.stringContaining('00000002') }]);
    await expect(ensureDurable({ outbox, bus: database().bus }, 'INC-2026-0003', 4)).rejects.toMatchObject({ code: 'evidence-fork' });
    evidence.objects.delete('incidents/INC-2026-0003/records/00000002.json');
    await outbox.clearFork('INC-2026-0003');
    await eventually('it goes on when an operator says so', () => evidence.written('incidents/INC-2026-0003/').length === 4);
  });

  test('write-ahead: durable means records, artifacts and a signed checkpoint that covers them', async () => {
    evidence.down = true;
    uploads();
    checkpoints();
    const records = await append('INC-2026-0005', 3, Buffer.from('captured'));
    const durable = ensureDurable({ outbox, bus: database().bus }, 'INC-2026-0005', 3);
    await eventually('the checkpoint is made', async () => (await outbox.depth()).checkpoints >= 1);
    expect(await Promise.race([durable, Promise.resolve('still waiting')])).toBe('still waiting');
    evidence.down = false;
    await durable;
    const prefix = 'incidents/INC-2026-0005/';
    const bytes = evidence.objects.get(`${prefix}checkpoints/00000003.json`) ?? new Uint8Array();
    const signature = evidence.objects.get(`${prefix}checkpoints/00000003.sig`) ?? new Uint8Array();
    expect(decodeCheckpoint(bytes)).toMatchObject({ size: 3, head: records[2]?.hash, incident_id: 'INC-2026-0005', key_id: signer.keyId });
    expect(await verifyCheckpoint(bytes, signature, parsePublicKey(signer.publicKeyPem))).toBe(true);
    expect(evidence.written(prefix)[0]).toMatch(/^artifacts/);
    await eventually('the log is told and covered', async () => evidence.objects.has('log/checkpoints/00000001.json'));
    expect(await store.records('log')).toMatchObject([
      { type: 'log.head', data: { incident_id: 'INC-2026-0005', size: 3, head: records[2]?.hash, checkpoint_sha256: sha256(bytes) } },
    ]);
  });

  test('the checkpoint of a closed stream says so', async () => {
    uploads();
    checkpoints();
    await append('INC-2026-0009', 2);
    await append('INC-2026-0009', 1, undefined, 'test.closed');
    await ensureDurable({ outbox, bus: database().bus }, 'INC-2026-0009', 3);
    const bytes = evidence.objects.get('incidents/INC-2026-0009/checkpoints/00000003.json') ?? new Uint8Array();
    expect(decodeCheckpoint(bytes)).toMatchObject({ kind: 'closing', size: 3 });
  });

  test('a wait for durability ends with its signal', async () => {
    evidence.down = true;
    await append('INC-2026-0006', 1);
    await expect(ensureDurable({ outbox, bus: database().bus }, 'INC-2026-0006', 1, AbortSignal.abort(new Error('deadline')))).rejects.toThrow(
      'deadline',
    );
  });

  test('checkpoints come at once when asked for, by age otherwise, and the log does not feed itself', async () => {
    checkpoints();
    const table = checkpointTable(database(), chainRecord);
    await append('INC-2026-0007', 1);
    await append('INC-2026-0008', 1);
    requestCheckpoint(database().bus, 'INC-2026-0007');
    const sizes = async (stream: string) =>
      (await database().db.selectFrom('checkpoint').select('size').where('stream', '=', stream).execute()).map(({ size }) => Number(size));
    await eventually('the one asked for', async () => (await sizes('INC-2026-0007')).length === 1);
    await eventually('the log', async () => (await sizes('log')).length === 1);
    expect(await sizes('INC-2026-0008')).toEqual([]);
    // As if ten seconds had passed.
    await database().db.updateTable('record').set({ appended_at: 1 }).where('stream', '=', 'INC-2026-0008').execute();
    expect(await oldestUncheckpointed(table)).toBeGreaterThan(10_000);
    await eventually('the old one', async () => (await sizes('INC-2026-0008')).length === 1);
    // The log's record of it comes a moment later.
    await eventually('the log again', async () => (await sizes('log')).length === 2);
    await eventually('all is covered', async () => (await oldestUncheckpointed(table)) === 0);
    expect(await sizes('log')).toEqual([1, 2]);
    expect(errors).toEqual([]);
    expect(await clockOffset(database())).toBe(0);
  });

  test('two replicas share the work, and one takes over from the other', async () => {
    const other = await open();
    const firstUploads = uploads(database(), 'one');
    const firstCheckpoints = checkpoints(database(), 'one');
    uploads(other, 'two');
    checkpoints(other, 'two');
    for (let index = 1; index <= 5; index += 1) await append(`INC-2026-001${index}`, 2);
    await Promise.all([1, 2, 3, 4, 5].map((index) => ensureDurable({ outbox, bus: database().bus }, `INC-2026-001${index}`, 2)));
    await firstUploads.stop();
    await firstCheckpoints.stop();
    await append('INC-2026-0011', 1);
    await ensureDurable({ outbox, bus: other.bus }, 'INC-2026-0011', 3);
    const log = await store.records('log');
    expect(log.map(({ data }) => (data as { incident_id: string }).incident_id).sort()).toEqual([
      'INC-2026-0011',
      'INC-2026-0011',
      'INC-2026-0012',
      'INC-2026-0013',
      'INC-2026-0014',
      'INC-2026-0015',
    ]);
    expect(forks).toEqual([]);
  });

  test('a lease is kept by who has it, until it runs out or is let go', async () => {
    const table = leases(database());
    expect(await table.acquire('l', 'one', 60_000)).toBe(true);
    expect(await table.acquire('l', 'two', 60_000)).toBe(false);
    expect(await table.acquire('l', 'one', -1)).toBe(true);
    expect(await table.acquire('l', 'two', 60_000)).toBe(true);
    await table.release('l', 'one');
    expect(await table.acquire('l', 'one', 60_000)).toBe(false);
    await table.release('l', 'two');
    expect(await table.acquire('l', 'one', 60_000)).toBe(true);
  });
});
