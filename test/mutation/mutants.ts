/** One change of a program that a test should notice. */
export interface Mutant {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly from: string;
  readonly to: string;
  /** The whole file with the change. */
  readonly text: string;
}

/** What is put in the place of what: an operator, a condition, an answer. */
const CHANGES: readonly (readonly [RegExp, string])[] = [
  [/ === /g, ' !== '],
  [/ !== /g, ' === '],
  [/ < /g, ' >= '],
  [/ > /g, ' <= '],
  [/ <= /g, ' > '],
  [/ >= /g, ' < '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/\breturn true\b/g, 'return false'],
  [/\breturn false\b/g, 'return true'],
  [/\breturn null;/g, 'return undefined as never;'],
  [/\breturn \[\];/g, 'throw new Error("mutant");'],
  [/\.some\(/g, '.every('],
  [/\.every\(/g, '.some('],
  [/\bif \((?=.*\) (?:throw|return))/g, 'if (false && '],
  [/ \+ 1\b/g, ' + 2'],
  [/ - 1\b/g, ' - 0'],
];

/** Lines that no mutation is made in: comments, imports, types and the words of errors. */
const LEFT_ALONE = /^\s*(?:\/\/|\/?\*|import\b|export (?:type|interface)\b|type\b|interface\b|readonly\b)|^\s*[`']/;

/** Every mutant of a file, in the order of its lines. Types are not looked at: the tests run without them. */
export function mutantsOf(path: string, text: string): Mutant[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    if (LEFT_ALONE.test(line)) return [];
    return CHANGES.flatMap(([pattern, to]) =>
      [...line.matchAll(pattern)].flatMap((match) => {
        if (isQuoted(line, match.index)) return [];
        const changed = line.slice(0, match.index) + to + line.slice(match.index + match[0].length);
        return [{ path, line: index + 1, from: match[0].trim(), to: to.trim(), text: lines.with(index, changed).join('\n') }];
      }),
    );
  });
}

/** Whether a place of a line is inside of a text. */
function isQuoted(line: string, at: number): boolean {
  return ["'", '`', '"'].some((quote) => (line.slice(0, at).split(quote).length - 1) % 2 === 1);
}

/** `count` of them, spread evenly over all places by a seed. */
export function sample<T>(all: readonly T[], count: number, seed: number): T[] {
  if (all.length <= count) return [...all];
  const step = all.length / count;
  const shift = ((seed * 0x9e3779b1) >>> 0) / 2 ** 32;
  return Array.from({ length: count }, (_, i) => all[Math.floor((i + shift) * step) % all.length]).filter((one) => one !== undefined);
}
