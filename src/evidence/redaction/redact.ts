import type { Json } from '../../domain/record.ts';
import { isSecretValue, tellingOf } from './judge.ts';
import { manifestSecrets } from './manifests.ts';
import { RULES } from './redact-rules.ts';
import { awsSecrets, secretRuns } from './runs.ts';
import { secretForms } from './secret-forms.ts';
import { MARK, type RedactionRule, type Span, scan } from './span.ts';
import { undisguised } from './views.ts';

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
/** The rule of what a Secret of Kubernetes holds. */
const MANIFEST = 'secret-manifest';

type Counts = Map<string, number>;

/** A stretch that goes, and why. */
interface Found {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
}

/** Finds what goes in a text. */
type Look = (text: string) => Found[];

/**
 * Prepares redaction: `secrets` are values that must never be written (Secrets in scope, tokens), looked for as they are and in
 * their base64 and URL forms; then come the rules of redact-rules.ts, also in what base64, URL encoding, terminal colours and unseen
 * characters hide. Text becomes `[redacted:<rule>]` (docs/explanation/security.md#secrets).
 */
export function createRedactor(secrets: Iterable<string>): Redactor {
  const known = knownRule(secrets);
  const rules = known === null ? RULES : [known, ...RULES];
  const holds = (text: string) => rules.some((rule) => scan(text, rule).length > 0) || awsSecrets(text).length > 0;
  // What tells a secret by itself names it better than the name that it stands under.
  const look: Look = (text) => [
    ...(known === null ? [] : scan(text, known).map(named(KNOWN))),
    ...secretRuns(text, holds),
    ...RULES.flatMap((rule) => scan(text, rule).map(named(rule.rule))),
    ...manifestSecrets(text).map(named(MANIFEST)),
  ];
  const clean = (text: string, counts: Counts): string => replace(text, find(text, look), counts);
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

/** Everything that goes, in the text as it is and with what disguises it undone. */
function find(text: string, look: Look): Found[] {
  const found = look(text);
  const view = undisguised(text);
  if (view === null) return found;
  return [...found, ...look(view.text).map(({ start, end, rule }) => ({ start: view.start(start), end: view.end(end), rule }))];
}

function named(rule: string): (span: Span) => Found {
  return ({ start, end }) => ({ start, end, rule });
}

/** Each stretch becomes one mark; such that overlap become one, named by the rule that comes first. */
function replace(text: string, found: readonly Found[], counts: Counts): string {
  if (found.length === 0) return text;
  const order = new Map(found.map((one, index) => [one, index]));
  const sorted = found.toSorted((left, right) => left.start - right.start || (order.get(left) ?? 0) - (order.get(right) ?? 0));
  const merged: { start: number; end: number; first: Found }[] = [];
  for (const one of sorted) {
    const last = merged.at(-1);
    if (last === undefined || one.start >= last.end) {
      merged.push({ start: one.start, end: one.end, first: one });
      continue;
    }
    last.end = Math.max(last.end, one.end);
    if ((order.get(one) ?? 0) < (order.get(last.first) ?? 0)) last.first = one;
  }
  let copied = 0;
  const parts: string[] = [];
  for (const { start, end, first } of merged) {
    parts.push(text.slice(copied, start), mark(first.rule, counts));
    copied = end;
  }
  return parts.join('') + text.slice(copied);
}

function knownRule(secrets: Iterable<string>): RedactionRule | null {
  const forms = new Set([...secrets].flatMap(secretForms));
  if (forms.size === 0) return null;
  // The longest first, so that a form which contains another goes as a whole.
  const sorted = [...forms].sort((left, right) => right.length - left.length);
  const start = new RegExp(sorted.map((form) => literal(form)).join('|'), 'g');
  return { rule: KNOWN, start, span: (_text, { index, end }) => ({ start: index, end, secret: true }) };
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
    const members = Object.entries(node);
    const pair = pairOf(node as { readonly [key: string]: Json });
    return Object.fromEntries(
      members.map(([key, member]) => {
        const name = pair !== null && key.toLowerCase() === 'value' ? pair : key;
        if (isNamedSecret(name, member)) return [key, mark(NAMED, counts)];
        if (isSecretData(node as { readonly [key: string]: Json }, key)) return [key, hidden(member, counts)];
        return [key, walk(member)];
      }),
    );
  };
  // Strings become strings and everything else keeps its shape.
  return walk(value) as T;
}

/** The name of a `{name, value}` pair, as variables of containers and tags have it. */
function pairOf(node: { readonly [key: string]: Json }): string | null {
  const named = Object.entries(node).find(([key]) => /^(?:name|key)$/i.test(key))?.[1];
  return typeof named === 'string' ? named : null;
}

function isSecretData({ kind }: { readonly [key: string]: Json }, key: string): boolean {
  return kind === 'Secret' && (key === 'data' || key === 'stringData');
}

/** Every string in it, whatever its key is called. */
function hidden(value: Json, counts: Counts): Json {
  if (typeof value === 'string') return value.startsWith(MARK) ? value : mark(MANIFEST, counts);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((one: Json) => hidden(one, counts));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, hidden(member, counts)]));
}

function isNamedSecret(key: string, value: Json): boolean {
  const telling = tellingOf(key);
  return telling !== null && typeof value === 'string' && isSecretValue(telling, telling === 'vague' ? 'said' : 'assigned', value);
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
