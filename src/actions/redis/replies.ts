/** One reply of `redis-cli --csv`: its fields, each a text, a number or nothing. */
export type Reply =
  | { readonly kind: 'values'; readonly values: readonly (string | number | null)[] }
  | { readonly kind: 'error'; readonly text: string };

/**
 * Replies of `redis-cli --csv`, one a line: texts in double quotes with the escapes of Redis (sdscatrepr), integers bare, NULL for
 * nothing, arrays of any depth joined by commas, errors after `ERROR,`. @throws SyntaxError for what is none of these
 */
export function parseReplies(text: string): Reply[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line !== '')
    .map(parseReply);
}

function parseReply(line: string): Reply {
  if (line.startsWith('ERROR,')) return { kind: 'error', text: String(parseValues(line.slice('ERROR,'.length))[0] ?? '') };
  // Versions differ in whether a refused AUTH is quoted.
  if (/^\(error\) |^(ERR|NOAUTH|WRONGPASS|NOPERM|READONLY|LOADING) /.test(line)) return { kind: 'error', text: line.replace(/^\(error\) /, '') };
  return { kind: 'values', values: parseValues(line) };
}

function parseValues(line: string): (string | number | null)[] {
  const values: (string | number | null)[] = [];
  const pattern = /(?:"((?:[^"\\]|\\.)*)"|(-?\d+)|(NULL|NIL)|([A-Za-z][^,]*))(?:,|$)/y;
  while (pattern.lastIndex < line.length) {
    const match = pattern.exec(line);
    if (match === null) throw new SyntaxError(`redis-cli answered what is no reply: ${line.slice(0, 80)}`);
    if (match[1] !== undefined) values.push(unescape(match[1]));
    else if (match[2] !== undefined) values.push(Number(match[2]));
    else values.push(match[3] === undefined ? (match[4] ?? '') : null);
  }
  return values;
}

const LETTERS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, b: 8 };

/** Bytes, as Redis escapes them one by one; what is no UTF-8 becomes a replacement character. */
function unescape(text: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character !== '\\') {
      bytes.push(...Buffer.from(codePointAt(text, at), 'utf8'));
      if (codePointAt(text, at).length === 2) at += 1;
      continue;
    }
    const escaped = text[at + 1] ?? '';
    const hex = /^x([0-9a-fA-F]{2})/.exec(text.slice(at + 1, at + 4));
    bytes.push(hex?.[1] === undefined ? (LETTERS[escaped] ?? escaped.charCodeAt(0)) : Number.parseInt(hex[1], 16));
    at += hex === null ? 1 : 3;
  }
  return Buffer.from(bytes).toString('utf8');
}

function codePointAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0);
}

/** An argument for a line of redis-cli's standard input: in double quotes, every byte that is not plain as `\xHH`. */
export function argument(text: string): string {
  const bytes = [...Buffer.from(text, 'utf8')];
  const plain = (byte: number) => byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
  return `"${bytes.map((byte) => (plain(byte) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`)).join('')}"`;
}

/** `name:value` lines of INFO. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(':');
      return line.startsWith('#') || colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()] as const];
    }),
  );
}
