import { turns } from './judge.ts';
import { endOfRun, type Span } from './span.ts';

/** Shorter runs of base64 hold no secret worth its name. In characters. */
const LEAST = 20;
/** What is looked at to tell text from other bytes. In characters of base64. */
const HEAD = 64;
/** A line of base64 as programs wrap it is at least this long (characters), so that what follows on the next one belongs to it. */
const WRAPPED = 60;
/** The length of an AWS secret access key: 40 characters of base64, marked by nothing else. */
const AWS_SECRET = 40;

/** A secret without a name, in a long run of letters and digits. */
export interface RunSpan extends Span {
  readonly rule: 'aws-secret-key' | 'encoded-secret';
}

/** AWS secret access keys that stand alone. */
export function awsSecrets(text: string): RunSpan[] {
  return [...longRuns(text)]
    .filter(({ start, end }) => isAwsSecret(text, start, end))
    .map((run) => ({ ...run, secret: true, rule: 'aws-secret-key' }));
}

/** The same, and base64 of texts that hold a secret: that goes as a whole. `holds` judges a decoded text. */
export function secretRuns(text: string, holds: (text: string) => boolean): RunSpan[] {
  const found: RunSpan[] = [];
  let seen = 0;
  for (const run of longRuns(text)) {
    if (run.start < seen) continue;
    if (isAwsSecret(text, run.start, run.end)) found.push({ ...run, secret: true, rule: 'aws-secret-key' });
    const { start } = run;
    if (!isText(text.slice(start, Math.min(run.end, start + HEAD)))) continue;
    const end = endOfBase64(text, start, run.end);
    seen = end;
    if (holds(decoded(text.slice(start, end)))) found.push({ start, end, secret: true, rule: 'encoded-secret' });
  }
  return found;
}

/** Runs of at least `LEAST` characters of base64 or base64url. Looks at a window's last characters first, so that ordinary text is leapt over. */
function* longRuns(text: string): Generator<{ start: number; end: number }> {
  let at = 0;
  while (at + LEAST <= text.length) {
    let probe = at + LEAST - 1;
    while (probe >= at && isBase64(text.charCodeAt(probe))) probe -= 1;
    if (probe >= at) {
      at = probe + 1;
      continue;
    }
    let end = at + LEAST;
    while (end < text.length && isBase64(text.charCodeAt(end))) end += 1;
    yield { start: at, end };
    at = end;
  }
}

/** Letters, digits and + - / _ */
function isBase64(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 47 && code <= 57) || code === 43 || code === 45 || code === 95;
}

/** Every kind of sign, mixed as no path or name is. */
function isAwsSecret(text: string, start: number, end: number): boolean {
  if (end - start !== AWS_SECRET || text[end] === '=') return false;
  const run = text.slice(start, end);
  return /^[A-Za-z0-9/+]+$/.test(run) && /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run) && !run.startsWith('eyJ') && turns(run) >= 14;
}

function endOfBase64(text: string, from: number, to: number): number {
  let end = endOfRun(text, to, /={0,2}/y);
  for (let line = from; end - line >= WRAPPED; ) {
    const next = endOfRun(text, end, /(?:\\n|\r?\n)[ \t]{0,16}(?=[A-Za-z0-9+/])/y);
    if (next === end) break;
    line = next;
    end = endOfRun(text, next, /[A-Za-z0-9+/]*={0,2}/y);
  }
  return end;
}

function isText(head: string): boolean {
  if (/^[0-9a-f-]+$/i.test(head)) return false;
  const bytes = Buffer.from(head.slice(0, head.length - (head.length % 4)), 'base64');
  return bytes.length > 0 && bytes.every((byte) => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13);
}

function decoded(base64: string): string {
  return Buffer.from(base64.replaceAll(/\\n|\s/g, ''), 'base64').toString('utf8');
}
