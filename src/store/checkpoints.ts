import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { LOG_STREAM } from '../domain/streams.ts';
import type { ChainRecord, CheckpointTable, MadeCheckpoint } from '../ports/evidence.ts';
import { TOPIC } from '../ports/queue.ts';
import { readClock, realNow } from './clock.ts';
import type { Database } from './database.ts';
import type { Seal } from './seal.ts';
import { append, followRecords, lockStream, readHead, STREAMS_AT_ONCE } from './streams.ts';
import { assertOutsideTransaction, inTransaction, outsideTransaction, type Trx } from './transaction.ts';

/** What has no checkpoint yet, and where checkpoints are put. `chain` gives a record its place in the global log. */
export function checkpointTable(database: Database, chain: ChainRecord): CheckpointTable {
  const { db, seal } = database;
  return {
    async uncovered() {
      assertOutsideTransaction();
      const { rows } = await sql<{ name: string; seq: string; hash: string; type: string; age: string }>`
        select s.name, s.seq, s.hash, last.type, ${realNow} - first.appended_at as age
        from stream s
        join record first on first.stream = s.name and first.seq = s.checkpointed + 1
        join record last on last.stream = s.name and last.seq = s.seq
        where s.name in (select name from stream where to_cover order by name limit ${STREAMS_AT_ONCE})`.execute(db);
      return rows.map(({ name, seq, hash, type, age }) => ({ stream: name, size: Number(seq), hash, type, oldestMs: Number(age) }));
    },
    async vouch({ stream, size, hash }) {
      const head = await outsideTransaction(database, (on) => readHead(on, seal, stream));
      if (head === null || head.seq < size) throw seal.wrong(stream, `The head of ${stream}`);
      const row = await db.selectFrom('stream').select('checkpointed').where('name', '=', stream).executeTakeFirst();
      await outsideTransaction(database, (on) => followRecords(on, seal, stream, { from: Number(row?.checkpointed ?? 0), to: size, hash }));
    },
    save: (made) =>
      inTransaction(database, async (trx, topics) => {
        const added: MadeCheckpoint[] = [];
        for (const one of made) if (await insertCheckpoint(trx, one)) added.push(one);
        await tellLog(trx, seal, chain, added);
        topics.add(TOPIC.appended);
      }),
    now() {
      assertOutsideTransaction();
      return readClock(db);
    },
  };
}

/** False when it is there already: another replica held the lease for a moment too. */
async function insertCheckpoint(trx: Trx, { checkpoint }: MadeCheckpoint): Promise<boolean> {
  const { stream, size } = checkpoint;
  const added = await trx
    .insertInto('checkpoint')
    .values({ ...checkpoint, made_at: sql<number>`${realNow}` })
    .onConflict((conflict) => conflict.doNothing())
    .returning('size')
    .executeTakeFirst();
  await trx.updateTable('stream').set({ checkpointed: size }).where('name', '=', stream).where('checkpointed', '<', String(size)).execute();
  return added !== undefined;
}

async function tellLog(trx: Trx, seal: Seal, chain: ChainRecord, made: readonly MadeCheckpoint[]): Promise<void> {
  const records = made.flatMap(({ logRecord }) => (logRecord === null ? [] : [logRecord]));
  if (records.length === 0) return;
  const head = await lockStream(trx, seal, LOG_STREAM);
  const time = new Date(await readClock(trx)).toISOString();
  let last = head;
  const chained = records.map((record) => {
    const next = chain(last, record, { stream: LOG_STREAM, time, eventId: randomUUID() });
    last = { ...head, seq: next.record.seq, hash: next.hash };
    return next;
  });
  await append(trx, seal, head, chained, null);
}
