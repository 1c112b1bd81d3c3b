/** A stretch of text that a rule looked at: `secret` says whether `start` to `end` goes; the search goes on at `end` either way. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly secret: boolean;
}

/**
 * A rule finds where a secret may begin by `start`, and where it ends by `span`.
 * Linear by construction: `start` has bounded quantifiers only, and what `span` looked at is never looked at again.
 */
export interface RedactionRule {
  readonly rule: string;
  readonly start: RegExp;
  span(text: string, match: { readonly index: number; readonly end: number }): Span;
}

/** How replaced text begins. */
export const MARK = '[redacted:';

/** Between a name and its value, in settings, URLs, YAML, JSON and JSON inside JSON. */
const IS = String.raw`\\{0,3}["']?[ \t]{0,8}(?:=>|==|:=|=|:)[ \t]{0,8}`;

/** Keys whose value is a secret whatever it looks like. */
export const SECRET_NAME =
  /(?:passw(?:or)?d|passphrase|authorization|api[_-]?key|client[_-]?secret|private[_-]?key|secret[_-]?(?:access[_-]?)?key|(?:access|api|auth|bearer|bot|id|refresh|session)[_-]?token|^token)$/i;

/** In this order: whole blocks first, then tokens known by their shape, then whatever is assigned to a telling name. */
export const RULES: readonly RedactionRule[] = [
  { rule: 'private-key', start: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g, span: block },
  { rule: 'authorization', start: new RegExp(`(?:authorization|(?:set-)?cookie)${IS}`, 'gi'), span: restOfLine },
  { rule: 'bearer', start: /\bbearer[ \t]{1,8}/gi, span: after(/[A-Za-z0-9._~+/=-]*/y, 16) },
  { rule: 'url-password', start: /:\/\/[^\s/?#@:]{0,256}:/g, span: beforeAt },
  { rule: 'slack-webhook', start: /hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\//g, span: after(/[A-Za-z0-9/_-]*/y, 8) },
  { rule: 'slack-token', start: /xox[a-z][.-]|xapp-/g, span: from(/[A-Za-z0-9.-]*/y, 14) },
  { rule: 'github-token', start: /gh[opusr]_|github_pat_/g, span: from(/[A-Za-z0-9_]*/y, 24) },
  { rule: 'aws-access-key-id', start: /(?<![A-Z0-9])A(?:KIA|SIA|BIA|CCA)(?=[A-Z0-9]{16}(?![A-Z0-9]))/g, span: from(/[A-Z0-9]*/y, 20) },
  { rule: 'aws-secret-key', start: new RegExp(`(?:aws[_-]?)?secret[_-]?(?:access[_-]?)?key${IS}`, 'gi'), span: assigned },
  { rule: 'jwt', start: /eyJ/g, span: webToken },
  { rule: 'assigned-secret', start: new RegExp(`(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key)${IS}`, 'gi'), span: assigned },
];

type Place = { readonly index: number; readonly end: number };

/** The run of characters that begins with the match itself. */
function from(run: RegExp, least: number): RedactionRule['span'] {
  return (text, { index }) => ofRun(index, endOfRun(text, index, run), least);
}

/** The run of characters behind the match. */
function after(run: RegExp, least: number): RedactionRule['span'] {
  return (text, { end }) => ofRun(end, endOfRun(text, end, run), least);
}

function ofRun(start: number, end: number, least: number): Span {
  return { start, end, secret: end - start >= least };
}

/** Up to the end mark, or, of a block that was cut off, everything. */
function block(text: string, { index, end }: Place): Span {
  const tail = text.indexOf('-----END ', end);
  const close = tail === -1 ? -1 : text.indexOf('-----', tail + 5);
  return { start: index, end: close === -1 ? text.length : close + 5, secret: true };
}

function restOfLine(text: string, { end }: Place): Span {
  const { start, open } = unmarked(text, end);
  const lineEnd = endOfRun(text, start, /[^\r\n"'\\]*/y);
  return { start, end: lineEnd, secret: open && lineEnd > start };
}

/** `user:password@`: up to the last @ before the path, since passwords with an @ are written unencoded all the time. */
function beforeAt(text: string, { end }: Place): Span {
  const runEnd = endOfRun(text, end, /[^\s/?#"'<>]*/y);
  const length = text.slice(end, runEnd).lastIndexOf('@');
  if (length <= 0 || text.startsWith(MARK, end)) return { start: end, end: runEnd, secret: false };
  return { start: end, end: end + length, secret: true };
}

/** header.payload.signature, each base64url; RFC 7519. */
function webToken(text: string, { index }: Place): Span {
  const end = endOfRun(text, index, /[A-Za-z0-9._-]*/y);
  return { start: index, end, secret: end - index >= 24 && text.slice(index, end).split('.').length >= 3 };
}

/** A quoted value up to its closing quote on the same line, a bare one up to a space or what separates settings. */
function assigned(text: string, { end }: Place): Span {
  const { start, open } = unmarked(text, end);
  const quote = text.slice(end, start);
  const valueEnd = quote === '' ? endOfRun(text, start, /[^\s"'&;]*/y) : endOfQuoted(text, start, quote);
  return { start, end: valueEnd, secret: open && valueEnd > start };
}

/** Where the value starts behind its opening quote, and whether it is still in the open. */
function unmarked(text: string, end: number): { start: number; open: boolean } {
  const start = endOfRun(text, end, /(?:\\{0,3}["'])?/y);
  return { start, open: !text.startsWith(MARK, start) };
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

function endOfRun(text: string, start: number, run: RegExp): number {
  run.lastIndex = start;
  return run.test(text) ? run.lastIndex : start;
}
