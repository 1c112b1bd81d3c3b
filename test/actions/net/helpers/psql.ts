import type { PGlite } from '@electric-sql/pglite';
import type { Program } from './cluster.ts';

/** A psql in front of an embedded PostgreSQL: one `-c`, answered as CSV; settings of the connection string are obeyed. */
export function psqlOf(database: PGlite, calls: string[][] = []): Program {
  return async (argv) => {
    if (argv.includes('--version')) return { stdout: 'psql (PostgreSQL) 17\n' };
    calls.push([...argv]);
    const sql = argv[argv.indexOf('-c') + 1] ?? '';
    const link = argv[argv.indexOf('-d') + 1] ?? '';
    const readOnly = link.includes('default_transaction_read_only=on') ? 'on' : 'off';
    await database.exec(`SET default_transaction_read_only = ${readOnly}; SET timezone = 'UTC'`);
    try {
      // One statement only, as psql's `-c` would send several.
      const answer = await database.query<string[]>(sql, [], { rowMode: 'array', parsers: asTexts });
      const names = answer.fields.map((field) => field.name);
      if (names.length === 0) return {};
      return { stdout: [names, ...answer.rows].map((row) => `${row.map(cell).join(',')}\n`).join('') };
    } catch (error) {
      return { stderr: `ERROR:  ${error instanceof Error ? error.message : 'failed'}\n`, exitCode: 1 };
    } finally {
      await database.exec('SET default_transaction_read_only = off');
    }
  };
}

/** Values as psql prints them, whatever their type. */
const asTexts: Record<number, (value: string) => string> = new Proxy({}, { get: () => (value: string) => value, has: () => true });

function cell(value: unknown): string {
  const text = value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
