import { isSecretValue, looksRandom } from './judge.ts';
import { endOfRun, nothing, type Place, type RedactionRule, readValue, type Span } from './span.ts';

/** How far back (characters) a line is read for the program that an option belongs to. */
const BACK = 120;

/** Programs whose `-p` (`-P`, `-a`, `-w`) takes a password; elsewhere it is a port, a path or a process. */
const TAKES_PASSWORD =
  /(?:mysql|mariadb|sshpass|mongo(?:sh|dump|restore|export|import)?\b|\blogin\b|rabbitmqadmin|sqlcmd|\bbcp\b|redis-cli|ldap(?:search|modify|add|whoami)|clickhouse|smbclient|ftp\b|\s(?:-u|--user|--username)[ =]\S+\s)/;
/** Programs whose `-u` takes `user:password`; elsewhere it is a user and a group. */
const TAKES_LOGIN = /(?:\bcurl\b|\bwget\b|\bhttps?\b|\bxh\b|smbclient|lftp|--proxy-user|creds|jfrog|\bnc\b)/;

/** Passwords on command lines, in SQL and in protocols' own lines. */
export const COMMAND_RULES: readonly RedactionRule[] = [
  { rule: 'option-password', start: /-[pPaw](?:["'],[ \t]{0,4}|[ \t]{0,4})(?=[^\s-])/g, span: ofClient },
  { rule: 'option-login', start: /(?:-[uU]|--user|--proxy-user|--(?:src-|dest-)?creds)(?:["'],[ \t]{0,4}|[ \t=]{0,4})(?=[^\s-])/g, span: login },
  { rule: 'sql-password', start: /(?:password|identified[ \t]{1,4}by)[ \t]{1,8}(?=')/gi, span: quoted },
  {
    rule: 'stated-password',
    start: /(?:password|passwd|passphrase|passwort|pw|secret|token|key)[ \t]{1,4}(?:is|was|ist|lautet)[ \t:]{1,4}/gi,
    span: stated,
  },
  { rule: 'stated-password', start: /(?:password|passwd|passphrase|passwort|pw|secret|token)[ \t]{1,4}(?=`)/gi, span: stated },
  {
    rule: 'stated-password',
    start: /(?:password|passphrase)[ \t](?:for|of)[ \t][^\s:]{1,30}(?:[ \t][^\s:]{1,30})?:[ \t]?/gi,
    span: stated,
  },
  {
    rule: 'stated-password',
    start: /(?:mot de passe|contrase(?:\u00f1|n)a|wachtwoord|senha|has\u0142o|parola)[ \t]{0,4}[:=][ \t]{0,4}/gi,
    span: stated,
  },
  {
    rule: 'stated-password',
    start: /(?:password|passwd|pass|secret|token|key)[ \t]{1,4}(?:was[ \t]{1,4})?changed[ \t]{1,4}from[ \t]{1,4}/gi,
    span: changed,
  },
  { rule: 'line-password', start: /"AUTH"[ \t]{1,2}"[^"\r\n]{0,128}"[ \t]{1,2}(?=")/g, span: quoted },
  { rule: 'option-password', start: /-pass(?:in|out)?[ \t]{1,4}pass:/g, span: quoted },
  { rule: 'line-password', start: /(?:\bpassword|\brequirepass|\bmasterauth|"?\bAUTH"?)[ \t]{1,8}(?=\S)/g, span: ofProtocol },
  { rule: 'line-password', start: /:(?:5432|5433|6432|\*):/g, span: passwordFile },
  { rule: 'line-password', start: /@(?:tcp|unix)\(/g, span: goDsn },
  { rule: 'line-password', start: /\bjdbc:oracle:\w{1,8}:[^\s/@"']{1,64}\//gi, span: oracleDsn },
  { rule: 'line-password', start: /\bnet[ \t]use[ \t]/gi, span: networkDrive },
  { rule: 'literal-secret', start: /--from-literal[ =]["']?/g, span: literal },
];

function before(text: string, index: number): string {
  const line = text.slice(Math.max(0, index - BACK), index);
  return line.slice(line.lastIndexOf('\n') + 1);
}

/** An option begins behind a blank or a quote. */
function begins(text: string, index: number): boolean {
  return index === 0 || /[\s"']/.test(text.charAt(index - 1));
}

function ofClient(text: string, { index, end }: Place): Span {
  if (!begins(text, index)) return nothing(end);
  const value = readValue(text, end);
  const secret =
    TAKES_PASSWORD.test(before(text, index)) && !/^(?:\d{1,5}:)?\d{1,5}$/.test(value.text) && isSecretValue('password', 'assigned', value.text);
  return { start: value.start, end: value.end, secret };
}

function login(text: string, { index, end }: Place): Span {
  if (!begins(text, index)) return nothing(end);
  const { start, end: valueEnd, text: said } = readValue(text, end, /[^\s"']*/y);
  const colon = said.indexOf(':');
  const [user, password] = [said.slice(0, colon), said.slice(colon + 1)];
  if (colon < 1 || user === password || !isSecretValue('password', 'assigned', password) || /^\d+$/.test(password)) return nothing(valueEnd);
  const secret = TAKES_LOGIN.test(`${before(text, index)}${text.slice(index, end)}`) || looksRandom(password);
  return { start: start + colon + 1, end: valueEnd, secret };
}

function quoted(text: string, { end }: Place): Span {
  const value = readValue(text, end);
  return { ...value, secret: isSecretValue('password', 'assigned', value.text) };
}

function stated(text: string, { end }: Place): Span {
  const value = readValue(text, end);
  return { ...value, secret: looksRandom(value.text.replace(/[.,!?]+$/, '')) && isSecretValue('password', 'said', value.text) };
}

/** `changed from 'a' to 'b'`: what it was, and what it is now. */
function changed(text: string, place: Place): Span {
  const old = stated(text, place);
  const next = endOfRun(text, old.end, /["'`]?[ \t]{1,4}to[ \t]{1,4}/y);
  if (next === old.end) return old;
  const now = stated(text, { index: next, end: next });
  return now.secret ? { start: old.start, end: now.end, secret: true } : { ...old, end: old.end };
}

/** `login NAME password X` of .netrc, `requirepass X` of Redis, and its `AUTH X`. */
function ofProtocol(text: string, { index, end }: Place): Span {
  const word = text.slice(index, end).trim();
  const value = readValue(text, end);
  const known =
    word !== 'password'
      ? !word.includes('AUTH') || word.startsWith('"') || /redis|auth/i.test(before(text, index))
      : /\blogin[ \t]+\S+[ \t]+$/.test(before(text, index));
  return { ...value, secret: known && isSecretValue('password', 'assigned', value.text) };
}

/** host:port:database:user:password, as in .pgpass. */
function passwordFile(text: string, { end }: Place): Span {
  const start = endOfRun(text, end, /[^\s:/@]{1,64}:[^\s:/@]{1,64}:(?=[^\s:])/y);
  const valueEnd = start === end ? end : endOfRun(text, start, /\S*/y);
  return { start, end: valueEnd, secret: start > end && isSecretValue('password', 'assigned', text.slice(start, valueEnd)) };
}

/** `user:password@tcp(host)`, as Go's MySQL driver has it. */
function goDsn(text: string, { index, end }: Place): Span {
  const word = before(text, index).split(/\s/).at(-1) ?? '';
  const colon = word.indexOf(':');
  const password = colon < 1 ? '' : word.slice(colon + 1);
  if (password === '') return nothing(end);
  return { start: index - password.length, end: index, secret: isSecretValue('password', 'assigned', password) };
}

/** `jdbc:oracle:thin:user/password@host`, as Oracle's driver has it. */
function oracleDsn(text: string, { end }: Place): Span {
  const valueEnd = endOfRun(text, end, /[^\s@"']*/y);
  const secret = text[valueEnd] === '@' && isSecretValue('password', 'assigned', text.slice(end, valueEnd));
  return { start: end, end: valueEnd, secret };
}

/** `net use X: \\\\server\\share password`, as Windows has it. */
function networkDrive(text: string, { end }: Place): Span {
  const share = endOfRun(text, endOfRun(text, end, /(?:\*|[A-Za-z]:)?[ \t]{0,4}/y), /\\{2,4}[^\s/]*[ \t]*/y);
  const value = readValue(text, share);
  return { ...value, secret: text[share - 1] === ' ' && text[share] !== '/' && isSecretValue('password', 'assigned', value.text) };
}

/** `--from-literal=name=value`: what is given to a Secret is one whatever its name is. */
function literal(text: string, { end }: Place): Span {
  const start = endOfRun(text, end, /[^\s=]{1,253}=/y);
  const value = readValue(text, start, /[^\s"']*/y);
  return { ...value, secret: start > end && isSecretValue('password', 'assigned', value.text) };
}
