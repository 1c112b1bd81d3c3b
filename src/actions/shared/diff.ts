import { stringify } from 'yaml';

const CONTEXT_LINES = 3;
/** Beyond this product of line counts the table of the longest common subsequence would be too large. */
const MAX_CELLS = 4_000_000;

/**
 * Lines that begin with `+ `, `- ` or two blanks, with up to `context` unchanged lines around each change and `  ...` where some are left out.
 * Empty when both are the same.
 */
export function diffText(before: string, after: string, context = CONTEXT_LINES): string {
  const old = split(before);
  const young = split(after);
  return shorten(compare(old, young), context).join('\n');
}

/** The same of two values, written as YAML. `null` or `undefined` is nothing at all. */
export function diffObjects(before: unknown, after: unknown, context = CONTEXT_LINES): string {
  return diffText(yaml(before), yaml(after), context);
}

const SECRET_NAME = /PASSW|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL|PASSPHRASE|_PWD$/i;

/** Whether a variable's name says that its value is secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** A literal value as people may see it: hidden when its name says that it is secret, without the password of an address. */
export function shownValue(name: string, value: string): string {
  if (value !== '' && isSecretName(name)) return '(hidden)';
  return value.replace(/(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/@:]{0,200}):[^\s/@]{1,500}@/gi, '$1:(hidden)@');
}

function yaml(value: unknown): string {
  return value === null || value === undefined ? '' : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

function split(text: string): readonly string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

function compare(old: readonly string[], young: readonly string[]): readonly string[] {
  let head = 0;
  while (head < old.length && head < young.length && old[head] === young[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < young.length - head && old[old.length - 1 - tail] === young[young.length - 1 - tail]) tail += 1;
  return [
    ...old.slice(0, head).map((line) => `  ${line}`),
    ...middle(old.slice(head, old.length - tail), young.slice(head, young.length - tail)),
    ...old.slice(old.length - tail).map((line) => `  ${line}`),
  ];
}

/** By the longest common subsequence. */
function middle(old: readonly string[], young: readonly string[]): readonly string[] {
  if (old.length * young.length > MAX_CELLS) return [...old.map((line) => `- ${line}`), ...young.map((line) => `+ ${line}`)];
  const width = young.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = young.length - 1; column >= 0; column -= 1) {
      const at = row * width + column;
      common[at] = old[row] === young[column] ? 1 + (common[at + width + 1] ?? 0) : Math.max(common[at + width] ?? 0, common[at + 1] ?? 0);
    }
  }
  const lines: string[] = [];
  let row = 0;
  let column = 0;
  while (row < old.length || column < young.length) {
    const at = row * width + column;
    if (row < old.length && column < young.length && old[row] === young[column]) {
      lines.push(`  ${old[row]}`);
      row += 1;
      column += 1;
    } else if (row < old.length && (column === young.length || (common[at + width] ?? 0) >= (common[at + 1] ?? 0))) {
      lines.push(`- ${old[row]}`);
      row += 1;
    } else {
      lines.push(`+ ${young[column]}`);
      column += 1;
    }
  }
  return lines;
}

function shorten(lines: readonly string[], context: number): readonly string[] {
  const kept = new Set<number>();
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('  ')) continue;
    for (let near = index - context; near <= index + context; near += 1) kept.add(near);
  }
  const shown: string[] = [];
  let left = false;
  for (const [index, line] of lines.entries()) {
    if (kept.has(index)) {
      if (left && shown.length > 0) shown.push('  ...');
      left = false;
      shown.push(line);
    } else left = true;
  }
  return shown;
}
