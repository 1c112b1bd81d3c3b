import { clamp } from '../../lib/clamp.ts';
/** The columns of rows, in the order in which they first come. */
export function columnsOf(rows: readonly unknown[]): string[] {
  return [...new Set(rows.flatMap((row) => (isObject(row) ? Object.keys(row) : [])))];
}

/** A row's cells as people see them; what is longer than 80 characters is cut. */
export function cellsOf(row: unknown, columns: readonly string[]): string[] {
  return columns.map((column) => {
    const value = isObject(row) ? row[column] : undefined;
    const text = value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
    return clamp(text, 80);
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
