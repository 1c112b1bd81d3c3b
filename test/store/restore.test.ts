import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { TocsinError } from '../../src/domain/errors.ts';
import type { Json } from '../../src/domain/record.ts';
import type { Loop } from '../../src/durable/loop.ts';
import { isSignedAhead } from '../../src/evidence/ahead-signed.ts';
import { archiveReader } from '../../src/evidence/archive.ts';
import { decodeCheckpoint, verifyCheckpoint } from '../../src/evidence/checkpoint.ts';
import { parsePublicKey } from '../../src/evidence/keys.ts';
import { parseKey, repairKey, STREAM_ROOTS } from '../../src/evidence/layout.ts';
import { ensureDurable, startCheckpoints } from '../../src/evidence/pipeline/checkpoints.ts';
import { startUploads } from '../../src/evidence/pipeline/uploads.ts';
import { decodeRecord } from '../../src/evidence/record.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { FLOW } from '../../src/ports/engine-queues.ts';
import type { Store } from '../../src/ports/store.ts';
import { adoptDatabase } from '../../src/store/adopt.ts';
import { compareWithEvidence as compare } from '../../src/store/ahead.ts';
import { archiveIncident, archiveLog, logToArchive } from '../../src/store/archive.ts';
import { checkpointTable } from '../../src/store/checkpoints.ts';
import { type Database, withArchive } from '../../src/store/database.ts';
import { leases } from '../../src/store/leases.ts';
import { evidenceOutbox } from '../../src/store/outbox.ts';
import { type StoreQueue, startQueue } from '../../src/store/queue.ts';
import { restoreFromEvidence } from '../../src/store/restore.ts';
import type { RestorePorts } from '../../src/store/restore-ports.ts';
import { createStore } from '../../src/store/store.ts';
import { assertOutsideTransaction } from '../../src/store/transaction.ts';
import { chainRecord, keys, MemoryEvidence, makeCheckpoints, testSigner, uploadTo } from '../engine/helpers/evidence.ts';
import { describeEachDatabase } from './helpers/databases.ts';
import { note } from './helpers/records.ts';

const TABLES = ['stream', 'record', 'artifact', 'checkpoint', 'lease', 'counter', 'incident', 'timer'] as const;
const COUNTERS = [{ counter: 'INC-2026', streamOf: (number: number) => `INC-2026-${String(number).padStart(4, '0')}` }];

