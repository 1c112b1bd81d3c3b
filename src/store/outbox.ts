import { hash } from 'node:crypto';
import { sql } from 'kysely';
import type { CheckpointRow, EvidenceOutbox, Unstored } from '../ports/evidence.ts';
import { TOPIC } from '../ports/queue.ts';
import { realNow } from './clock.ts';
import type { Database } from './database.ts';
import { checkedRecord, STREAMS_AT_ONCE } from './streams.ts';
import { assertOutsideTransaction, harmless, outsideTransaction, type Sql } from './transaction.ts';

/** A record, an artifact or a checkpoint that the evidence store has not acknowledged; `place`: a record's number, a checkpoint's size. */
interface UnstoredRow {
  readonly kind: 'record' | 'artifact' | 'checkpoint';
  readonly place: string;
  readonly bytes: Uint8Array | null;
  readonly mac: string | null;
  readonly sha256: string | null;
  readonly signature: Uint8Array | null;
}

/** The outbox of evidence: what was appended and is not yet acknowledged by the evidence store. */
export function evidenceOutbox(database: Database): EvidenceOutbox {
  const { db, seal } = database;
  /** Where the pass before ended: streams that fail each time do not keep those behind them from their turn. */
  let last = '';

  /** One statement that may be done twice, and who waits for it is told. */
  async function noted(topic: string, statement: (on: Sql) => Promise<unknown>): Promise<void> {
    await harmless(database, statement);
    database.bus.publish(topic);
  }

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
      // One moment for all: what a record names was stored with it or before it.
      const { rows } = await outsideTransaction(database, (on) =>
        sql<UnstoredRow>`
          with head as (select uploaded from stream where name = ${stream} and fork is null),
            new_record as (select r.seq, r.bytes, r.mac from head join record r on r.stream = ${stream} and r.seq > head.uploaded order by r.seq limit ${limit})
          select 'record' as kind, seq as place, bytes, mac, null::text as sha256, null::bytea as signature from new_record
          union all select 'artifact', 0, bytes, null, sha256, null
            from artifact where stream = ${stream} and not stored and exists (select from new_record)
          union all select 'checkpoint', c.size, c.bytes, null, c.sha256, c.signature
            from head join checkpoint c on c.stream = ${stream} and not c.stored and c.size <= coalesce((select max(seq) from new_record), head.uploaded)
          order by place`.execute(on),
      );
      const work: { records: Unstored['records'][number][]; artifacts: Unstored['artifacts'][number][]; checkpoints: CheckpointRow[] } = {
        records: [],
        artifacts: [],
        checkpoints: [],
      };
      for (const { kind, place, bytes, mac, sha256, signature } of rows) {
        if (kind === 'record' && bytes !== null) {
          checkedRecord(seal, stream, { seq: Number(place), bytes, mac });
          work.records.push({ seq: Number(place), bytes });
        } else if (kind === 'artifact' && bytes !== null && sha256 !== null) {
          if (hash('sha256', bytes, 'hex') !== sha256) throw seal.wrong(stream, `The artifact ${sha256}`);
          work.artifacts.push({ sha256, bytes });
        } else if (bytes !== null && sha256 !== null && signature !== null) {
          work.checkpoints.push({ stream, size: Number(place), bytes, signature, sha256 });
        }
      }
      return work.records.length + work.checkpoints.length === 0 ? null : { stream, ...work };
    },
    async artifactStored(stream, sha256) {
      // The evidence store has the bytes now; here they would only be carried along.
      await harmless(database, (on) =>
        on.updateTable('artifact').set({ stored: true, bytes: null }).where('stream', '=', stream).where('sha256', '=', sha256).execute(),
      );
    },
    recordsStored: (stream, upTo) =>
      noted(TOPIC.stored, (on) =>
        on.updateTable('stream').set({ uploaded: upTo }).where('name', '=', stream).where('uploaded', '<', String(upTo)).execute(),
      ),
    checkpointStored: (stream, size) =>
      noted(TOPIC.stored, (on) =>
        on.updateTable('checkpoint').set({ stored: true }).where('stream', '=', stream).where('size', '=', String(size)).execute(),
      ),
    setFork: (stream, reason) => noted(TOPIC.stored, (on) => on.updateTable('stream').set({ fork: reason }).where('name', '=', stream).execute()),
    clearFork: (stream) => noted(TOPIC.appended, (on) => on.updateTable('stream').set({ fork: null }).where('name', '=', stream).execute()),
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
