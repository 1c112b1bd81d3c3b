import type { YAMLParseError } from 'yaml';

/** What is wrong with a text that is no YAML, in one sentence, and the line (from 1) on which to mend it. */
export interface SyntaxMistake {
  readonly line: number;
  readonly column: number;
  readonly says: string;
}

const INDENTATION =
  'the indentation does not match. Keys of the same level begin in the same column, and what belongs to a key is indented by two more spaces';

/**
 * Says the first mistake of a text: what the parser says after it is only its consequence. The parser speaks of its grammar ("nested mappings
 * are not allowed in compact mappings"); people want to know which line to move.
 */
export function saySyntaxMistake(text: string, error: YAMLParseError, place: { readonly line: number; readonly col: number }): SyntaxMistake {
  const at = { line: place.line, column: place.col };
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { ...at, says: 'a tab is used for indentation. Use spaces' };
    case 'MULTIPLE_DOCS':
      return { ...at, says: 'a second document begins here. Only one is read: remove the line `---`, or what follows it' };
    case 'BAD_INDENT':
      return { ...at, says: INDENTATION };
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      if (place.col === 1) return { ...at, says: INDENTATION };
      return /:\s/.test((text.split('\n')[place.line - 1] ?? '').slice(place.col - 1))
        ? { ...at, says: 'the value has a colon in it. Put it in quotes' }
        : { line: nextLine(text, place.line), column: 1, says: INDENTATION };
    default:
      return { ...at, says: error.message };
  }
}

/** The next line with something in it: the one that is indented too far reads as a part of the one before. */
function nextLine(text: string, line: number): number {
  const lines = text.split('\n');
  const next = lines.findIndex((content, i) => i >= line && content.trim() !== '' && !content.trim().startsWith('#'));
  return next === -1 ? line : next + 1;
}
