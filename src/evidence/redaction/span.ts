/** A stretch of text that a rule looked at: `secret` says whether `start` to `end` goes; the search goes on at `end` either way. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly secret: boolean;
}

/** Where a rule's `start` matched. */
export interface Place {
  readonly index: number;
  readonly end: number;
}

/**
 * A rule finds where a secret may begin by `start`, and where it ends by `span`.
 * Linear by construction: `start` has bounded quantifiers only, and what `span` looked at is never looked at again.
 */
export interface RedactionRule {
  readonly rule: string;
  readonly start: RegExp;
  span(text: string, match: Place): Span;
}

/** A value and where it stands: behind its opening quote, before its closing one. */
export interface Value {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** How replaced text begins. */
export const MARK = '[redacted:';

/** Whether nothing is left of a text but what redaction put there, and brackets that close what it stood in. */
export function isMarked(text: string): boolean {
  return text.startsWith(MARK) && /^[,)\]}]*$/.test(text.replaceAll(/\[redacted:[a-z-]{1,40}\]/g, ''));
}

/** Between a name and its value, in settings, URLs, YAML, JSON, JSON inside JSON and URLs, padded tables, and in what people write in Slack and Markdown. */
export const IS = String.raw`(?:\\{0,3}["']|[\x60*_~]{1,3})?[ \t]{0,8}(?:=>|==|:=|=|:|\uff1a)(?:[*_~]{1,3}(?=[ \t\x60]))?`;

/** Every place that a rule takes out of a text, in order. Its `start` is used as it is: to copy fifty patterns for each text costs more than to look. */
export function scan(text: string, rule: RedactionRule): Span[] {
  const found: Span[] = [];
  const { start } = rule;
  start.lastIndex = 0;
  for (let match = start.exec(text); match !== null; match = start.exec(text)) {
    const end = start.lastIndex;
    const span = rule.span(text, { index: match.index, end });
    start.lastIndex = Math.max(span.end, end);
    if (span.secret) found.push(span);
  }
  return found;
}

/** Where a run of characters ends that begins at `start`; `run` is sticky. */
export function endOfRun(text: string, start: number, run: RegExp): number {
  run.lastIndex = start;
  return run.test(text) ? run.lastIndex : start;
}

/** The run of characters that begins with the match itself, when it is long enough and `fits`. */
export function from(run: RegExp, least: number, fits: (run: string) => boolean = () => true): RedactionRule['span'] {
  return (text, { index }) => ofRun(text, index, endOfRun(text, index, run), least, fits);
}

/** The run of characters behind the match. */
export function after(run: RegExp, least: number, fits: (run: string) => boolean = () => true): RedactionRule['span'] {
  return (text, { end }) => ofRun(text, end, endOfRun(text, end, run), least, fits);
}

function ofRun(text: string, start: number, end: number, least: number, fits: (run: string) => boolean): Span {
  return { start, end, secret: end - start >= least && fits(text.slice(start, end)) };
}

/** Nothing to take out up to `end`. */
export function nothing(end: number): Span {
  return { start: end, end, secret: false };
}

/** The value that begins at `from`, behind blanks: a quoted one up to its closing quote on the same line, a bare one up to a space or what separates settings. */
export function readValue(text: string, from: number, bare = /[^\s"'&;,]*/y): Value {
  const open = endOfRun(text, from, /[ \t]*/y);
  const start = endOfRun(text, open, /(?:\\{0,3}["']|`{1,3})?/y);
  const quote = text.slice(open, start);
  if (quote.startsWith('`')) {
    const close = endOfRun(text, start, /[^`\r\n]*/y);
    return { start, end: close, text: text.slice(start, close) };
  }
  const end = quote === '' ? endOfRun(text, start, bare) : endOfQuoted(text, start, quote);
  return { start, end, text: text.slice(start, end) };
}

/** `opening` is a quote behind as many backslashes as the levels of JSON it lies in; a quote behind more of them is part of the value. */
function endOfQuoted(text: string, start: number, opening: string): number {
  const run = opening.endsWith('"') ? /[^"\r\n]*/y : /[^'\r\n]*/y;
  const depth = opening.length - 1;
  for (let index = endOfRun(text, start, run); ; index = endOfRun(text, index + 1, run)) {
    if (index >= text.length || text[index] === '\r' || text[index] === '\n') return index;
    const escapes = backslashesBefore(text, index, start);
    if (escapes <= depth || (depth === 0 && escapes % 2 === 0)) return index - Math.min(escapes, depth);
  }
}

function backslashesBefore(text: string, index: number, start: number): number {
  let count = 0;
  while (index - count > start && text[index - count - 1] === '\\') count += 1;
  return count;
}
