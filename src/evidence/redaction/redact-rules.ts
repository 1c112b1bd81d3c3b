import { ASSIGNED_RULES } from './assigned.ts';
import { COMMAND_RULES } from './commands.ts';
import { endOfRun, isMarked, nothing, type Place, type RedactionRule, type Span } from './span.ts';
import { TOKEN_RULES } from './tokens.ts';

/** In this order: whole blocks first, then tokens known by their shape, then whatever a name, a command or a URL says is secret. */
export const RULES: readonly RedactionRule[] = [
  { rule: 'private-key', start: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g, span: block },
  { rule: 'private-key', start: /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g, span: tailOfBlock },
  { rule: 'private-key', start: /PuTTY-User-Key-File-[0-9]: /g, span: puttyKey },
  ...ASSIGNED_RULES.slice(0, 3),
  { rule: 'url-password', start: /:\/\/[^\s/?#@:[\]"'<>]{0,256}:/g, span: beforeAt },
  { rule: 'url-token', start: /:\/\/(?=[A-Za-z0-9_~.-]{20})/g, span: userOfUrl },
  ...TOKEN_RULES,
  ...ASSIGNED_RULES.slice(3),
  ...COMMAND_RULES,
];

/** Up to the end mark, or, of a block that was cut off, everything. */
function block(text: string, { index, end }: Place): Span {
  const tail = text.indexOf('-----END ', end);
  const close = tail === -1 ? -1 : text.indexOf('-----', tail + 5);
  return { start: index, end: close === -1 ? text.length : close + 5, secret: true };
}

/** The end of a block whose beginning was cut off: the base64 before the mark, up to the mark before, so that no character is read twice. */
function tailOfBlock(text: string, { index, end }: Place): Span {
  let start = index;
  while (start > 0 && /[A-Za-z0-9+/=\s\\]/.test(text.charAt(start - 1))) start -= 1;
  const body = text.slice(start, index).search(/[A-Za-z0-9+/]{40}/);
  return { start: body === -1 ? index : start + body, end, secret: true };
}

function puttyKey(text: string, { index, end }: Place): Span {
  const close = text.indexOf('Private-MAC:', end);
  return { start: index, end: close === -1 ? text.length : endOfRun(text, close, /[^\r\n]*/y), secret: true };
}

/** `user:password@`: up to the last @, since passwords with an @, a # or a / are written unencoded all the time. A port is none. */
function beforeAt(text: string, { end }: Place): Span {
  const next = text.indexOf('://', end);
  const room = next === -1 ? text.slice(end) : text.slice(end, next);
  const run = room.slice(0, endOfRun(room, 0, /[^\s"'<>]*/y));
  const length = run.lastIndexOf('@');
  const password = run.slice(0, Math.max(0, length));
  const stop = end + run.length;
  if (length <= 0 || /^\d{1,5}[/?#,]/.test(password) || isMarked(password) || /^(?:\$[({]|<[^>]*$|\*+$)/.test(password)) return nothing(stop);
  return { start: end, end: end + length, secret: true };
}

/** A token as the user of a URL, with no password or with one that says so. */
function userOfUrl(text: string, { end }: Place): Span {
  const runEnd = endOfRun(text, end, /[A-Za-z0-9_~.-]*/y);
  const secret = /^(?:@|:(?:x-oauth-basic|x-token-auth|@))/.test(text.slice(runEnd, runEnd + 16)) && /\d/.test(text.slice(end, runEnd));
  return { start: end, end: runEnd, secret };
}
