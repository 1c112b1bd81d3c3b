import { code, inlineCode } from './code.ts';
import { escaped, guarded, keptApart, safe, visible } from './outside.ts';
import { clamp } from './text.ts';

/** An exact part longer than this (characters) has lines of its own. */
const INLINE = 60;
/** Characters of a section that such parts may take. */
const BLOCKS = 2_200;

/** A text, and the parts of it that people copy: they are shown as code and arrive as they are. */
export interface Worded {
  readonly says: string;
  /** Missing in what an older release has stored. */
  readonly exact?: readonly string[];
}

interface Part {
  readonly exact: boolean;
  readonly text: string;
}

/** Outside words with their exact parts as inline code: for a sentence, and for notifications. */
export function inLine(worded: Worded): string {
  return partsOf(worded)
    .map(({ exact, text }) => (exact ? escaped(inlineCode(text)) : safe(text)))
    .join('');
}

/** The same for a sentence of Tocsin's own (`sentence` in outside.ts). */
export function guardedInLine(worded: Worded): string {
  return partsOf(worded)
    .map(({ exact, text }) => (exact ? keptApart(inlineCode(text)) : guarded(text)))
    .join('');
}

/** Outside words for a section. A long exact part has a block of its own and is never cut; the words around it are, to `length` characters. */
export function inSection(worded: Worded, length: number = BLOCKS, bold = false): string {
  const parts = partsOf(worded);
  const words = bold ? (parts.length === 1 ? strong : strongWithin) : safe;
  let left = length;
  let blocks = BLOCKS;
  let shown = '';
  for (const { exact, text } of parts) {
    if (exact && isLong(text)) {
      const block = code(text, blocks, blocks);
      blocks -= block.length;
      if (blocks < 0) return `${shown.trimEnd()} …`;
      shown = `${shown.trimEnd()}\n${block}\n`;
      continue;
    }
    const said = shown.endsWith('\n') ? text.replace(/^[\s.,;]+/, '') : text;
    if (exact && said.length > left) return `${shown.trimEnd()} …`;
    shown += exact ? escaped(inlineCode(said)) : words(clamp(said, left));
    left -= said.length;
    if (left < 0) return shown;
  }
  return shown.trimEnd();
}

function isLong(text: string): boolean {
  return text.length > INLINE || /[`\n]/.test(text);
}

function strong(text: string): string {
  return `*${safe(text)}*`;
}

/** Bold that begins and ends with a word: a mark beside code would not be one. */
function strongWithin(text: string): string {
  const [, before = '', core = '', after = ''] = /^([^\p{L}\p{N}]*)(.*?)([^\p{L}\p{N}]*)$/su.exec(text) ?? [];
  return core === '' ? safe(text) : `${safe(before)}*${safe(core)}*${safe(after)}`;
}

/** Where an exact part is found as a word of its own; the longest wins. */
function partsOf({ says, exact = [] }: Worded): readonly Part[] {
  const known = exact.filter((text) => text.trim() !== '').toSorted((a, b) => b.length - a.length);
  if (known.length === 0) return [{ exact: false, text: says }];
  const pattern = new RegExp(`(?<![A-Za-z0-9_])(${known.map(escapedPattern).join('|')})(?![A-Za-z0-9_])`);
  return says.split(pattern).flatMap((text, i) => (text === '' ? [] : [{ exact: i % 2 === 1, text: i % 2 === 1 ? visible(text) : text }]));
}

function escapedPattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
}
