import { isMarked } from './span.ts';

/** How surely a name says that its value is a secret: whatever it is, unless it is a word of prose, or only when it looks random. */
export type Telling = 'password' | 'key' | 'vague';

/** How a name and its value are joined: `assigned` as in settings and URLs (`A=b`), `said` as in YAML, JSON and prose (`a: b`). */
export type Joint = 'assigned' | 'said';

const PASSWORD = /(?:passw(?:or)?d|passphrase|passwort|kennwort|pwd|requirepass|masterauth|[_.-]pass|(?:^|[_.-])(?:pw|otp)|pin[_. -]?code)$/i;
const CAMEL_PASS = /[a-z]Pass$/;
const KEY =
  /(?:(?:api|private|secret|access|account|signing|encryption|master|license|ssh|deploy|storage|shared|app|application|hmac|integration|service|fernet|consumer|auth|session)[_. -]?(?:access[_. -]?)?key|(?:client|app|application|jwt|session|webhook|signing|shared|consumer|oauth2?|api|hmac|cookie|master|bot|auth|user|db|database|totp|mfa)[_. -]?secret|(?:access|api|auth|bearer|bot|id|refresh|session|security|service|user|app|deploy|push|vault|private|personal|login|csrf|registry|webhook|slack|github|gitlab|npm|oauth2?)[_. -]?token|_auth|authorization|connection[_. -]?string|encryption[_. -]?password|[a-z0-9][_.-]pat|secret[_. -]?access[_. -]?key)$/i;
/** Names that end like a secret's and hold the name of one, or a place in a list. */
const HARMLESS_NAME =
  /(?:(?:next|page|continuation|start|starting|pagination|paging|client|idempotency|request|sync|cancel|resume|cursor|max|per|total|input|output|prompt|completion)[_. -]?token|(?:image[_. -]?pull|pull|existing|tls|ca|cert|certificate|ssl)[_. -]?secret|(?:foreign|primary|partition|sort|routing|public|cache|object|host)[_. -]?key)$/i;
const VAGUE = /(?:secret|token|credentials?|auth|api[_. -]?key|(?:^|[?&_. -])sig|signature)$/i;

/** What names tell that came by: the same ones do all the time. Emptied when it is full. */
const judged = new Map<string, Telling | null>();
const MOST_JUDGED = 2_000;

/** What a name tells; `null` for one that tells nothing. */
export function tellingOf(name: string): Telling | null {
  const known = judged.get(name);
  if (known !== undefined) return known;
  if (judged.size >= MOST_JUDGED) judged.clear();
  const telling = judge(name);
  judged.set(name, telling);
  return telling;
}

function judge(name: string): Telling | null {
  if (HARMLESS_NAME.test(name)) return null;
  if (PASSWORD.test(name) || CAMEL_PASS.test(name)) return 'password';
  if (KEY.test(name)) return 'key';
  return VAGUE.test(name) || name === 'pass' ? 'vague' : null;
}

/** Words that follow such a name in prose, in states and in messages of errors. */
const WORDS = new Set(
  `a an and are as at be been by can cannot for from has have in is it may must no not of on or should so that the this to too was were will with you your
  accepted allowed auth authentication authenticated bad cannot change changed check checks correct default denied deny disabled does empty enabled encrypted error
  exceeded exists expired expires failed failure false field file found generated given hash hashed hidden ignored incorrect invalid kept length lockout longer
  login masked match mismatch missing must mounted needed new nil none null ok old omitted optional passed plain please policy present protected prompt provided redacted
  refreshed refused rejected removed renewed replaced required requires reset restored revoked rotated rotation secret see sent set shorter skipped stays still stored
  strong success true try type unchanged undefined unknown unset unused update updated use used user valid validated validation value verified via weak wrong yes entered
  length minimum maximum rules strength requirements database kubernetes mode token tokens`.split(/\s+/),
);

