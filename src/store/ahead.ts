import { sql } from 'kysely';
import { TocsinError } from '../domain/errors.ts';
import { LOG_STREAM, SYSTEM_STREAM } from '../domain/streams.ts';
import { eachOf } from '../lib/each.ts';
import { TYPED } from '../lib/typed.ts';
import type { EvidenceStore } from '../ports/evidence.ts';
import type { Database } from './database.ts';
import { assertOutsideTransaction } from './transaction.ts';

export interface AheadPorts {
  readonly evidence: EvidenceStore;
  /** The keys under which a record may lie: its own, and the one beside it (evidence/layout.ts: recordKey, repairKey). */
  readonly recordKeys: (stream: string, seq: number) => readonly string[];
  /** Whether a record of `system` says that somebody else put these bytes there. */
  readonly isKnown: (key: string, bytes: Uint8Array) => Promise<boolean>;
  /** Whether this installation's key signed a checkpoint that covers this record (evidence/ahead-signed.ts). */
  readonly isSigned: (stream: string, seq: number) => Promise<boolean>;
}

/** The streams that every installation has. */
const OF_ALL: readonly string[] = [LOG_STREAM, SYSTEM_STREAM];
/** Streams that are looked at at a time. */
const READS = 16;

/**
 * Whether the evidence store is the one that the database writes to: it holds the newest records of `log` and `system` that were stored, or it
 * is another one, such as the empty folder of a volume that is not mounted.
 * And whether it holds records that the database does not know, which says that the database was lost or is an old copy.
 * Looks behind the head of the global log, of `system`, of all open streams and of those not yet stored, and for the incident after
 * the last one of each counter; `counters` are those of the current year, which an empty database does not have.
 * Throws TocsinError `store-behind`, `store-ahead`, or `store-ahead-unsigned` for what nobody signed with this key.
 */
export async function compareWithEvidence(
  database: Database,
  { evidence, recordKeys, isKnown, isSigned }: AheadPorts,
  counters: readonly { readonly counter: string; readonly streamOf: (number: number) => string }[],
): Promise<void> {
  assertOutsideTransaction();
  const { rows } = await sql<{ name: string; seq: string; uploaded: string }>`
    select name, seq, uploaded from stream where name in ('log', 'system')
    union select name, seq, uploaded from stream where to_upload
    union select name, seq, uploaded from stream where name in (select id from incident where open)`.execute(database.db);
  const stored = rows.filter(({ name, uploaded }) => OF_ALL.includes(name) && Number(uploaded) > 0);
  await eachOf(stored, READS, async ({ name, uploaded }) => {
    const found = await Promise.all(recordKeys(name, Number(uploaded)).map((key) => evidence.get(key)));
    if (found.every((bytes) => bytes === null)) throw behindError(evidence.location, name, Number(uploaded));
  });
  const next = new Map(rows.map(({ name, seq }) => [name, Number(seq) + 1]));
  for (const stream of OF_ALL) if (!next.has(stream)) next.set(stream, 1);
  for (const { counter, streamOf } of counters) {
    const row = await database.db.selectFrom('counter').select('value').where('name', '=', counter).executeTakeFirst();
    next.set(streamOf(Number(row?.value ?? 0) + 1), 1);
  }
  await eachOf([...next], READS, async ([stream, seq]) => {
    const there = await Promise.all(recordKeys(stream, seq).map(async (key) => ({ key, bytes: await evidence.get(key) })));
    let unknown = false;
    for (const { key, bytes } of there) if (bytes !== null && !(await isKnown(key, bytes))) unknown = true;
    if (!unknown) return;
    // Another replica may have appended and stored it since the heads were read: the database knows a record before the store does.
    const known = await database.db.selectFrom('stream').select('seq').where('name', '=', stream).executeTakeFirst();
    if (Number(known?.seq ?? 0) >= seq) return;
    throw aheadError(evidence.location, stream, seq, await isSigned(stream, seq));
  });
}

function behindError(location: string, stream: string, seq: number): TocsinError {
  return new TocsinError(
    'store-behind',
    `The evidence store ${location} lacks record ${seq} of ${stream}, which was stored before: it is not the store that this database writes to, or somebody has removed evidence. Check the path or bucket in \`evidence\`, and that its volume is mounted. Tocsin does not start, so that the evidence is not split in two`,
  );
}

function aheadError(location: string, stream: string, seq: number, signed: boolean): TocsinError {
  const what = `The evidence store ${location} holds record ${seq} of ${stream}, which the database does not know`;
  if (signed) {
    return new TocsinError(
      'store-ahead',
      `${what}. It is signed by this signing key: the database is lost or an old copy. Stop, empty the database and run: ${TYPED} restore`,
    );
  }
  return new TocsinError(
    'store-ahead-unsigned',
    `${what}. It is NOT signed by this signing key: either the bot died before it could sign, or somebody else wrote it. Do not restore it before you know which. Run ${TYPED} evidence verify, then follow docs/how-to/repair-evidence.md`,
  );
}
