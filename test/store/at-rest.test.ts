import { expect, test } from '@jest/globals';
import { type CompiledQuery, type Kysely, sql } from 'kysely';
import { incidentsToArchive, logToArchive, pruneMessages, pruneRuns } from '../../src/store/archive.ts';
import { checkpointTable } from '../../src/store/checkpoints.ts';
import { pruneInbox } from '../../src/store/housekeeping.ts';
import { countIncidents, readIncidents } from '../../src/store/incidents.ts';
import { readStreamAt } from '../../src/store/messages.ts';
import { newestRecord, recordsOfTypesSince } from '../../src/store/newest.ts';
import { evidenceOutbox } from '../../src/store/outbox.ts';
import type { Schema } from '../../src/store/schema.ts';
import { chainRecord } from '../engine/helpers/evidence.ts';
import { describeEachDatabase } from './helpers/databases.ts';

const STREAMS = 20_000;

/** Statements that were sent while `work` ran, as the database plans them. */
async function plansOf(db: Kysely<Schema>, work: () => Promise<unknown>): Promise<string> {
  const executor = db.getExecutor();
  const sent: CompiledQuery[] = [];
  const execute = executor.executeQuery.bind(executor);
  executor.executeQuery = (query) => {
    sent.push(query);
    return execute(query);
  };
  try {
    await work();
  } finally {
    executor.executeQuery = execute;
  }
  expect(sent.length).toBeGreaterThan(0);
  const plans = [];
  for (const query of sent) plans.push(await execute<Record<string, string>>({ ...query, sql: `explain ${query.sql}` }));
  return plans.flatMap(({ rows }) => rows.map((row) => Object.values(row)[0])).join('\n');
}

describeEachDatabase('what looks again and again', ({ database }) => {
  test('reads nothing of what is at rest, however much there is', async () => {
    const { db } = database();
    await sql`insert into stream (name, seq, hash, uploaded, checkpointed) select 'INC-' || n, 5, '', 5, 5 from generate_series(1, ${STREAMS}::int) n`.execute(
      db,
    );
    await sql`insert into incident (id, service, severity, status, open, private, channel, declared_at, archived)
      select 'INC-' || n, 'aureus', 'P2', 'closed', n > ${STREAMS - 50}::int, false, 'C' || n, n, true from generate_series(1, ${STREAMS}::int) n`.execute(
      db,
    );
    await sql`insert into message (key, stream, seq, lane, template, "to", data, channel, ts, state)
      select 'm' || n, 'INC-' || n, 1, 'C' || n, 'card', '{}', '{}', 'C' || n, '1.' || n, 'sent' from generate_series(1, ${STREAMS}::int) n`.execute(
      db,
    );
    await sql`insert into inbox (id, key, kind, payload, received_at, outcome)
      select 'i' || n, 'i' || n, 'command', '{}', ${Date.now()}::bigint + n, '{}' from generate_series(1, ${STREAMS}::int) n`.execute(db);
    await sql`insert into run (id, kind, input, ended, ended_at, incident)
      select 'r' || n, 'page', '{}', true, ${Date.now()}::bigint + n, case when n % 2 = 0 then 'INC-' || n end from generate_series(1, ${STREAMS}::int) n`.execute(
      db,
    );
    await sql`insert into record (stream, seq, type, time, event_id, bytes, appended_at)
      select 'system', n, 'alert.fired', '', '', '', 0 from generate_series(1, ${STREAMS}::int) n`.execute(db);
    await sql`analyze`.execute(db);
    const outbox = evidenceOutbox(database());
    const plans = await plansOf(db, async () => {
      expect(await outbox.behind()).toEqual([]);
      expect(await outbox.depth()).toMatchObject({ records: 0 });
      expect(await checkpointTable(database(), chainRecord).uncovered()).toEqual([]);
      expect(await readStreamAt(db, 'C7', '1.7')).toBe('INC-7');
      expect((await readIncidents(db, { open: true, limit: 40 })).length).toBe(40);
      expect(await countIncidents(db, { open: true })).toBe(50);
      expect(await pruneInbox(database(), 3_600_000)).toBe(0);
      expect(await incidentsToArchive(database(), { before: STREAMS, after: null, limit: 100 })).toEqual([]);
      expect(await logToArchive(database(), '2999-01-01T00:00:00.000Z')).toBeNull();
      expect(await pruneRuns(database(), 1_000)).toBe(0);
      expect(await pruneMessages(database(), 1_000, ['card'])).toBe(0);
      expect((await readIncidents(db, { limit: 25 })).length).toBe(25);
      expect(await readIncidents(db, { closed: false, pending: true })).toEqual([]);
      expect(await readIncidents(db, { closed: false })).toEqual([]);
      expect(await newestRecord(database(), 'system', 'key.introduced')).toBeNull();
      // Each of these is older than what is asked for.
      expect(await recordsOfTypesSince(database(), 'system', ['alert.fired', 'page-path.tried'], '2026-01-01T00:00:00.000Z')).toEqual([]);
    });
    expect(plans.match(/Seq Scan on (?:stream|message|incident|inbox|run|record)\b.*/g)).toBeNull();
  });

  test('streams that fail each time keep nobody behind them from their turn', async () => {
    const { db } = database();
    await sql`insert into stream (name, seq, hash, uploaded, checkpointed)
      select 'LATE-' || lpad(n::text, 5, '0'), 5, '', 0, 5 from generate_series(1, 2500::int) n`.execute(db);
    const outbox = evidenceOutbox(database());
    const seen = new Set<string>();
    for (let pass = 0; pass < 3; pass += 1) for (const name of await outbox.behind()) seen.add(name);
    expect([...seen].filter((name) => name.startsWith('LATE-'))).toHaveLength(2_500);
    const again = await outbox.behind();
    expect(again).toContain('LATE-00001');
  });
});