/** Stands for a secret and is none: variables, templates, expressions, references, stars, and `(stays)`. */
const PLACEHOLDER =
  /^(?:\$[({A-Za-z_].*|\{\{.*|%[A-Za-z_]+%|%s|%v|%q|<[^>]*>?|\(.*|\[[a-zA-Z]*\]?|[*•.xX…_-]{3,}|=[a-z].*|!.*|@.*|env[.:].*|secrets?\..*|process\.env.*|os\.(?:environ|getenv).*|ENC\[.*|arn:.*|op:.*|vault:.*|ref\+.*|sm:.*|projects\/.*|\/(?:run|var|etc|vault|mnt|secrets?|tmp|home|usr|opt|dev)\/.*|[|>][+-]?)$/s;
const REFERENCE = /^(?:[a-z]+:\/\/[^@]*$|https?:\/\/[^@]*$)/;
const PLAIN_WORDS = /^[a-z]+(?:[-_.][a-z]+)*$/;
/** A name of an object in Kubernetes, or of a file: lower case in parts. */
const OBJECT_NAME = /^[a-z0-9]+(?:[-._/][a-z0-9]+)+$/;

/** Whether what stands under a telling name is a secret, and not a word, a number of something, or a reference to one. */
export function isSecretValue(telling: Telling, joint: Joint, value: string): boolean {
  const said = value.trim();
  if (said === '' || isMarked(said) || PLACEHOLDER.test(said) || REFERENCE.test(said)) return false;
  const word = said.toLowerCase().replace(/[.,:;!?)\]}]+$/, '');
  if (word === '' || WORDS.has(word)) return false;
  if (telling === 'password') return true;
  if (telling === 'key')
    return joint === 'assigned'
      ? !/^\d{1,6}$/.test(said)
      : looksRandom(said) || !(PLAIN_WORDS.test(word) || OBJECT_NAME.test(word) || /^\d+$/.test(word));
  // No word of prose is that long and stands for something else.
  if (looksRandom(said) || holdsLogin(said) || /^[A-Za-z]{16,}$/.test(said)) return true;
  return joint === 'assigned' && !/^\d+$/.test(word) && !OBJECT_NAME.test(word);
}

/** Whether a text is `user:password` in base64, as in `Authorization: Basic` and in registries' logins. */
export function holdsLogin(text: string): boolean {
  if (text.length < 8 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return false;
  return /^[\x20-\x7e]+$/.test(decoded(text)) && /^[^:]+:./.test(decoded(text));
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1');
}

/** Whether a text looks like what a machine or a careful person made up: signs of several kinds mixed, and no name made of words. */
export function looksRandom(text: string): boolean {
  if (text.length < 6 || /^\d+$/.test(text)) return false;
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)) return true;
  if (/^[0-9a-f]{20,}$/i.test(text)) return true;
  if (/[\s()]/.test(text)) return false;
  const digits = /\d/.test(text);
  const lower = /[a-z]/.test(text);
  const upper = /[A-Z]/.test(text);
  if (OBJECT_NAME.test(text)) return text.length >= 24 && /^[a-z0-9]{6,}\.[a-z0-9]{16,}$/.test(text);
  if (PLAIN_WORDS.test(text)) return false;
  if (/^[A-Z][A-Z0-9]*(?:[-_.][A-Z0-9]+)*$/.test(text)) return text.length >= 16 && digits;
  if (/^\w+(?:::|\/|\.)/.test(text) && !digits) return false;
  return digits ? lower || upper : text.length >= 16 && turns(text) >= text.length / 4;
}

/** How often the kind of sign changes from one to the next: rarely in words, all the time in random text. */
export function turns(text: string): number {
  let count = 0;
  for (let index = 1; index < text.length; index += 1) if (kindOf(text.charCodeAt(index)) !== kindOf(text.charCodeAt(index - 1))) count += 1;
  return count;
}

function kindOf(code: number): number {
  if (code >= 48 && code <= 57) return 0;
  if (code >= 65 && code <= 90) return 1;
  return code >= 97 && code <= 122 ? 2 : 3;
}
