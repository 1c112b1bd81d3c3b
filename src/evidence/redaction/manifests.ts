import { addAll } from '../../lib/add-all.ts';
import { isMarked, type Span } from './span.ts';

const KIND = /\bkind\\{0,3}["']?[ \t]{0,8}:[ \t]{0,8}\\{0,3}["']?Secret(?![A-Za-z])/;
const DATA = /(?<![A-Za-z])(?:data|stringData)\\{0,3}["']?[ \t]{0,8}:[ \t]{0,8}(?=[{\r\n])/g;
const MEMBER = /\\{0,3}["'][^"'\\]{1,253}\\{0,3}["'][ \t]{0,8}:[ \t\r\n]{0,8}\\{0,3}(["'])/y;

/** The values of Secrets in a text of manifests (YAML, JSON, JSON in YAML): whatever their keys are called. Looks at each document once. */
export function manifestSecrets(text: string): Span[] {
  if (!KIND.test(text)) return [];
  const found: Span[] = [];
  let from = 0;
  for (const document of text.split(/(?<=\n)---/)) {
    if (KIND.test(document)) for (const { start, end } of secretsOf(document)) found.push({ start: start + from, end: end + from, secret: true });
    from += document.length + '---'.length;
  }
  return found;
}

function secretsOf(document: string): Span[] {
  const found: Span[] = [];
  const start = new RegExp(DATA);
  for (let match = start.exec(document); match !== null; match = start.exec(document)) {
    const open = start.lastIndex;
    const { spans, end } = document[open] === '{' ? ofJson(document, open + 1) : ofYaml(document, match.index, open);
    start.lastIndex = Math.max(open, end);
    addAll(
      found,
      spans.filter((span) => span.end > span.start && !isMarked(document.slice(span.start, span.end))),
    );
  }
  return found;
}

/** `"key": "value", ...}`; the values of a Secret are strings. */
function ofJson(text: string, from: number): { spans: Span[]; end: number } {
  const spans: Span[] = [];
  for (let at = from; ; ) {
    const blank = /[\s,]*(?:\\n)?[\s,]*/y;
    blank.lastIndex = at;
    blank.test(text);
    MEMBER.lastIndex = blank.lastIndex;
    const member = MEMBER.exec(text);
    if (member === null) return { spans, end: blank.lastIndex };
    const start = MEMBER.lastIndex;
    const close = text.indexOf(member[1] ?? '"', start);
    const end = close === -1 ? text.length : close;
    spans.push({ start, end: trimmed(text, start, end), secret: true });
    at = Math.min(end + 1, text.length);
  }
}

/** The closing quote's own backslashes, inside of JSON, stay. */
function trimmed(text: string, start: number, end: number): number {
  let last = end;
  while (last > start && text[last - 1] === '\\') last -= 1;
  return last;
}

/** The lines below that are indented more than `data` itself. */
function ofYaml(text: string, index: number, from: number): { spans: Span[]; end: number } {
  const spans: Span[] = [];
  const indent = index - (text.lastIndexOf('\n', index - 1) + 1);
  let at = lineEnd(text, from);
  for (;;) {
    const begin = at + (text[at] === '\r' ? 2 : 1);
    if (begin >= text.length) return { spans, end: text.length };
    const end = lineEnd(text, begin);
    const line = text.slice(begin, end);
    const content = line.search(/[^\s-]/);
    if (content !== -1 && content <= indent) return { spans, end: at };
    const value = /^\s*["']?[A-Za-z0-9._-]+["']?:(?=\s|$)\s*["']?/.exec(line)?.[0].length ?? Math.max(content, 0);
    if (content !== -1 && !/^[|>][+-]?\d?\s*$/.test(line.slice(value)))
      spans.push({ start: begin + value, end: begin + line.trimEnd().replace(/["']$/, '').length, secret: true });
    at = end;
  }
}

function lineEnd(text: string, from: number): number {
  const found = text.indexOf('\n', from);
  if (found === -1) return text.length;
  return found > from && text[found - 1] === '\r' ? found - 1 : found;
}
