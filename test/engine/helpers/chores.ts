import { sql } from 'kysely';
import type { RunKind } from '../../../src/ports/runs.ts';
import type { Database } from '../../../src/store/database.ts';

export const STEPS = 9;

/** A run of nine steps. Each leaves a row in the table `effect`, so that a test sees who did what how often, and gives its place back. */
export function chores(database: Database, who: string, tell: (step: number) => Promise<void>): RunKind {
  return async (run) => {
    const results: string[] = [];
    for (let index = 1; index <= STEPS; index += 1) {
      const result = await run.step(`chore-${index}`, async () => {
        const { rows } = await sql<{ id: string }>`insert into effect (step, who) values (${index}, ${who}) returning id`.execute(database.db);
        await tell(index);
        return rows[0]?.id ?? '';
      });
      results.push(result);
    }
    await run.step('sum', async () => {
      await sql`insert into effect (step, who) values (${STEPS + 1}, ${results.join(',')})`.execute(database.db);
      return null;
    });
  };
}

export async function createEffects(database: Database): Promise<void> {
  await sql`create table if not exists effect (id bigint generated always as identity, step int not null, who text not null)`.execute(database.db);
}

export interface Effect {
  readonly id: string;
  readonly step: number;
  readonly who: string;
}

export async function effects(database: Database): Promise<Effect[]> {
  const { rows } = await sql<Effect>`select id, step, who from effect order by id`.execute(database.db);
  return rows;
}
