import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { nearest } from './suggest.ts';
import { siblingsOf, unknownKeys } from './yaml-settings.ts';
import { saySyntaxMistake } from './yaml-syntax.ts';

/** One thing wrong with a file, and where. Lines and columns start at 1; `null` where the place is not known. */
export interface Problem {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  /** The key's path, `services.aureus.name`; empty for the file as a whole. */
  readonly key: string;
  readonly message: string;
}

export type YamlRead<T> =
  | { readonly ok: true; readonly value: T; readonly raw: unknown; problem(path: readonly PropertyKey[], message: string): Problem }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** How many values aliases (`*name`) may stand for in one file; a few lines of aliases of aliases would fill the memory. */
const MAX_ALIASES = 100;
/** How deep values may be nested, and how much is said of one file: people read the first few problems. */
const MAX_NESTING = 100;
const MAX_PROBLEMS = 20;

/**
 * Reads a YAML file by its schema. What is wrong is said with its place, what was expected, and the nearest known key. Never throws,
 * whatever the text: files are written by people and by others' programs.
 */
export function readYaml<T>(text: string, file: string, schema: z.ZodType<T>): YamlRead<T> {
  try {
    assertShallow(text);
    return readDocument(text, file, schema);
  } catch (error) {
    return { ok: false, problems: [{ file, line: null, column: null, key: '', message: `cannot be read as YAML: ${refusalOf(error)}` }] };
  }
}

/** Nesting costs the parser time and stack. Brackets in texts count too, which no honest file has so many of. @throws RangeError */
function assertShallow(text: string): void {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1);
    if (depth > MAX_NESTING) throw new RangeError('too deep');
  }
  if (new RegExp(`(?:[-?] ){${MAX_NESTING}}`).test(text)) throw new RangeError('too deep');
}

function refusalOf(error: unknown): string {
  if (error instanceof RangeError) return 'it is nested too deeply';
  return error instanceof ReferenceError ? 'an alias has no anchor, or aliases expand to too many values' : String(error);
}

function readDocument<T>(text: string, file: string, schema: z.ZodType<T>): YamlRead<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line, column, says } = saySyntaxMistake(text, broken, lines.linePos(broken.pos[0]));
    return { ok: false, problems: [{ file, line, column, key: '', message: `is not valid YAML: ${says}` }] };
  }
  const problem = (path: readonly PropertyKey[], message: string): Problem => ({
    file,
    ...placeOf(document, path, lines),
    key: path.join('.'),
    message,
  });
  const raw: unknown = document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { ok: true, value: parsed.data, raw, problem };
  const empty = emptyMaps(parsed.error.issues, schema, document);
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, schema, document)).filter(({ path }) => !isOutdented(path, empty));
  return { ok: false, problems: problems.slice(0, MAX_PROBLEMS).map(({ path, message }) => problem(path, message)) };
}

interface EmptyMap {
  readonly path: readonly PropertyKey[];
  /** What would be a setting of it. */
  readonly known: readonly string[];
}

/** Maps that hold nothing: their settings were not indented, and so belong to what is around. */
function emptyMaps(issues: readonly z.core.$ZodIssue[], schema: unknown, document: Document): readonly EmptyMap[] {
  return issues
    .filter((issue) => isEmptyMap(issue, document))
    .map(({ path }) => ({ path, known: [...siblingsOf(schema, path)] }))
    .filter(({ path }) => path.length > 0);
}

function isEmptyMap(issue: z.core.$ZodIssue, document: Document): boolean {
  return issue.code === 'invalid_type' && issue.expected === 'object' && document.getIn(issue.path.map(plainKey)) === null;
}

/** Is this about a setting that belongs below an empty map? The map itself is said once; what stands beside it is only the consequence. */
function isOutdented(path: readonly PropertyKey[], empty: readonly EmptyMap[]): boolean {
  return empty.some(({ path: map, known }) => {
    const around = map.slice(0, -1);
    return path.length > around.length && around.every((key, i) => path[i] === key) && known.includes(String(path[around.length]));
  });
}

/** `, did you mean ...`, for a word that is not known. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = meant(word, known);
  return near === '' ? '' : `. ${near.trimEnd()}`;
}

/** `Did you mean ...? `, before another sentence; empty for a word that is near to none. */
export function meant(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? '' : `Did you mean "${near}"? `;
}

/** `file:line:column: key message`. */
export function sayProblem({ file, line, column, key, message }: Problem): string {
  const place = line === null ? file : `${file}:${line}${column === null ? '' : `:${column}`}`;
  return `${place}: ${key === '' ? 'the file' : key} ${message}`;
}

interface Said {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function problemsOf(issue: z.core.$ZodIssue, schema: unknown, document: Document): Said[] {
  const unknown = (path: readonly PropertyKey[], key: string, known: readonly string[]): Said => ({
    path: [...path, key],
    message: `is not a setting${suggestion(key, known)}`,
  });
  if (issue.code === 'unrecognized_keys') {
    const mistyped = unknownKeys(schema, issue.path, valueAt(document, issue.path)).filter(({ path }) => path.length === issue.path.length);
    const knownBeside = (key: string): readonly string[] => mistyped.find((one) => one.key === key)?.known ?? siblingsOf(schema, issue.path);
    return issue.keys.slice(0, MAX_PROBLEMS).map((key) => unknown(issue.path, key, knownBeside(key)));
  }
  if (issue.code === 'invalid_union') {
    const mistyped = unknownKeys(schema, issue.path, valueAt(document, issue.path));
    if (mistyped.length > 0) return mistyped.slice(0, MAX_PROBLEMS).map(({ path, key, known }) => unknown(path, key, known));
  }
  // What is wrong with a name stands one level deeper.
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path: issue.path, message }));
  if (isEmptyMap(issue, document) && issue.path.length > 0) {
    return [{ path: issue.path, message: 'is empty. Indent the lines that belong to it by two more spaces' }];
  }
  const missing = issue.code === 'invalid_type' && document.getIn(issue.path.map(plainKey)) === undefined;
  return [{ path: issue.path, message: missing ? `is missing: expected ${issue.expected}` : issue.message.replace(/^Invalid input: /, '') }];
}

/** The place of a key, or of the nearest thing around it that exists. */
function placeOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): { line: number | null; column: number | null } {
  const at = offsetOf(document, path);
  if (at === null) return { line: null, column: null };
  const { line, col } = lines.linePos(at);
  return { line, column: col };
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number | null {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1).map(plainKey), true) ?? document.contents;
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair !== undefined && isScalar(pair.key) && pair.key.range) return pair.key.range[0];
      continue;
    }
    const node = document.getIn(path.slice(0, length).map(plainKey), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return node.range[0];
  }
  return null;
}

function valueAt(document: Document, path: readonly PropertyKey[]): unknown {
  const node: unknown = document.getIn(path.map(plainKey), true);
  return isNode(node) ? node.toJS(document, { maxAliasCount: MAX_ALIASES }) : node;
}

function plainKey(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key;
}
