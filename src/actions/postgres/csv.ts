/**
 * Rows of `psql --csv` (RFC 4180): fields with commas, quotes or line breaks are in double quotes, which are doubled inside.
 * The last line break ends the last row.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ',') {
      row.push(field);
      field = '';
    } else if (character === '\n') {
      rows.push([...row, field]);
      row = [];
      field = '';
    } else if (character !== '\r' || text[at + 1] !== '\n') field += character;
    at += 1;
  }
  return field === '' && row.length === 0 ? rows : [...rows, [...row, field]];
}

/** Rows by the names of the first line. */
export function parseCsvRecords(text: string): Record<string, string>[] {
  const [names = [], ...rows] = parseCsv(text);
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? ''])));
}
