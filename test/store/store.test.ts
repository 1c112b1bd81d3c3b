import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineQueue } from '../../src/ports/queue.ts';
import type { Store } from '../../src/ports/store.ts';
import { setClockOffset } from '../../src/store/clock.ts';
import { pruneInbox, pruneRuns } from '../../src/store/housekeeping.ts';
import { type StoreQueue, startQueue } from '../../src/store/queue.ts';
import { createStore } from '../../src/store/store.ts';
import { pruneTold } from '../../src/store/told.ts';
import { describeEachDatabase } from './helpers/databases.ts';
import { appendNote, chain, note } from './helpers/records.ts';

const JOBS = defineQueue({ name: 'jobs', kind: 'plain' }, z.json());
const TOGETHER = defineQueue({ name: 'together', kind: 'fifo' }, z.json());

describeEachDatabase('store', ({ database, open }) => {
  let queue: StoreQueue;
  let store: Store;

  beforeAll(async () => {
    queue = await startQueue(database(), [JOBS]);
    store = createStore(database(), queue);
  });
  afterAll(() => queue.stop(1_000));

  test('records keep their exact bytes, and the head and the state follow them', async () => {
    const first = await appendNote(store, 'INC-2026-0001', { text: 'naïve \u0000 "quoted"' });
    const second = await appendNote(store, 'INC-2026-0001', { text: 'second' });
    expect(await store.head('INC-2026-0001')).toEqual({ stream: 'INC-2026-0001', seq: 2, hash: second.hash, state: { count: 2 } });
    expect(await store.records('INC-2026-0001')).toEqual([first.record, second.record]);
    expect(await store.records('INC-2026-0001', { from: 2 })).toEqual([second.record]);
    expect(await store.records('INC-2026-0001', { to: 1 })).toEqual([first.record]);
    const row = await database().db.selectFrom('record').select('bytes').where('seq', '=', '1').executeTakeFirstOrThrow();
    expect(Buffer.from(row.bytes)).toEqual(Buffer.from(first.bytes));
    expect(await store.head('INC-2026-0099')).toBeNull();
  });

  test('a transaction that fails leaves nothing: no record, no timer, no number, no job', async () => {
    const failing = store.transaction(async (tx) => {
      const head = await tx.lockStream('INC-2026-0002');
      await tx.append(head, [chain(head, note(1))], { count: 1 });
      await tx.setTimers('INC-2026-0002', [{ name: 'late', dueAt: 1 }]);
      expect(await tx.nextNumber('rolled-back')).toBe(1);
      await tx.enqueue(JOBS.job({ never: true }));
      await tx.addMessage({ key: 'm0', stream: 'INC-2026-0002', seq: 1, lane: 'C1', template: 'card', to: {}, data: {} });
      throw new Error('undo');
    });
    await expect(failing).rejects.toThrow('undo');
    expect(await store.head('INC-2026-0002')).toBeNull();
    expect(await store.records('INC-2026-0002')).toEqual([]);
    expect(await store.message('m0')).toBeNull();
    expect(await database().db.selectFrom('timer').selectAll().where('stream', '=', 'INC-2026-0002').execute()).toEqual([]);
    expect(await store.transaction((tx) => tx.nextNumber('rolled-back'))).toBe(1);
    expect((await queue.depths())['jobs']).toEqual({ waiting: 0, active: 0 });
  });

  test('writers of one stream do not lose each other, and counters have no gaps', async () => {
    const writes = Array.from({ length: 24 }, (_, index) =>
      store.transaction(async (tx) => {
        const head = await tx.lockStream('INC-2026-0003');
        const number = await tx.nextNumber('INC-2026');
        if (index % 4 === 3) throw new Error('gives its number back');
        await tx.append(head, [chain(head, note(number))], { count: head.seq + 1 });
        return number;
      }),
    );
    const results = await Promise.allSettled(writes);
    const numbers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 18 }, (_, index) => index + 1));
    const records = await store.records('INC-2026-0003');
    expect(records.map(({ seq }) => seq)).toEqual(Array.from({ length: 18 }, (_, index) => index + 1));
    expect(records.map(({ data }) => data)).toEqual(records.map(({ seq }) => seq));
  });

  test('records that do not follow the head are refused', async () => {
    const stale = { stream: 'INC-2026-0004', seq: 0, hash: '0'.repeat(64), state: null };
    await appendNote(store, 'INC-2026-0004', 1);
    await expect(store.transaction((tx) => tx.append(stale, [chain(stale, note(2))], null))).rejects.toMatchObject({ code: 'append-not-next' });
    const gap = { ...stale, seq: 5 };
    await expect(store.transaction((tx) => tx.append(stale, [chain(gap, note(2))], null))).rejects.toMatchObject({ code: 'append-not-next' });
    expect(await store.records('INC-2026-0004')).toHaveLength(1);
  });

  test('a redelivered payload is stored once and has one outcome', async () => {
    const deliveries = Array.from({ length: 6 }, (_, index) =>
      store.transaction((tx) => tx.addInbox({ id: `i${index}`, key: 'T1:U1:trigger', kind: 'command', payload: { text: '\u0000' } })),
    );
    const added = await Promise.all(deliveries);
    expect(added.filter(Boolean)).toHaveLength(1);
    const id = `i${added.indexOf(true)}`;
    let outcomes = 0;
    const takes = Array.from({ length: 4 }, () =>
      store.transaction(async (tx) => {
        const entry = await tx.takeInbox(id);
        if (entry === null) return;
        outcomes += 1;
        expect(entry).toMatchObject({ id, kind: 'command', payload: { text: '\u0000' }, outcome: null });
        await tx.finishInbox(id, { say: 'done' });
      }),
    );
    await Promise.all(takes);
    expect(outcomes).toBe(1);
    expect(await store.inbox(id)).toMatchObject({ outcome: { say: 'done' } });
    expect(await store.inbox('none')).toBeNull();
  });

  test('old payloads go, those that wait stay', async () => {
    await store.transaction(async (tx) => {
      for (const id of ['old-done', 'old-waiting']) await tx.addInbox({ id, key: id, kind: 'command', payload: null });
      await tx.finishInbox('old-done', null);
    });
    expect(await pruneInbox(database(), 3_600_000)).toBe(0);
    expect(await pruneInbox(database(), -1_000)).toBeGreaterThanOrEqual(1);
    expect(await store.inbox('old-done')).toBeNull();
    expect(await store.inbox('old-waiting')).toMatchObject({ id: 'old-waiting' });
  });

  test('a copy of a rota that was altered is left out, and the one after it counts again', async () => {
    const lists = () => store.rotaLists();
    await store.transaction((tx) => tx.setRotaList('platform', { turns: 1 }));
    await store.transaction((tx) => tx.setRotaList('nights', { turns: 2 }));
    await store.transaction((tx) => tx.setRotaList('platform', { turns: 3 }));
    expect(await lists()).toEqual({ platform: { turns: 3 }, nights: { turns: 2 } });
    await database().db.updateTable('rota_list').set({ body: '{"turns":4}' }).where('rota', '=', 'platform').execute();
    expect(await lists()).toEqual({ nights: { turns: 2 } });
    await store.transaction((tx) => tx.setRotaList('platform', { turns: 5 }));
    expect(await store.transaction((tx) => tx.rotaLists())).toEqual({ platform: { turns: 5 }, nights: { turns: 2 } });
  });

  test('runs that begin again and again are forgotten when they are over for a while', async () => {
    const now = await store.now();
    const put = (id: string, kind: string, at: number, ended = true) =>
      database()
        .db.insertInto('run')
        .values({ id, kind, input: JSON.stringify({ at }), ended, mac: null })
        .execute();
    await put('old', 'again', now - 10_000);
    await put('new', 'again', now - 1_000);
    await put('other', 'once', now - 10_000);
    await put('at-work', 'again', now - 10_000, false);
    expect(await pruneRuns(database(), 'again', 5_000)).toBe(1);
    const left = await database().db.selectFrom('run').select('id').where('id', 'in', ['old', 'new', 'other', 'at-work']).execute();
    expect(left.map(({ id }) => id).sort()).toEqual(['at-work', 'new', 'other']);
  });

  test('when an alert was told is remembered for a while, and only what was written by Tocsin', async () => {
    const times = { firedAt: 5, resolvedAt: null };
    await store.transaction((tx) => tx.setTold('told-a', times));
    await store.transaction((tx) => tx.setTold('told-a', { ...times, resolvedAt: 9 }));
    expect(await store.transaction((tx) => tx.told('told-a'))).toEqual({ firedAt: 5, resolvedAt: 9 });
    expect(await store.transaction((tx) => tx.told('told-b'))).toEqual({ firedAt: null, resolvedAt: null });
    expect(await pruneTold(database(), 3_600_000)).toBe(0);
    await database().db.updateTable('told').set({ resolved_at: 99 }).where('key', '=', 'told-a').execute();
    await expect(store.transaction((tx) => tx.told('told-a'))).rejects.toMatchObject({ code: 'database-altered' });
    expect(await pruneTold(database(), -1_000)).toBe(1);
    expect(await store.transaction((tx) => tx.told('told-a'))).toEqual({ firedAt: null, resolvedAt: null });
  });

  test('messages are stored once and keep their order', async () => {
    const message = { key: 'b', stream: 'INC-2026-0005', seq: 1, lane: 'C1', template: 'card', to: { channel: 'C1' }, data: [1] };
    await store.transaction(async (tx) => {
      await tx.addMessage(message);
      await tx.addMessage({ ...message, key: 'a', template: 'update' });
      await tx.addMessage({ ...message, lane: 'C2' });
    });
    await store.transaction((tx) => tx.updateMessage('b', { channel: 'C1', ts: '1.2', shownSeq: 7, state: 'sent' }));
    expect(await store.messages({ stream: 'INC-2026-0005' })).toEqual([
      { ...message, channel: 'C1', ts: '1.2', shownSeq: 7, shownDigest: null, state: 'sent' },
      { ...message, key: 'a', template: 'update', channel: null, ts: null, shownSeq: 0, shownDigest: null, state: 'waiting' },
    ]);
    expect(await store.messages({ stream: 'INC-2026-0005', state: 'waiting' })).toHaveLength(1);
    expect(await store.messages({ templates: ['card'], stream: 'INC-2026-0005' })).toHaveLength(1);
    expect((await store.messages({ stream: 'INC-2026-0005', without: 7 })).map(({ key }) => key)).toEqual(['a']);
    expect(await store.messages({ stream: 'INC-2026-0005', without: 8 })).toHaveLength(2);
  });

  test('incidents are found by what is open, where and for whom', async () => {
    const index = {
      id: 'INC-2026-0006',
      service: 'sark',
      severity: 'P1',
      status: 'investigating',
      open: true,
      private: false,
      channel: 'C9',
      declaredAt: 1_000,
    };
    await store.transaction(async (tx) => {
      await tx.saveIncidentIndex(index);
      await tx.saveIncidentIndex({ ...index, id: 'INC-2026-0007', open: false, channel: null, declaredAt: 2_000 });
      await tx.saveIncidentIndex({ ...index, severity: 'P0' });
    });
    expect(await store.incidents({ service: 'sark' })).toMatchObject([{ id: 'INC-2026-0007' }, { id: 'INC-2026-0006' }]);
    expect(await store.incidents({ open: true, service: 'sark' })).toEqual([{ ...index, severity: 'P0' }]);
    expect(await store.incidents({ channel: 'C9' })).toHaveLength(1);
    expect(await store.incidents({ service: 'sark', limit: 1 })).toMatchObject([{ id: 'INC-2026-0007' }]);
    // However many less grave ones came after it.
    expect(await store.incidents({ service: 'sark', gravestFirst: true, limit: 1 })).toMatchObject([{ id: 'INC-2026-0006', severity: 'P0' }]);
  });

  test('artifacts are stored once per stream and digest', async () => {
    const bytes = Buffer.from([0, 1, 2, 255]);
    const [one, two] = await store.transaction(async (tx) => [
      await tx.putArtifact('INC-2026-0008', bytes),
      await tx.putArtifact('INC-2026-0008', bytes),
    ]);
    expect(one).toEqual(two);
    expect(one).toMatchObject({ size: 4, path: `artifacts/sha256/${one?.sha256}` });
    const rows = await database().db.selectFrom('artifact').selectAll().where('stream', '=', 'INC-2026-0008').execute();
    expect(rows).toHaveLength(1);
    expect(Buffer.from(rows[0]?.bytes ?? [])).toEqual(bytes);
  });

  test('the clock is one within a transaction, and its offset moves it', async () => {
    const [first, second] = await store.transaction(async (tx) => [await tx.now(), await tx.now()]);
    expect(first).toBe(second);
    const before = await store.now();
    await setClockOffset(database(), 3_600_000);
    expect(await store.now()).toBeGreaterThanOrEqual(before + 3_600_000);
    await setClockOffset(database(), 0);
    expect(await store.now()).toBeLessThan(before + 3_600_000);
  });

  test('a query beside the own transaction is refused instead of waiting for ever', async () => {
    await expect(store.transaction(() => store.head('INC-2026-0001'))).rejects.toMatchObject({ code: 'query-in-transaction' });
    await expect(store.transaction(() => store.transaction(async () => 1))).rejects.toMatchObject({ code: 'query-in-transaction' });
    expect(await store.transaction(async () => 1)).toBe(1);
  });

  test('replicas that start together make one set of queues', async () => {
    const started = await Promise.all([database(), await open(), await open()].map((on) => startQueue(on, [TOGETHER])));
    const one = started[0];
    if (one === undefined) throw new Error('none started');
    await createStore(database(), one).transaction((tx) => tx.enqueue(TOGETHER.job(1, { key: 'k' })));
    expect((await one.depths())['together']).toEqual({ waiting: 1, active: 0 });
    for (const other of started) await other.stop(0);
  });

  test('a transaction that met a deadlock is run again', async () => {
    await appendNote(store, 'INC-2026-0010', 1);
    await appendNote(store, 'INC-2026-0011', 1);
    const both = (streams: readonly [string, string]) =>
      store.transaction(async (tx) => {
        for (const stream of streams) {
          const head = await tx.lockStream(stream);
          await tx.append(head, [chain(head, note('x'))], null);
        }
      });
    const crossing = Array.from({ length: 6 }, (_, index) =>
      both(index % 2 === 0 ? ['INC-2026-0010', 'INC-2026-0011'] : ['INC-2026-0011', 'INC-2026-0010']),
    );
    await Promise.all(crossing);
    expect((await store.head('INC-2026-0010'))?.seq).toBe(7);
    expect((await store.head('INC-2026-0011'))?.seq).toBe(7);
  });
});
