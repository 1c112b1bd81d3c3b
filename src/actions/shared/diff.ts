import { diffArrays } from 'diff';
import { stringify } from 'yaml';

const CONTEXT_LINES = 3;
/** What differs in more lines is shown as replaced: to find the smallest difference would take too long. */
const MAX_EDITS = 2_000;

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
  const parts = diffArrays([...old], [...young], { maxEditLength: MAX_EDITS });
  if (parts === undefined) return [...old.map((line) => `- ${line}`), ...young.map((line) => `+ ${line}`)];
  return parts.flatMap(({ added, removed, value }) => value.map((line) => `${added ? '+' : removed ? '-' : ' '} ${line}`));
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
