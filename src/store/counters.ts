import { sql } from 'kysely';
import type { Trx } from './transaction.ts';

/** The next number of a counter. Without gaps: a transaction that rolls back gives its number back, and others wait for it. */
export async function nextNumber(trx: Trx, counter: string): Promise<number> {
  const { value } = await trx
    .insertInto('counter')
    .values({ name: counter, value: 1 })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: sql<number>`counter.value + 1` }))
    .returning('value')
    .executeTakeFirstOrThrow();
  return Number(value);
}
