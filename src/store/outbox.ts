import { hash } from 'node:crypto';
import { sql } from 'kysely';
import type { CheckpointRow, EvidenceOutbox } from '../ports/evidence.ts';
import { TOPIC } from '../ports/queue.ts';
import { realNow } from './clock.ts';
import type { Database } from './database.ts';
import { checkedRecord, STREAMS_AT_ONCE } from './streams.ts';
import { assertOutsideTransaction, inTransaction } from './transaction.ts';

/** The outbox of evidence: what was appended and is not yet acknowledged by the evidence store. */
export function evidenceOutbox(database: Database): EvidenceOutbox {
  const { db, seal } = database;
  /** Where the pass before ended: streams that fail each time do not keep those behind them from their turn. */
  let last = '';
  return {
    async behind() {
      assertOutsideTransaction();
      // The artifacts of a stream go with its records: one that no record names yet is not evidence.
      const { rows } = await sql<{ name: string; waits: boolean }>`
        (select name, true as waits from stream where to_upload and fork is null and name collate "C" > ${last} order by name collate "C" limit ${STREAMS_AT_ONCE})
        union select c.stream, false from checkpoint c join stream s on s.name = c.stream where not c.stored and s.fork is null`.execute(db);
      const waiting = rows.filter(({ waits }) => waits).map(({ name }) => name);
      last = waiting.length < STREAMS_AT_ONCE ? '' : (waiting.toSorted().at(-1) ?? '');
      return [...new Set(rows.map(({ name }) => name))];
    },
    async unstored(stream, limit) {
      assertOutsideTransaction();
      const head = await db.selectFrom('stream').select('uploaded').where('name', '=', stream).where('fork', 'is', null).executeTakeFirst();
      if (head === undefined) return null;
      const records = await db
        .selectFrom('record')
        .select(['seq', 'bytes', 'mac'])
        .where('stream', '=', stream)
        .where('seq', '>', head.uploaded)
        .orderBy('seq')
        .limit(limit)
        .execute();
      for (const { seq, bytes, mac } of records) checkedRecord(seal, stream, { seq: Number(seq), bytes, mac });
      // Read after the records, so that all that they name is here.
      const artifacts =
        records.length === 0
          ? []
          : await db.selectFrom('artifact').select(['sha256', 'bytes']).where('stream', '=', stream).where('stored', '=', false).execute();
      for (const { sha256, bytes } of artifacts)
        if (bytes !== null && hash('sha256', bytes, 'hex') !== sha256) throw seal.wrong(stream, `The artifact ${sha256}`);
      const checkpoints = await db
        .selectFrom('checkpoint')
        .select(['stream', 'size', 'bytes', 'signature', 'sha256'])
        .where('stream', '=', stream)
        .where('stored', '=', false)
        .where('size', '<=', records.at(-1)?.seq ?? head.uploaded)
        .orderBy('size')
        .execute();
      if (records.length + checkpoints.length === 0) return null;
      return {
        stream,
        records: records.map(({ seq, bytes }) => ({ seq: Number(seq), bytes })),
        artifacts: artifacts.flatMap(({ sha256, bytes }) => (bytes === null ? [] : [{ sha256, bytes }])),
        checkpoints: checkpoints.map((row): CheckpointRow => ({ ...row, size: Number(row.size) })),
      };
    },
    async artifactStored(stream, sha256) {
      assertOutsideTransaction();
      // The evidence store has the bytes now; here they would only be carried along.
      await db.updateTable('artifact').set({ stored: true, bytes: null }).where('stream', '=', stream).where('sha256', '=', sha256).execute();
    },
    async recordsStored(stream, upTo) {
      await inTransaction(database, async (trx, topics) => {
        await trx.updateTable('stream').set({ uploaded: upTo }).where('name', '=', stream).where('uploaded', '<', String(upTo)).execute();
        topics.add(TOPIC.stored);
      });
    },
    async checkpointStored(stream, size) {
      await inTransaction(database, async (trx, topics) => {
        await trx.updateTable('checkpoint').set({ stored: true }).where('stream', '=', stream).where('size', '=', String(size)).execute();
        topics.add(TOPIC.stored);
      });
    },
    async setFork(stream, reason) {
      await inTransaction(database, async (trx, topics) => {
        await trx.updateTable('stream').set({ fork: reason }).where('name', '=', stream).execute();
        topics.add(TOPIC.stored);
      });
    },
    async clearFork(stream) {
      await inTransaction(database, async (trx, topics) => {
        await trx.updateTable('stream').set({ fork: null }).where('name', '=', stream).execute();
        topics.add(TOPIC.appended);
      });
    },
    async forks() {
      assertOutsideTransaction();
      const rows = await db.selectFrom('stream').select(['name', 'fork']).where('fork', 'is not', null).orderBy('name').execute();
      return rows.map(({ name, fork }) => ({ stream: name, reason: fork ?? '' }));
    },
    async depth() {
      assertOutsideTransaction();
      const { rows } = await sql<Record<'records' | 'artifacts' | 'checkpoints' | 'oldest', string | null>>`
        select
          (select coalesce(sum(seq - uploaded), 0) from stream where to_upload) as records,
          (select count(*) from artifact where not stored) as artifacts,
          (select count(*) from checkpoint where not stored) as checkpoints,
          ${realNow} - least(
            (select min(r.appended_at) from stream s join record r on r.stream = s.name and r.seq = s.uploaded + 1 where s.to_upload),
            (select min(made_at) from checkpoint where not stored)
          ) as oldest`.execute(db);
      const row = rows[0];
      return {
        records: Number(row?.records),
        artifacts: Number(row?.artifacts),
        checkpoints: Number(row?.checkpoints),
        oldestMs: Number(row?.oldest ?? 0),
      };
    },
    async durable(stream) {
      assertOutsideTransaction();
      const row = await db
        .selectFrom('stream')
        .select(['uploaded', 'fork'])
        .select((eb) =>
          eb
            .selectFrom('checkpoint')
            .select(({ fn }) => fn.max('size').as('size'))
            .whereRef('stream', '=', 'stream.name')
            .where('stored', '=', true)
            .as('covered'),
        )
        .where('name', '=', stream)
        .executeTakeFirst();
      return { records: Number(row?.uploaded ?? 0), covered: Number(row?.covered ?? 0), fork: row?.fork ?? null };
    },
  };
}
