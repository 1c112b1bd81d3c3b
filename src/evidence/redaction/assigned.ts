import { holdsLogin, isSecretValue, type Joint, looksRandom, type Telling, tellingOf } from './judge.ts';
import { after, endOfRun, IS, isMarked, nothing, type Place, type RedactionRule, readValue, type Span, type Value } from './span.ts';

/** How far back (characters) the name is read that a telling word ends. */
const NAME = 48;
/** How far back (characters) an ARN may begin. */
const ARN = 80;
/** Words that may end the name of a secret; `tellingOf` looks at the whole name. */
const ENDS = 'passw(?:or)?d|passphrase|passwort|kennwort|pwd|pass|pw|secret|token|key|credentials?|auth|sig(?:nature)?|string|otp|pat|code|key_base';

/** What stands under a name that tells it, however the two are joined. */
export const ASSIGNED_RULES: readonly RedactionRule[] = [
  { rule: 'authorization', start: new RegExp(`(?:authorization|(?:set-)?cookie)${IS}`, 'gi'), span: header },
  { rule: 'bearer', start: /\bbearer[ \t]{1,8}/gi, span: after(/[A-Za-z0-9._~+/=-]*/y, 16, (run) => !/^[a-z]+(?:[-._/][a-z]+)*\.?$/i.test(run)) },
  { rule: 'basic', start: /\bbasic[ \t]{1,8}/gi, span: after(/[A-Za-z0-9+/=_-]*/y, 8, holdsLogin) },
  { rule: 'assigned-secret', start: new RegExp(`(?:${ENDS})${IS}`, 'gi'), span: assigned },
  { rule: 'assigned-secret', start: new RegExp(`(?:${ENDS})(?:["'],[ \\t\\r\\n]{0,8}(?=["'])|[ \\t]{1,8}(?=[^\\s-]))`, 'gi'), span: option },
  { rule: 'assigned-secret', start: new RegExp(`(?:${ENDS})>`, 'gi'), span: element },
  { rule: 'assigned-secret', start: /(?:PASSWORD|PASSWD|PASS|PWD|SECRET|TOKEN|KEY)[ \t]{2,80}(?=\S)/g, span: column },
  {
    rule: 'assigned-secret',
    start: /(?:PASSWORD|PASSWD|PASS|PWD|SECRET|TOKEN|KEY)`?[ \t]{0,30}(?:[|\u2502\u2192,;]|->|\r?\n)[ \t]{0,30}(?=\S)/g,
    span: cell,
  },
  { rule: 'pagerduty-key', start: new RegExp(`(?:routing|integration|service)_?key${IS}`, 'gi'), span: integrationKey },
  { rule: 'named-value', start: new RegExp(`\\b(?:name|key|variable|parameter)${IS}`, 'gi'), span: valueBehind },
  { rule: 'named-value', start: new RegExp(`\\bvalue${IS}`, 'gi'), span: nameBehind },
];

/** Credentials up to the end of the line; a setting of that name (`authorization: enabled`) and prose are none. */
function header(text: string, { end }: Place): Span {
  const start = endOfRun(text, end, /[ \t]{0,8}(?:\\{0,3}["'])?/y);
  const lineEnd = endOfRun(text, start, /[^\r\n"'\\]*/y);
  const said = text.slice(start, lineEnd).trim();
  const scheme = /^(?:basic|bearer|digest|token|ssws|aws4|negotiate|ntlm|apikey|hmac|oauth|splunk)[ -]\S/i.test(said);
  return { start, end: lineEnd, secret: said !== '' && !isMarked(said) && (scheme || !/^(?:[a-z ,.'-]+|<[^>]*>|\$\S*|\*+)$/i.test(said)) };
}

function assigned(text: string, { index, end }: Place): Span {
  const word = endOfRun(text, index, /[A-Za-z]+/y);
  const name = nameAt(text, word);
  const telling = tellingOf(name);
  if (telling === null || inArn(text, word)) return nothing(end);
  const joint = jointOf(telling, name, text.slice(word, end), text[word - name.length - 1]);
  const value = readAssigned(text, end, isShouted(name) && text[end - 1] === '=');
  return { ...value, secret: isSecretValue(telling, joint, value.text) && !isSize(text, value) };
}

/** `--password x`, also as two entries of a list. */
function option(text: string, { index, end }: Place): Span {
  const word = endOfRun(text, index, /[A-Za-z]+/y);
  const name = /--?([A-Za-z0-9][A-Za-z0-9-]*)$/.exec(text.slice(Math.max(0, word - NAME), word))?.[1];
  const telling = name === undefined ? null : tellingOf(name);
  if (telling === null) return nothing(end);
  const value = readValue(text, end);
  return { ...value, secret: isSecretValue(telling, 'said', value.text) };
}

/** `<password>x</password>` */
function element(text: string, { index, end }: Place): Span {
  const word = end - 1;
  const name = /<([\w:.-]+)$/.exec(text.slice(Math.max(0, Math.min(index, word) - NAME), word))?.[1];
  const telling = name === undefined ? null : tellingOf(name);
  if (telling === null) return nothing(end);
  const valueEnd = endOfRun(text, end, /[^<\r\n]*/y);
  return { start: end, end: valueEnd, secret: isSecretValue(telling, 'said', text.slice(end, valueEnd)) };
}

/** A table's line: a variable's name, at least two blanks, its value. */
function column(text: string, { index, end }: Place): Span {
  const name = nameAt(text, endOfRun(text, index, /[A-Z]+/y));
  const telling = isShouted(name) ? tellingOf(name) : null;
  const value = readValue(text, end);
  return { ...value, secret: telling !== null && isSecretValue(telling, 'said', value.text) };
}

/** The same between lines, behind an arrow or a comma, or on the next line, where words explain as often as values stand. */
function cell(text: string, place: Place): Span {
  const span = column(text, place);
  return { ...span, secret: span.secret && looksRandom(text.slice(span.start, span.end)) };
}

/** PagerDuty's keys have 32 signs; the routing keys of message queues are words. */
function integrationKey(text: string, { end }: Place): Span {
  const value = readValue(text, end);
  return { ...value, secret: /^[A-Za-z0-9]{32}$/.test(value.text) && looksRandom(value.text) };
}

/** `name: DB_PASSWORD` with its `value` behind it, in YAML, JSON and attributes. */
function valueBehind(text: string, { end }: Place): Span {
  const name = readValue(text, end);
  const telling = tellingOf(name.text);
  const next = telling === null ? 0 : endOfRun(text, name.end, VALUE);
  if (telling === null || next === name.end) return nothing(Math.max(end, name.end));
  const value = readAssigned(text, next, true);
  return { ...value, secret: isSecretValue(telling, isShouted(name.text) ? 'assigned' : 'said', value.text) };
}

/** The same with the value in front. */
function nameBehind(text: string, { end }: Place): Span {
  const value = readValue(text, end);
  const next = endOfRun(text, value.end, NAMED);
  if (next === value.end) return { ...value, secret: false };
  const { text: name } = readValue(text, next);
  const telling = tellingOf(name);
  return { ...value, secret: telling !== null && isSecretValue(telling, isShouted(name) ? 'assigned' : 'said', value.text) };
}

const BETWEEN = String.raw`\\{0,3}["']?[\s,;]*\\{0,3}["']?`;
const VALUE = new RegExp(`${BETWEEN}value${IS}`, 'iy');
const NAMED = new RegExp(`${BETWEEN}(?:name|key)${IS}`, 'iy');

/** `arn:aws:secretsmanager:...:secret:name` names a secret and is none. */
function inArn(text: string, end: number): boolean {
  return /arn:[\w:-]*$/.test(text.slice(Math.max(0, end - ARN), end));
}

/** `password:  16 bytes`, as kubectl describes what a Secret holds. */
function isSize(text: string, { end, text: said }: Value): boolean {
  return /^\d+$/.test(said) && text.startsWith(' bytes', end);
}

/** The name that ends here, with the word in front of it: `api key`. */
function nameAt(text: string, end: number): string {
  const least = Math.max(0, end - NAME);
  const word = beginOfWord(text, end, least);
  const before = text[word - 1] === ' ' ? beginOfWord(text, word - 1, least) : word;
  return text.slice(before < word - 1 ? before : word, end);
}

function beginOfWord(text: string, end: number, least: number): number {
  let start = end;
  while (start > least && /[\w.-]/.test(text.charAt(start - 1))) start -= 1;
  return start;
}

function isShouted(name: string): boolean {
  return /[A-Z]/.test(name) && !/[a-z]/.test(name);
}

/** Names such as `token` stand in logs for an object's name as well; variables, options and queries hold the thing itself. */
function jointOf(telling: Telling, name: string, sign: string, behind: string | undefined): Joint {
  if (!sign.endsWith('=')) return 'said';
  return telling !== 'vague' || isShouted(name) || behind === '?' || behind === '&' || name.startsWith('--') ? 'assigned' : 'said';
}

/** As readValue; `whole`: up to the next blank whatever comes. Of a YAML block (`|`) its lines, and without the bracket that ends a list. */
function readAssigned(text: string, from: number, whole: boolean): Value {
  const value = readValue(text, from, whole ? /[^\s"']*/y : /[^\s"'&;]*/y);
  const block = /^[|>][+-]?\d?$/.test(value.text) ? yamlBlock(text, value.end) : null;
  if (block !== null) return block;
  const kept = isMarked(value.text) ? '' : value.text.replace(/[,)\]}]+$/, '');
  return kept === '' ? value : { start: value.start, end: value.start + kept.length, text: kept };
}

/** The lines that are indented as the first one is, or more; `null` when no line ends here, so that the sign is none. */
function yamlBlock(text: string, from: number): Value | null {
  const start = endOfRun(text, from, /[ \t]*\r?\n[ \t]*/y);
  if (start === from) return null;
  const indent = start - Math.max(text.lastIndexOf('\n', start - 1) + 1, from);
  let end = endOfRun(text, start, /[^\r\n]*/y);
  for (;;) {
    const next = endOfRun(text, end, /\r?\n[ \t]*/y);
    if (next === end || indent === 0 || next - (text.lastIndexOf('\n', next - 1) + 1) < indent) return { start, end, text: text.slice(start, end) };
    end = endOfRun(text, next, /[^\r\n]*/y);
  }
}
