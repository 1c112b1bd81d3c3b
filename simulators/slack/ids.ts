import { randomBytes, randomInt } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A Slack-like id: the kind's letter, `0`, and nine random characters, such as `C0A1B2C3D4E`. */
export function newId(prefix: string): string {
  return `${prefix}0${Array.from({ length: 9 }, () => alphabet[randomInt(alphabet.length)]).join('')}`;
}

/** A short random name for what Slack leaves nameless, such as a block without `block_id`. */
export function shortId(): string {
  return randomBytes(4).toString('base64url').slice(0, 5);
}

/** Trigger ids and tickets: long, random, not guessable. */
export function secretId(): string {
  return randomBytes(16).toString('hex');
}

/** Gives message timestamps: seconds with six decimals, each greater than the one before it in the workspace. */
export function timestamps(now: () => number): () => string {
  let last = 0;
  return () => {
    last = Math.max(Math.floor(now() * 1000), last + 1);
    return formatTimestamp(last);
  };
}

/** Microseconds since the epoch as Slack writes them, `1700000000.000100`. */
function formatTimestamp(micros: number): string {
  return `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, '0')}`;
}