describeEachDatabase('restore', ({ database }) => {
  const { signer, publicKey } = testSigner();
  let queue: StoreQueue;
  let store: Store;
  let evidence: MemoryEvidence;
  let loops: Loop[];

  beforeEach(async () => {
    queue = await startQueue(database(), [FLOW]);
    store = createStore(database(), queue);
    evidence = new MemoryEvidence();
    loops = [];
  });
  afterEach(async () => {
    await stop();
    await queue.stop(0);
    await wipe();
  });

  async function stop(): Promise<void> {
    for (const loop of loops.splice(0)) await loop.stop();
  }

  async function wipe(): Promise<void> {
    for (const table of TABLES) await database().db.deleteFrom(table).execute();
  }

  function compareWithEvidence(on: MemoryEvidence = evidence): Promise<void> {
    return compare(
      database(),
      {
        evidence: on,
        recordKeys: (stream, seq) => [keys.record(stream, seq), repairKey(keys.record(stream, seq))],
        isKnown: async () => false,
        isSigned: (stream, seq) => isSignedAhead(on, signer, stream, seq),
      },
      COUNTERS,
    );
  }

  function ports(): RestorePorts {
    return {
      evidence,
      keys,
      parseKey,
      repairKey,
      roots: STREAM_ROOTS,
      decodeRecord,
      async decodeCheckpoint(bytes, signature) {
        if (!(await verifyCheckpoint(bytes, signature, parsePublicKey(signer.publicKeyPem))))
          throw new TocsinError('restore-broken', 'a wrong signature');
        const { size, head, incident_id: stream } = decodeCheckpoint(bytes);
        return { stream, size, head, sha256: sha256(bytes) };
      },
      evolve: (stream, state, record) =>
        stream.startsWith('INC-') ? { count: ((state as { count: number } | null)?.count ?? 0) + 1, last: record.event_id } : null,
      counterOf(stream) {
        const [, counter, number] = /^(INC-\d{4})-(\d+)$/.exec(stream) ?? [];
        return counter === undefined ? null : { counter, number: Number(number) };
      },
      incidentIndex: (stream) => (stream.startsWith('INC-') ? indexOf(stream) : null),
      timers: (stream) => (stream.startsWith('INC-') ? [{ name: 'update', dueAt: 4_000_000_000_000 }] : []),
    };
  }

  function indexOf(id: string) {
    return { id, service: 'sark', severity: 'P1', status: 'investigating', open: true, private: false, channel: null, declaredAt: 1 };
  }

  /** An incident as the command flow stores it. */
  async function incident(count: number): Promise<string> {
    return store.transaction(async (tx) => {
      const stream = COUNTERS[0]?.streamOf(await tx.nextNumber('INC-2026')) ?? '';
      let head = await tx.lockStream(stream);
      const artifact = await tx.putArtifact(stream, Buffer.from(stream));
      for (let index = 0; index < count; index += 1) {
        const record = chainRecord(
          head,
          { ...note({ index }), artifacts: [artifact] },
          { stream, time: new Date(await tx.now()).toISOString(), eventId: randomUUID() },
        );
        const state = { count: index + 1, last: record.record.event_id };
        await tx.append(head, [record], state);
        head = { stream, seq: record.record.seq, hash: record.hash, state };
      }
      await tx.setTimers(stream, [{ name: 'update', dueAt: 4_000_000_000_000 }]);
      await tx.saveIncidentIndex(indexOf(stream));
      return stream;
    });
  }

  async function storeAll(streams: number, upTo = 1): Promise<void> {
    const { bus } = database();
    const outbox = evidenceOutbox(database());
    const onError = (error: unknown) => {
      throw error;
    };
    loops.push(
      startUploads({
        outbox,
        leases: leases(database()),
        bus,
        replica: 'r',
        keys,
        upload: uploadTo(evidence),
        publicKeys: [publicKey],
        onFork: () => undefined,
        onError,
      }),
    );
    loops.push(
      startCheckpoints({
        table: checkpointTable(database(), chainRecord),
        leases: leases(database()),
        bus,
        replica: 'r',
        make: makeCheckpoints(signer),
        onError,
      }),
    );
    for (let index = 1; index <= streams; index += 1) await ensureDurable({ outbox, bus }, COUNTERS[0]?.streamOf(index) ?? '', upTo);
    const log = await store.head('log');
    await ensureDurable({ outbox, bus }, 'log', log?.seq ?? 0);
    await stop();
  }

  async function dump(): Promise<unknown> {
    const { db } = database();
    return {
      streams: await db.selectFrom('stream').selectAll().orderBy('name').execute(),
      records: (
        await db.selectFrom('record').select(['stream', 'seq', 'type', 'time', 'event_id', 'bytes']).orderBy('stream').orderBy('seq').execute()
      ).map(({ bytes, ...row }) => ({ ...row, bytes: sha256(bytes) })),
      checkpoints: (
        await db.selectFrom('checkpoint').select(['stream', 'size', 'bytes', 'sha256', 'stored']).orderBy('stream').orderBy('size').execute()
      ).map(({ bytes, ...row }) => ({ ...row, bytes: sha256(bytes) })),
      artifacts: await db.selectFrom('artifact').select(['stream', 'sha256', 'size', 'bytes', 'stored']).orderBy('stream').execute(),
      counters: await db.selectFrom('counter').selectAll().orderBy('name').execute(),
      incidents: await db.selectFrom('incident').selectAll().orderBy('id').execute(),
      timers: await db.selectFrom('timer').selectAll().orderBy('stream').execute(),
    };
  }

  test('a lost database comes back as it was, and goes on from there', async () => {
    for (let index = 0; index < 3; index += 1) await incident(4 + index);
    await storeAll(3);
    await compareWithEvidence();
    const before = await dump();
    await expect(restoreFromEvidence(database(), ports())).rejects.toMatchObject({ code: 'restore-not-empty' });

    await wipe();
    await expect(compareWithEvidence()).rejects.toMatchObject({ code: 'store-ahead' });
    const restored = await restoreFromEvidence(database(), ports());
    expect(restored).toMatchObject({ streams: 4, records: 4 + 5 + 6 + 3 });
    expect(await dump()).toEqual(before);
    await compareWithEvidence();
    expect(await incident(1)).toBe('INC-2026-0004');
    await storeAll(4);
  });

  test('many incidents cost as many statements as one', async () => {
    const MANY = 30;
    for (let index = 0; index < MANY; index += 1) await incident(2);
    await storeAll(MANY, 2);
    const before = await dump();
    await wipe();
    let statements = 0;
    const db = database().db.withPlugin({
      transformQuery({ node }) {
        statements += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    expect(await restoreFromEvidence({ ...database(), db }, ports())).toMatchObject({ streams: MANY + 1 });
    // The lock, the look whether it is empty, one for each table, and one for the counter.
    expect(statements).toBeLessThanOrEqual(10);
    expect(await dump()).toEqual(before);
  });

  test('a store that lacks what was stored is noticed: it is another one', async () => {
    await incident(2);
    await storeAll(1);
    await compareWithEvidence();
    await expect(compareWithEvidence(new MemoryEvidence())).rejects.toMatchObject({
      code: 'store-behind',
      message: expect.stringContaining('of log'),
    });
  });

  test('an old copy of the database is noticed, whichever stream is behind', async () => {
    await incident(2);
    await storeAll(1);
    const bytes = evidence.objects.get(keys.record('INC-2026-0001', 2)) ?? new Uint8Array();
    for (const key of [keys.record('INC-2026-0001', 3), keys.record('INC-2026-0002', 1), keys.record('log', 2), keys.record('system', 1)]) {
      await compareWithEvidence();
      evidence.objects.set(key, bytes);
      await expect(compareWithEvidence()).rejects.toMatchObject({ code: 'store-ahead-unsigned' });
      evidence.objects.delete(key);
    }
  });

  test('what another replica appends and stores meanwhile is no old copy', async () => {
    await incident(2);
    await storeAll(1);
    const busy: MemoryEvidence = Object.create(evidence) as MemoryEvidence;
    let grown = false;
    busy.get = async (key) => {
      if (!grown) {
        grown = true;
        await incident(1);
        await storeAll(2);
      }
      return evidence.get(key);
    };
    await compareWithEvidence(busy);
    expect(grown).toBe(true);
  });

  test('what was altered or lost is not restored, and nothing is left of the attempt', async () => {
    await incident(3);
    await storeAll(1);
    await wipe();
    const damage = async (key: string, bytes: Uint8Array | null) => {
      const good = evidence.objects.get(key) ?? new Uint8Array();
      if (bytes === null) evidence.objects.delete(key);
      else evidence.objects.set(key, bytes);
      await expect(restoreFromEvidence(database(), ports())).rejects.toThrow();
      expect(await store.head('INC-2026-0001')).toBeNull();
      evidence.objects.set(key, good);
    };
    const second = keys.record('INC-2026-0001', 2);
    const text = Buffer.from(evidence.objects.get(second) ?? []).toString();
    await damage(second, Buffer.from(text.replace('"index":1', '"index":9')));
    await damage(second, null);
    expect(await restoreFromEvidence(database(), ports())).toMatchObject({ records: 4, refused: [] });
  });

  test('a checkpoint that is damaged or taken away covers nothing: what it covered is left out, and both are named', async () => {
    await incident(3);
    await storeAll(1);
    await wipe();
    const signature = keys.signature('INC-2026-0001', 3);
    const checkpoint = keys.checkpoint('INC-2026-0001', 3);
    const ofAnother = evidence.objects.get(keys.checkpoint('log', 1)) ?? null;
    for (const [key, bytes] of [
      [signature, null],
      [signature, new Uint8Array(64)],
      [checkpoint, ofAnother],
      [checkpoint, Buffer.from('{')],
    ] as const) {
      const good = evidence.objects.get(key) ?? new Uint8Array();
      if (bytes === null) evidence.objects.delete(key);
      else evidence.objects.set(key, bytes);
      const restored = await restoreFromEvidence(database(), ports());
      expect(restored).toMatchObject({ records: 1, unsigned: { length: 3 }, refused: [{ key: checkpoint }] });
      expect(await store.head('INC-2026-0001')).toBeNull();
      evidence.objects.set(key, good);
      await wipe();
    }
  });

  test('whatever somebody without the key writes into the store, the genuine history is restored, and theirs is named', async () => {
    const stream = await incident(3);
    await storeAll(1);
    const before = await dump();
    const stranger = testSigner().signer;
    const { checkpoint: theirs } = await makeCheckpoints(stranger)({ stream, size: 7, hash: 'a'.repeat(64), type: 'test.note' }, Date.now());
    const replayed = (key: string) => evidence.objects.get(key) ?? new Uint8Array();
    const junk = Buffer.from('junk');
    const planted: readonly (readonly [key: string, bytes: Uint8Array])[] = [
      // Behind the genuine ones, and between them.
      [keys.checkpoint(stream, 99_999_999), junk],
      [keys.signature(stream, 99_999_999), junk],
      [keys.checkpoint(stream, 2), junk],
      [keys.checkpoint(stream, 7), theirs.bytes],
      [keys.signature(stream, 7), theirs.signature],
      // Genuine ones of another stream, and of another number.
      [keys.checkpoint(stream, 8), replayed(keys.checkpoint('log', 1))],
      [keys.signature(stream, 8), replayed(keys.signature('log', 1))],
      [keys.checkpoint(stream, 9), replayed(keys.checkpoint(stream, 3))],
      [keys.signature(stream, 9), replayed(keys.signature(stream, 3))],
      // Beside the genuine ones, as if they were repairs.
      ...[1, 2, 3].map((seq) => [repairKey(keys.record(stream, seq)), junk] as const),
      [repairKey(keys.checkpoint(stream, 3)), junk],
      [repairKey(keys.signature(stream, 3)), junk],
      [repairKey(keys.record('log', 1)), junk],
      // One far away, which must not be counted up to.
      [keys.record(stream, 99_999_999), junk],
    ];
    for (const [key, bytes] of planted) evidence.objects.set(key, bytes);
    for (const acceptUnsigned of [false, true]) {
      await wipe();
      const restored = await restoreFromEvidence(database(), { ...ports(), acceptUnsigned });
      expect(restored).toMatchObject({ streams: 2, records: 4 });
      const named = [...restored.refused.map(({ key }) => key), ...restored.unsigned.map(({ seq }) => keys.record(stream, seq))];
      for (const [key] of planted) if (!key.endsWith('.sig')) expect(named).toContain(key);
      expect(await dump()).toEqual(before);
    }
    expect(await isSignedAhead(evidence, signer, stream, 1)).toBe(true);
  });

  /** What somebody with the bucket and no key can do: a record that follows, in everything but a signature. */
  async function plant(stream: string): Promise<string> {
    const head = (await store.head(stream)) ?? { seq: 0, hash: '0'.repeat(64) };
    const forged = chainRecord(head, note({ approved: true }), { stream, time: '2026-01-01T00:00:00.000Z', eventId: randomUUID() });
    const key = keys.record(stream, head.seq + 1);
    evidence.objects.set(key, forged.bytes);
    return key;
  }

  test('a record that nobody signed is listed and left out, and taken only when that is asked for', async () => {
    const stream = await incident(3);
    await storeAll(1);
    await plant(stream);
    await plant('INC-2026-0009');
    await expect(compareWithEvidence()).rejects.toMatchObject({
      code: 'store-ahead-unsigned',
      message: expect.stringContaining('NOT signed by this signing key'),
    });
    await wipe();
    const restored = await restoreFromEvidence(database(), ports());
    expect(restored).toMatchObject({ streams: 2, records: 4 });
    expect(restored.unsigned).toMatchObject([
      { stream, seq: 4, type: 'test.note', time: '2026-01-01T00:00:00.000Z' },
      { stream: 'INC-2026-0009', seq: 1 },
    ]);
    expect(await store.head(stream)).toMatchObject({ seq: 3 });
    expect(await store.head('INC-2026-0009')).toBeNull();
    await wipe();
    expect(await restoreFromEvidence(database(), { ...ports(), acceptUnsigned: true })).toMatchObject({
      streams: 3,
      records: 6,
      unsigned: { length: 2 },
    });
    expect(await store.records(stream)).toHaveLength(4);
  });

  test('a store that was set back is not restored against a published anchor', async () => {
    await incident(3);
    await storeAll(1);
    const size = (await store.head('log'))?.seq ?? 0;
    const anchor = { size, sha256: sha256(evidence.objects.get(keys.checkpoint('log', size)) ?? new Uint8Array()) };
    await wipe();
    await restoreFromEvidence(database(), { ...ports(), anchor });
    await wipe();
    await expect(restoreFromEvidence(database(), { ...ports(), anchor: { size: size + 1, sha256: anchor.sha256 } })).rejects.toMatchObject({
      code: 'restore-broken',
    });
  });

  test('a database from before the MACs is taken as far as checkpoints cover it, and only so far', async () => {
    const stream = await incident(3);
    await storeAll(1);
    const unseal = async () => {
      await database().db.updateTable('record').set({ mac: null }).execute();
      await database().db.updateTable('stream').set({ mac: null, state: '{"forged":true}' }).execute();
    };
    const { decodeCheckpoint: decode, evolve } = ports();
    const before = await store.head(stream);
    await unseal();
    await expect(store.records(stream)).rejects.toMatchObject({ code: 'database-altered' });
    await expect(store.head(stream)).rejects.toMatchObject({ code: 'database-altered' });
    await adoptDatabase(database(), { decodeCheckpoint: decode, evolve });
    expect(await store.records(stream)).toHaveLength(3);
    expect(await store.head(stream)).toEqual(before);

    const tail = await store.transaction(async (tx) => {
      const head = await tx.lockStream(stream);
      const record = chainRecord(head, note({}), { stream, time: '2026-01-01T00:00:00.000Z', eventId: randomUUID() });
      await tx.append(head, [record], head.state);
      return record;
    });
    await adoptDatabase(database(), { decodeCheckpoint: decode, evolve });
    await unseal();
    await expect(adoptDatabase(database(), { decodeCheckpoint: decode, evolve })).rejects.toMatchObject({
      code: 'records-unsealed',
      message: expect.stringContaining(`Record ${tail.record.seq} of ${stream}`),
    });
  });

  test('work that is under way gets its MACs part by part, and after a crash all of it once more', async () => {
    await incident(2);
    await storeAll(1);
    const { decodeCheckpoint: decode, evolve } = ports();
    const { db } = database();
    const many = Array.from({ length: 1_201 }, (_, i) => `${i}`);
    await db.insertInto('run').values({ id: 'r:1', kind: 'test', input: '{"a":1}', ended: false, mac: null }).execute();
    for (let from = 0; from < many.length; from += 400)
      await db
        .insertInto('step')
        .values(many.slice(from, from + 400).map((name) => ({ run: 'r:1', name, output: '{"done":true}', mac: null })))
        .execute();
    let crashes = true;
    const broken = {
      ...database(),
      get seal() {
        const { seal } = database();
        return {
          ...seal,
          mac: (kind: Parameters<typeof seal.mac>[0], parts: Parameters<typeof seal.mac>[1]) => {
            if (crashes && kind === 'step' && parts[1] === '999') throw new Error('killed');
            return seal.mac(kind, parts);
          },
        };
      },
    };
    await expect(adoptDatabase(broken, { decodeCheckpoint: decode, evolve })).rejects.toThrow('killed');
    const sealed = async () => (await db.selectFrom('step').select('name').where('run', '=', 'r:1').where('mac', 'is not', null).execute()).length;
    // What was done before it stays.
    expect(await sealed()).toBeGreaterThanOrEqual(500);
    expect(await sealed()).toBeLessThan(1_201);
    crashes = false;
    await adoptDatabase(broken, { decodeCheckpoint: decode, evolve });
    expect(await sealed()).toBe(1_201);
    const [step] = await db.selectFrom('step').select(['run', 'name', 'mac']).where('name', '=', '1200').execute();
    expect(database().seal.fits('step', ['r:1', '1200', '{"done":true}'], step?.mac ?? null)).toBe(true);
    for (const table of ['step', 'run'] as const) await db.deleteFrom(table).execute();
  });

  describe('what was archived', () => {
    /** Archives an incident whose timer is over. */
    async function archive(stream: string): Promise<boolean> {
      await database().db.deleteFrom('timer').where('stream', '=', stream).execute();
      const head = await store.head(stream);
      if (head === null) throw new Error(`There is no ${stream}.`);
      return archiveIncident(database(), { stream, seq: head.seq, hash: head.hash, snapshots: [], resting: [] });
    }

    async function more(stream: string): Promise<void> {
      await store.transaction(async (tx) => {
        const head = await tx.lockStream(stream);
        const place = { stream, time: '2026-01-01T00:00:00.000Z', eventId: randomUUID() };
        await tx.append(head, [chainRecord(head, note({ more: true }), place)], head.state);
      });
    }

    function withEvidence(): { archived: Database; records: Store['records'] } {
      const archived = withArchive(database(), archiveReader(evidence));
      return { archived, records: createStore(archived, queue).records };
    }

    const countOf = async (stream: string) => (await database().db.selectFrom('record').select('seq').where('stream', '=', stream).execute()).length;

    test('is read from the evidence store, goes on, and makes its state again', async () => {
      const stream = await incident(4);
      await storeAll(1);
      const before = await store.records(stream);
      expect(await archive(stream)).toBe(true);
      expect(await countOf(stream)).toBe(1);
      const { archived, records } = withEvidence();
      expect(await records(stream)).toEqual(before);
      expect(await records(stream, { from: 2, to: 3 })).toEqual(before.slice(1, 3));
      expect(await records(stream, { from: 3 })).toEqual(before.slice(2));
      expect(await store.records(stream, { from: 4 })).toEqual(before.slice(3));
      await expect(store.records(stream)).rejects.toMatchObject({ code: 'archive-broken' });

      await more(stream);
      await storeAll(1, 5);
      expect(await records(stream)).toHaveLength(5);
      await compareWithEvidence();
      const { decodeCheckpoint: decode } = ports();
      const evolve = (_: string, state: Json | null) => ({ count: ((state as { count: number } | null)?.count ?? 0) + 1 });
      await database().db.updateTable('stream').set({ mac: null, state: '{"forged":true}' }).where('name', '=', stream).execute();
      // No transaction is open while the evidence store is read: it may take its time.
      const read = (...asked: Parameters<Database['archive']>) => {
        assertOutsideTransaction();
        return archived.archive(...asked);
      };
      await adoptDatabase({ ...archived, archive: read }, { decodeCheckpoint: decode, evolve });
      expect(await store.head(stream)).toMatchObject({ seq: 5, state: { count: 5 } });
      expect(await archive(stream)).toBe(true);
      expect(await countOf(stream)).toBe(1);
      expect(await records(stream)).toHaveLength(5);

      await wipe();
      await restoreFromEvidence(database(), ports());
      expect(await countOf(stream)).toBe(5);
    });

    test('is believed only as it was stored', async () => {
      const stream = await incident(4);
      await storeAll(1);
      await archive(stream);
      const { records } = withEvidence();
      evidence.objects.set(
        keys.record(stream, 2),
        Buffer.from(String(evidence.objects.get(keys.record(stream, 2))).replace('"index":1', '"index":7')),
      );
      await expect(records(stream)).rejects.toMatchObject({ code: 'archive-broken', message: expect.stringContaining(`Record 2 of ${stream}`) });
      expect(await records(stream, { from: 3 })).toHaveLength(2);
      evidence.objects.delete(keys.record(stream, 3));
      await expect(records(stream, { from: 3 })).rejects.toMatchObject({ code: 'archive-broken' });
      await database().db.updateTable('stream').set({ archived: 4 }).where('name', '=', stream).execute();
      await expect(records(stream)).rejects.toMatchObject({ code: 'database-altered' });
    });

    test('is nothing that is not stored, or of which something is under way', async () => {
      const stream = await incident(3);
      expect(await archive(stream)).toBe(false);
      await storeAll(1);
      const { db } = database();
      await store.transaction(async (tx) => {
        await tx.setTimers(stream, [{ name: 'review', dueAt: 4_000_000_000_000 }]);
      });
      const head = { stream, seq: 3, hash: (await store.head(stream))?.hash ?? '', snapshots: [], resting: [] };
      expect(await archiveIncident(database(), head)).toBe(false);
      await store.transaction((tx) => tx.setTimers(stream, []));
      const message = { key: `${stream}:m`, stream, seq: 1, lane: 'C1', template: 'page', to: {}, data: {} };
      await store.transaction((tx) => tx.addMessage(message));
      expect(await archiveIncident(database(), head)).toBe(false);
      await store.updateMessage(message.key, { state: 'sent' });
      expect(await archiveIncident(database(), { ...head, seq: 2 })).toBe(false);
      expect(await countOf(stream)).toBe(3);
      expect(await archiveIncident(database(), head)).toBe(true);
      expect(await db.selectFrom('message').select('key').where('stream', '=', stream).execute()).toEqual([]);
      // What a crash after the commit does again finds nothing to do.
      expect(await archiveIncident(database(), head)).toBe(true);
      expect(await countOf(stream)).toBe(1);
    });

    test('takes the runs with it that only wait, and those below them, but none that is at work', async () => {
      const stream = await incident(3);
      await storeAll(1);
      await store.transaction((tx) => tx.setTimers(stream, []));
      const head = { stream, seq: 3, hash: (await store.head(stream))?.hash ?? '', snapshots: [], resting: [`${stream}:canvas`, `${stream}:item:1`] };
      const start = (id: string) => store.transaction((tx) => tx.startRun({ id: `${stream}:${id}`, kind: 'waits', input: { incident: stream } }));
      const begun = async (id: string) => {
        await sql`delete from pgboss.job where singleton_key = ${`${stream}:${id}`}`.execute(database().db);
      };
      for (const id of ['canvas:2:0', 'canvas:2:1', 'item:1', 'item:10']) await start(id);
      for (const id of ['canvas:2:0', 'item:1', 'item:10']) await begun(id);
      expect(await archiveIncident(database(), head)).toBe(false);
      // Another item's run is not below the first one's.
      await database().db.updateTable('run').set({ ended: true }).where('id', '=', `${stream}:item:10`).execute();
      expect(await archiveIncident(database(), head)).toBe(false);
      await begun('canvas:2:1');
      await database().db.updateTable('run').set({ ended: false }).where('id', '=', `${stream}:item:10`).execute();
      expect(await archiveIncident(database(), head)).toBe(false);
      await database().db.updateTable('run').set({ ended: true }).where('id', '=', `${stream}:item:10`).execute();
      expect(await archiveIncident(database(), head)).toBe(true);
      expect(await database().db.selectFrom('run').select('id').where('incident', '=', stream).execute()).toEqual([]);
    });

    test('may be the log of heads, which goes on and is covered', async () => {
      for (let index = 0; index < 3; index += 1) await incident(2);
      await storeAll(3);
      expect(await logToArchive(database(), '2000-01-01T00:00:00.000Z')).toBeNull();
      const all = await store.records('log');
      const found = await logToArchive(database(), '2999-01-01T00:00:00.000Z');
      expect(found).toMatchObject({ from: 1, kept: all.length });
      if (found === null) throw new Error('There is nothing to archive.');
      await archiveLog(database(), found);
      expect(await logToArchive(database(), '2999-01-01T00:00:00.000Z')).toBeNull();
      const { archived, records } = withEvidence();
      expect(await records('log')).toEqual(all);
      await more('INC-2026-0001');
      await storeAll(1, 3);
      expect((await records('log')).length).toBeGreaterThan(all.length);
      await adoptDatabase(archived, { decodeCheckpoint: ports().decodeCheckpoint, evolve: () => null });
      await compareWithEvidence();
    });
  });
});
