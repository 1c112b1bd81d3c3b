import { sql } from 'kysely';
import { TocsinError } from '../domain/errors.ts';
import type { Json } from '../domain/record.ts';
import { LOG_STREAM } from '../domain/streams.ts';
import { mapAhead } from '../lib/map-ahead.ts';
import { TOPIC } from '../ports/queue.ts';
import type { Database } from './database.ts';
import { broken, type Found, type Refused, type Restored, type RestorePorts, type UnsignedRecord } from './restore-ports.ts';
import { RestoreRows } from './restore-rows.ts';
import { StreamRestore } from './restore-stream.ts';
import { inTransaction, type Trx } from './transaction.ts';

/** Streams that are restored at once: most are small, and waiting for the evidence store is most of the work. */
const STREAMS_AHEAD = 4;

/**
 * Rebuilds an empty database from the evidence store, in one transaction: records with their exact bytes, heads and states,
 * checkpoints, counters, the incident index and timers, all marked as stored. Checks every link of each chain and every checkpoint.
 * A stream ends with its last signed checkpoint, unless `acceptUnsigned`; a checkpoint that no trusted key signed is none. Holds a batch of records
 * at a time, however many there are.
 * Throws TocsinError `restore-not-empty` or `restore-broken`, or what the ports throw.
 */
export async function restoreFromEvidence(database: Database, ports: RestorePorts): Promise<Restored> {
  return inTransaction(database, async (trx, topics) => {
    await assertEmpty(trx);
    const rows = new RestoreRows(trx, database.seal);
    const restored = { streams: 0, records: 0, checkpoints: 0, unsigned: [] as UnsignedRecord[], refused: [] as Refused[] };
    const restoreOne = async (found: Found) => {
      const stream = new StreamRestore(rows, ports, found);
      const state = await stream.run();
      if (stream.records > 0) await restoreDerived(rows, ports, found.stream, state);
      return { stream, tail: await stream.tail() };
    };
    for (const root of ports.roots) {
      for await (const { stream, tail } of mapAhead(listStreams(ports, root), STREAMS_AHEAD, restoreOne)) {
        for (const one of tail) restored.unsigned.push(one);
        for (const one of stream.refused) restored.refused.push(one);
        if (stream.records > 0) restored.streams += 1;
        restored.records += stream.records;
        restored.checkpoints += stream.checkpoints;
      }
    }
    await rows.end();
    // Nothing at all that is trusted: a key that is not named, more likely than an attack.
    const [first] = restored.refused;
    if (restored.streams === 0 && first !== undefined) throw new TocsinError('restore-broken', first.why);
    if (ports.anchor != null) await assertAnchored(trx, ports.anchor);
    topics.add(TOPIC.timers);
    return restored;
  });
}

/** The streams below a root, one after the other as their names are listed. */
async function* listStreams({ evidence, parseKey }: RestorePorts, root: string): AsyncGenerator<Found> {
  let current: Found | null = null;
  for await (const name of evidence.list(root)) {
    const { kind, stream, number, key } = parseKey(name);
    if (stream == null) continue;
    if (current !== null && current.stream !== stream) yield current;
    if (current?.stream !== stream) current = nothingFound(stream);
    if (kind === 'record' && number !== undefined) current.records.push(number);
    if (kind === 'checkpoint' && number !== undefined) current.checkpoints.add(number);
    if (kind === 'repair' && key !== undefined) current.repaired.add(key);
  }
  if (current !== null) yield current;
}

function nothingFound(stream: string): Found {
  return { stream, records: [], checkpoints: new Set(), repaired: new Set() };
}

async function assertEmpty(trx: Trx): Promise<void> {
  // Nobody appends meanwhile.
  await sql`lock table stream in exclusive mode`.execute(trx);
  const row = await trx.selectFrom('stream').select('name').where('seq', '>', '0').limit(1).executeTakeFirst();
  if (row !== undefined) throw new TocsinError('restore-not-empty', `The database holds records (of ${row.name}). Restore into an empty one.`);
}

async function assertAnchored(trx: Trx, { size, sha256 }: { readonly size: number | null; readonly sha256: string }): Promise<void> {
  let query = trx.selectFrom('checkpoint').select('size').where('stream', '=', LOG_STREAM).where('sha256', '=', sha256);
  if (size !== null) query = query.where('size', '=', String(size));
  if ((await query.executeTakeFirst()) !== undefined) return;
  throw broken(LOG_STREAM, 'the checkpoint that was published is not in it, so the store was set back or rewritten');
}

function restoreDerived(rows: RestoreRows, { counterOf, incidentIndex, timers }: RestorePorts, stream: string, state: Json | null): Promise<void> {
  return rows.derived(stream, incidentIndex(stream, state), timers(stream, state), counterOf(stream));
}
