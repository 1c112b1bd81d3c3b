import { sql } from 'kysely';
import { oneClock } from './clock.ts';
import type { Database } from './database.ts';
import { outsideTransaction } from './transaction.ts';

/**
 * Removes payloads that had their outcome and are older than `ms` of the one clock: what they led to is in the records, and Slack's
 * redeliveries, which they are kept for, are over within hours. Returns how many.
 */
export async function pruneInbox(database: Database, ms: number): Promise<number> {
  const { numDeletedRows } = await outsideTransaction(database, (db) =>
    db.deleteFrom('inbox').where('outcome', 'is not', null).where('received_at', '<', sql<string>`${oneClock} - ${ms}::bigint`).executeTakeFirst(),
  );
  return Number(numDeletedRows);
}
