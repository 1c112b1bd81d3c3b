import type { Json } from '../domain/record.ts';
import { MARK, type RedactionRule, RULES, SECRET_NAME } from './redact-rules.ts';
import { secretForms } from './secret-forms.ts';

/** Which rule took something out, and how often. */
interface Redaction {
  readonly rule: string;
  readonly count: number;
}

/** What redaction left, and what it took out, sorted by rule. */
export interface Redacted<T> {
  readonly value: T;
  readonly redactions: readonly Redaction[];
}

/** Redacts with one set of known secrets, which is prepared once. */
export interface Redactor {
  /** Every string in `value`, at any depth; keys stay as they are. */
  redact<T extends Json>(value: T): Redacted<T>;
  /** Plain text of any length: logs, diffs, listings. Linear in its length. */
  redactText(text: string): Redacted<string>;
}

/** The rule of values that the caller knows to be secret. */
const KNOWN = 'known-secret';
/** The rule of values under a key that says they are secret. */
const NAMED = 'secret-field';

type Counts = Map<string, number>;

/**
 * Prepares redaction: `secrets` are values that must never be written (Secrets in scope, tokens), looked for as they are and in
 * their base64 and URL forms; then come the rules of redact-rules.ts. Text becomes `[redacted:<rule>]` (DESIGN, Evidence: Redact).
 */
export function createRedactor(secrets: Iterable<string>): Redactor {
  const known = knownPattern(secrets);
  const clean = (text: string, counts: Counts): string => {
    const first = known === null ? text : text.replace(known, () => mark(KNOWN, counts));
    return RULES.reduce((rest, rule) => applyRule(rest, rule, () => mark(rule.rule, counts)), first);
  };
  return {
    redact: (value) => counted((counts) => redactDeep(value, counts, clean)),
    redactText: (text) => counted((counts) => clean(text, counts)),
  };
}

/** Redacts one value. For more than one, createRedactor prepares the secrets only once. */
export function redact<T extends Json>(value: T, secrets: Iterable<string>): Redacted<T> {
  return createRedactor(secrets).redact(value);
}

/** Redacts one plain text. */
export function redactText(text: string, secrets: Iterable<string>): Redacted<string> {
  return createRedactor(secrets).redactText(text);
}

/** Replaces what one rule finds; each character is looked at by `span` at most once. */
export function applyRule(text: string, rule: RedactionRule, replacement: () => string): string {
  let result = '';
  let copied = 0;
  const start = new RegExp(rule.start);
  for (let match = start.exec(text); match !== null; match = start.exec(text)) {
    const span = rule.span(text, { index: match.index, end: start.lastIndex });
    start.lastIndex = Math.max(span.end, start.lastIndex);
    if (!span.secret) continue;
    result += text.slice(copied, span.start) + replacement();
    copied = span.end;
  }
  return result + text.slice(copied);
}

function knownPattern(secrets: Iterable<string>): RegExp | null {
  const forms = new Set([...secrets].flatMap(secretForms));
  if (forms.size === 0) return null;
  // The longest first, so that a form which contains another goes as a whole.
  const sorted = [...forms].sort((left, right) => right.length - left.length);
  return new RegExp(sorted.map((form) => literal(form)).join('|'), 'g');
}

/** A pattern for exactly this text. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function redactDeep<T extends Json>(value: T, counts: Counts, clean: (text: string, counts: Counts) => string): T {
  const walk = (node: Json): Json => {
    if (typeof node === 'string') return clean(node, counts);
    if (node === null || typeof node !== 'object') return node;
    if (Array.isArray(node)) return node.map(walk);
    return Object.fromEntries(Object.entries(node).map(([key, member]) => [key, isNamedSecret(key, member) ? mark(NAMED, counts) : walk(member)]));
  };
  // Strings become strings and everything else keeps its shape.
  return walk(value) as T;
}

function isNamedSecret(key: string, value: Json): boolean {
  return typeof value === 'string' && value !== '' && !value.startsWith(MARK) && SECRET_NAME.test(key);
}

function counted<T>(work: (counts: Counts) => T): Redacted<T> {
  const counts: Counts = new Map();
  const value = work(counts);
  const redactions = [...counts].map(([rule, count]) => ({ rule, count })).sort((left, right) => (left.rule < right.rule ? -1 : 1));
  return { value, redactions };
}

function mark(rule: string, counts: Counts): string {
  counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return `${MARK}${rule}]`;
}
