import { stripVTControlCharacters, styleText } from 'node:util';

/** Colours only where somebody sees them (https://no-color.org). */
export function useColor(stream: { isTTY?: boolean } = process.stdout, noColor: string | undefined = process.env.NO_COLOR): boolean {
  return stream.isTTY === true && (noColor === undefined || noColor === '');
}

export function paint(style: 'green' | 'yellow' | 'red' | 'bold' | 'dim', text: string, enabled = useColor()): string {
  return enabled ? styleText(style, text, { validateStream: false }) : text;
}

/** Columns padded to their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, visible(cell));
  return rows
    .map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - visible(cell)))).join('  '))
    .join('\n');
}

function visible(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
