import type { PGlite } from '@electric-sql/pglite';
import type { Program } from './cluster.ts';

/** A psql in front of an embedded PostgreSQL: each `-c` by itself in one session, answered as CSV without tags. */
export function psqlOf(database: PGlite, calls: string[][] = []): Program {
  return async (argv) => {
    if (argv.includes('--version')) return { stdout: 'psql (PostgreSQL) 17\n' };
    calls.push([...argv]);
    let stdout = '';
    try {
      for (const sql of statementsOf(argv)) {
        // One statement only, as an embedded query cannot hold several.
        const answer = await database.query<string[]>(sql, [], { rowMode: 'array', parsers: asTexts });
        const names = answer.fields.map((field) => field.name);
        if (names.length > 0) stdout += [names, ...answer.rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
      }
      return { stdout };
    } catch (error) {
      return { stdout, stderr: `ERROR:  ${error instanceof Error ? error.message : 'failed'}\n`, exitCode: 1 };
    } finally {
      await database.exec('ROLLBACK');
    }
  };
}

/** What stands after each `-c`. */
export function statementsOf(argv: readonly string[]): string[] {
  return argv.filter((_, index) => argv[index - 1] === '-c');
}

/** Values as psql prints them, whatever their type. */
const asTexts: Record<number, (value: string) => string> = new Proxy({}, { get: () => (value: string) => value, has: () => true });

function cell(value: unknown): string {
  const text = value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
