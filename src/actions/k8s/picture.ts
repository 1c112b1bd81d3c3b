/** Columns of text with two blanks between, for files that people read. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Lines under a heading, moved in; `(none)` when there are none. */
export function section(title: string, body: string): string {
  const lines = body === '' ? ['(none)'] : body.split('\n');
  return [`${title}:`, ...lines.map((line) => (line === '' ? '' : `  ${line}`))].join('\n');
}
