/** The rows of every table in a Markdown text, without heads and rulers; `\|` inside a cell is a bar. */
export function tableRows(markdown: string): string[][] {
  const rows = lines(markdown).map((line) => (line.startsWith('|') ? cellsOf(line) : null));
  return rows.filter((row, index): row is string[] => {
    if (row === null || isRuler(row)) return false;
    const next = rows[index + 1];
    return next === null || next === undefined || !isRuler(next);
  });
}

/** What stands in backticks in a text. */
export function codesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** What stands in backticks in the first cell of each row. */
export function firstCells(markdown: string): string[] {
  return tableRows(markdown).flatMap(([first = '']) => codesIn(first));
}

/** The parts below each heading of a level, by heading. */
export function sections(markdown: string, level: number): Map<string, string> {
  const mark = `${'#'.repeat(level)} `;
  const found = new Map<string, string[]>();
  let part: string[] | null = null;
  for (const line of lines(markdown)) {
    const heading = /^(#+) /.exec(line)?.[1]?.length;
    if (heading !== undefined && heading <= level) {
      part = heading === level ? [] : null;
      if (part !== null) found.set(line.slice(mark.length), part);
    } else part?.push(line);
  }
  return new Map([...found].map(([heading, content]) => [heading, content.join('\n')]));
}

/** The content of each fenced block of a language, with its info string's second word when one is asked for: ```yaml service. */
export function fenced(markdown: string, language: string, word = ''): string[] {
  const blocks = [...markdown.matchAll(/^( *)```(\S*)[ ]?(.*)\n([\s\S]*?)^ *```$/gm)];
  return blocks.filter(([, , info, rest]) => info === language && rest === word).map(([, , , , content = '']) => content);
}

/** A text without its fenced code. */
export function proseOf(markdown: string): string {
  return lines(markdown).join('\n');
}

/** Targets of links and images, outside of code. */
export function linksIn(markdown: string): string[] {
  const prose = proseOf(markdown).replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchors that headings make. */
export function anchorsOf(markdown: string): string[] {
  return lines(markdown)
    .filter((line) => /^#+ /.test(line))
    .map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    );
}

/** Lines outside of fenced code. */
function lines(markdown: string): string[] {
  let fenced = false;
  return markdown.split('\n').filter((line) => {
    if (/^\s*```/.test(line)) {
      fenced = !fenced;
      return false;
    }
    return !fenced;
  });
}

function cellsOf(line: string): string[] {
  return line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function isRuler(row: readonly string[]): boolean {
  return row.every((cell) => /^:?-+:?$/.test(cell));
}
